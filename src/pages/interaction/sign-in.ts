/** Signing in: the page at the interaction's address, the password that is posted to it, and the way back to the app. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HashingQueueFull } from '../../accounts/hashing-queue.ts'
import { authenticateByPassword, type SignInOutcome } from '../../accounts/sign-in.ts'
import { answerWithError } from '../../authorization/answer.ts'
import { readParkedAuthorization } from '../../authorization/asked.ts'
import { isIdentifier } from '../../base/identifier.ts'
import type { Deps } from '../../deps.ts'
import { browserHash, ensureBrowser } from '../../http/browser.ts'
import { notOurs, readGuardedForm, tellNotOurs } from '../../http/form-guard.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { refuseManyNew } from '../../http/too-many-requests.ts'
import { warnOfUntrustedProxy } from '../../http/untrusted-proxy.ts'
import { waitMessage } from '../../http/wait-message.ts'
import type { Failed } from '../../protocol/checks.ts'
import { OAuthError } from '../../protocol/oauth-error.ts'
import { park, parkedParameters } from '../../sessions/interaction.ts'
import type { Guess } from '../../throttling/guesses.ts'
import { secondsUntil } from '../../throttling/waiting.ts'
import { message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { currentInteraction, interactionId, OTHER_ACCOUNT_QUERY, pathOf, wantsAnother } from './current.ts'
import { offerDue } from './passkey-offer.ts'
import { proceed } from './proceed.ts'
import { show } from './show.ts'
import { cancelPurpose, passwordPurpose, type SignInMessages } from './sign-in-view.ts'
import { TOO_MANY } from './too-many.ts'

export function signIn(app: FastifyInstance, deps: Deps): void {
  // The sign-in page opened directly, from a bookmark say: an interaction without a client.
  app.get(PAGES.signIn, (request, reply) => signInDirectly(deps, { request, reply }))

  app.get(`${PAGES.signIn}/:interaction`, async (request, reply) =>
    show(deps, { current: await currentInteraction(deps, request, reply), request, reply }),
  )

  // The address of a form, opened again from the history or the address bar: on to the page that it belongs to.
  app.get(`${PAGES.signIn}/:interaction/:step`, (request, reply) => {
    const id = interactionId(request)
    return isIdentifier(id) ? reply.redirect(pathOf(deps, { id }), 303) : reply.callNotFound()
  })

  app.post(`${PAGES.signIn}/:interaction/password`, async (request, reply) => {
    const { form, isOurs, failed } = readGuardedForm(deps, request, passwordPurpose(interactionId(request)))
    const current = await currentInteraction(deps, request, reply)
    const username = form.find('username')?.trim() ?? ''
    const password = form.find('password') ?? ''
    const showAgain = async (failed: Failed, messages: SignInMessages) => {
      const { id, parameters } = current.interaction
      request.askedAs = parkedParameters({ parameters })
      const description = Object.values(messages.errors ?? {})
        .map(inEnglish)
        .join(' ')
      tellRefusal(deps, request, { failed, description, status: messages.status })
      if (isOurs && username !== '') await deps.storage.interactions.keepUsername(id, username)
      return show(deps, { current, request, reply, messages: { ...messages, username } })
    }
    if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
    const unusable = form.isFaulty('username') || form.isFaulty('password')
    // Too long, say: it can't be anybody's, and no app is to blame.
    if (unusable)
      return showAgain(
        { check: 'field', came: 'a user name or password that is too long or malformed' },
        refusal({ kind: 'refused' }, deps),
      )
    const missing = missingFields(username, password)
    if (missing) return showAgain({ check: 'field', came: 'an empty field' }, { status: 400, errors: missing })
    const outcome = await authenticate(deps, { login: username, password, request, reply })
    if (outcome.kind !== 'authenticated') {
      if (outcome.kind === 'disabled') request.accountId = outcome.account.id
      const came = outcome.kind === 'throttled' ? `too many wrong passwords, counted by ${outcome.by}` : undefined
      return showAgain({ check: CHECK_OF[outcome.kind], came }, refusal(outcome, deps))
    }
    return proceed(deps, { ...outcome, current, request, reply, onward: (page) => offerDue(deps, page, form) })
  })

  app.post(`${PAGES.signIn}/:interaction/cancel`, async (request, reply) => {
    const { failed } = readGuardedForm(deps, request, cancelPurpose(interactionId(request)))
    const current = await currentInteraction(deps, request, reply)
    const { interaction } = current
    if (failed) {
      tellNotOurs(deps, request, failed)
      return show(deps, { current, request, reply })
    }
    if (interaction.clientId === undefined) return reply.redirect(pathBelow(deps.issuer, PAGES.home), 303)
    const asked = await readParkedAuthorization(deps, interaction.parameters)
    request.askedAs = asked.encoded
    await deps.storage.interactions.complete(interaction.id, deps.clock.now())
    // RFC 6749 §4.1.2.1
    const error = new OAuthError('access_denied', 'the end-user cancelled the sign-in', 'denied')
    return answerWithError(deps, { asked, error, request, reply })
  })
}

/** On to a page without a client; `username`: of who is to sign in beside those who are. */
export async function signInDirectly(
  deps: Deps,
  { username, request, reply }: { username?: string; request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  refuseManyNew(deps, request)
  const browser = ensureBrowser(deps.cookies, request, reply, deps.random)
  const parked = { clientId: undefined, parameters: '', username }
  const interaction = await park(deps, parked, browserHash(browser))
  const isAnother = username !== undefined || wantsAnother(request)
  return reply.redirect(pathOf(deps, interaction, isAnother ? OTHER_ACCOUNT_QUERY : ''), 303)
}

interface Attempt {
  readonly login: string
  readonly password: string
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

const CHECK_OF = { refused: 'password', disabled: 'account_disabled', throttled: 'rate', busy: 'busy' } as const

type Authenticated = SignInOutcome & { kind: 'authenticated' }
type Refused = Exclude<SignInOutcome, Authenticated> | { readonly kind: 'busy' }

async function authenticate(
  deps: Deps,
  { login, password, request, reply }: Attempt,
): Promise<Authenticated | Refused> {
  try {
    const accounts = deps.storage.accounts
    const device = deps.cookies.device.read(request)
    const admit = (subject: Pick<Guess, 'accountId' | 'name'>) =>
      deps.guesses.admit({ ...subject, ip: request.ip, device })
    const outcome = await authenticateByPassword(
      { accounts, hasher: deps.passwords, decoys: deps.hashDecoys, log: request.log, admit },
      { login, password },
    )
    const whose = 'accountId' in outcome && outcome.accountId !== undefined ? { accountId: outcome.accountId } : {}
    if (outcome.kind === 'refused') {
      deps.audit.record({ kind: 'sign_in_refused', reason: 'wrong_credentials', ...whose }, request)
    }
    if (outcome.kind === 'disabled') {
      deps.audit.record({ kind: 'sign_in_refused', reason: 'disabled', accountId: outcome.account.id }, request)
    }
    if (outcome.kind === 'throttled') {
      deps.audit.record({ kind: 'throttled', what: 'password', by: outcome.by, ...whose }, request)
      if (outcome.by !== 'known_device') warnOfUntrustedProxy(request)
      reply.header('retry-after', String(secondsUntil(outcome.retryAt, deps.clock.now())))
    }
    return outcome
  } catch (error) {
    if (!(error instanceof HashingQueueFull)) throw error
    reply.header('retry-after', String(error.retryAfterSeconds))
    return { kind: 'busy' }
  }
}

function missingFields(username: string, password: string): SignInMessages['errors'] | undefined {
  if (username !== '' && password !== '') return undefined
  return {
    ...(username === '' && { username: message('sign_in.no_username') }),
    ...(password === '' && { password: message('sign_in.no_password') }),
  }
}

function refusal(outcome: Refused, { config, clock }: Pick<Deps, 'config' | 'clock'>): SignInMessages {
  switch (outcome.kind) {
    case 'refused':
      return {
        status: 400,
        errors: { password: message('sign_in.wrong') },
      }
    case 'disabled':
      return {
        status: 403,
        errors: { form: message('sign_in.disabled', { installation: config.name }) },
      }
    case 'throttled': {
      const wait = waitMessage(secondsUntil(outcome.retryAt, clock.now()))
      return { status: 429, errors: { form: message(TOO_MANY[outcome.by], { wait }) } }
    }
    case 'busy':
      return {
        status: 503,
        errors: { form: message('sign_in.busy') },
      }
  }
}
