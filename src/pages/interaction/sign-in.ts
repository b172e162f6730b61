/** Signing in: the page at the interaction's address, the password that is posted to it, and the way back to the app. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HashingQueueFull } from '../../accounts/hashing-queue.ts'
import { authenticateByPassword, type SignInOutcome } from '../../accounts/sign-in.ts'
import { audit } from '../../audit/audit.ts'
import { answerWithError } from '../../authorization/answer.ts'
import { readParkedAuthorization } from '../../authorization/asked.ts'
import { keepState } from '../../authorization/session-state.ts'
import type { Deps } from '../../deps.ts'
import { browserHash, ensureBrowser } from '../../http/browser.ts'
import { LOST_COOKIE, readGuardedForm } from '../../http/form-guard.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { OAuthError } from '../../protocol/oauth-error.ts'
import { park } from '../../sessions/interaction.ts'
import { endSession, findSession, startSession } from '../../sessions/session.ts'
import type { Account } from '../../storage/storage.ts'
import { type Current, currentInteraction, interactionId, pathOf } from './current.ts'
import { show } from './show.ts'
import { cancelPurpose, passwordPurpose, type SignInMessages } from './sign-in-view.ts'

export function signIn(app: FastifyInstance, deps: Deps): void {
  // The sign-in page opened directly, from a bookmark say: an interaction without a client.
  app.get(PAGES.signIn, async (request, reply) => {
    const browser = ensureBrowser(deps.cookies, request, reply, deps.random)
    const interaction = await park(deps, { clientId: undefined, parameters: '' }, browserHash(browser))
    return reply.redirect(pathOf(deps, interaction), 303)
  })

  app.get(`${PAGES.signIn}/:interaction`, async (request, reply) =>
    show(deps, { current: await currentInteraction(deps, request, reply), request, reply }),
  )

  // The address of a form, opened again from the history or the address bar: on to the page that it belongs to.
  app.get(`${PAGES.signIn}/:interaction/:step`, (request, reply) =>
    reply.redirect(pathOf(deps, { id: interactionId(request) }), 303),
  )

  app.post(`${PAGES.signIn}/:interaction/password`, async (request, reply) => {
    const { form, isOurs } = readGuardedForm(deps, request, passwordPurpose(interactionId(request)))
    const current = await currentInteraction(deps, request, reply)
    const username = form.find('username')?.trim() ?? ''
    const password = form.find('password') ?? ''
    const showAgain = async (reason: string, messages: SignInMessages) => {
      const { id, clientId } = current.interaction
      request.log.warn({ reason, clientId, status: messages.status }, 'sign-in not accepted')
      if (isOurs && username !== '') await deps.storage.interactions.keepUsername(id, username)
      return show(deps, { current, request, reply, messages: { ...messages, username } })
    }
    if (!isOurs) return showAgain('lost_cookie', { status: 403, errors: { form: LOST_COOKIE } })
    const unusable = form.isFaulty('username') || form.isFaulty('password')
    // Too long, say: it can't be anybody's, and no app is to blame.
    if (unusable) return showAgain('malformed', refusal({ kind: 'refused' }, ''))
    const missing = missingFields(username, password)
    if (missing) return showAgain('empty_field', { status: 400, errors: missing })
    const outcome = await authenticate(deps, { login: username, password, request, reply })
    if (outcome.kind !== 'authenticated') return showAgain(outcome.kind, refusal(outcome, deps.config.name))
    return begin(deps, { outcome, current, request, reply })
  })

  app.post(`${PAGES.signIn}/:interaction/cancel`, async (request, reply) => {
    const { isOurs } = readGuardedForm(deps, request, cancelPurpose(interactionId(request)))
    const current = await currentInteraction(deps, request, reply)
    const { interaction } = current
    if (!isOurs) return show(deps, { current, request, reply })
    if (interaction.clientId === undefined) return reply.redirect(pathBelow(deps.issuer, PAGES.home), 303)
    const asked = await readParkedAuthorization(deps, interaction.parameters)
    await deps.storage.interactions.complete(interaction.id, deps.clock.now())
    // RFC 6749 §4.1.2.1
    const error = new OAuthError('access_denied', 'the end-user cancelled the sign-in')
    return answerWithError(deps, { asked, error, request, reply })
  })
}

interface Attempt {
  readonly login: string
  readonly password: string
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

type Authenticated = SignInOutcome & { kind: 'authenticated' }
type Refused = Exclude<SignInOutcome, Authenticated> | { readonly kind: 'busy' }

async function authenticate(
  deps: Deps,
  { login, password, request, reply }: Attempt,
): Promise<Authenticated | Refused> {
  try {
    const accounts = deps.storage.accounts
    const outcome = await authenticateByPassword(
      { accounts, hasher: deps.passwords, decoys: deps.hashDecoys, log: request.log },
      { login, password },
    )
    if (outcome.kind === 'refused') audit(request.log, { kind: 'sign_in_refused', reason: 'wrong_credentials' })
    if (outcome.kind === 'disabled') {
      audit(request.log, { kind: 'sign_in_refused', reason: 'disabled', accountId: outcome.account.id })
    }
    return outcome
  } catch (error) {
    if (!(error instanceof HashingQueueFull)) throw error
    reply.header('retry-after', String(error.retryAfterSeconds))
    return { kind: 'busy' }
  }
}

/** The page that follows is decided by `show`, at the address of the interaction. */
async function begin(
  deps: Deps,
  {
    outcome,
    current,
    request,
    reply,
  }: { outcome: Authenticated; current: Current; request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const { account, amr } = outcome
  const previous = await findSession(deps, deps.cookies.session.read(request))
  const signedIn = await startSession(deps, { account, amr, previous })
  const { session } = signedIn
  if (await hasChangedSince(deps, account)) {
    await endSession(deps, { session, account })
  } else {
    deps.cookies.session.write(reply, signedIn.cookie)
    keepState(deps, { signedIn, request, reply })
    audit(request.log, { kind: 'signed_in', accountId: account.id, sessionId: session.id, amr })
  }
  return reply.redirect(pathOf(deps, current.interaction), 303)
}

/** A password that was replaced while this one was being verified ends every session: the one that is just beginning, too. */
async function hasChangedSince(deps: Pick<Deps, 'storage'>, account: Account): Promise<boolean> {
  const now = await deps.storage.accounts.find(account.id)
  return now === undefined || now.updatedAt !== account.updatedAt
}

function missingFields(username: string, password: string): SignInMessages['errors'] | undefined {
  if (username !== '' && password !== '') return undefined
  return {
    ...(username === '' && { username: 'Enter your user name or your e-mail address.' }),
    ...(password === '' && { password: 'Enter your password.' }),
  }
}

function refusal(outcome: Refused, installation: string): SignInMessages {
  switch (outcome.kind) {
    case 'refused':
      return {
        status: 400,
        errors: { password: 'The user name or the password is not right. Check both and try again.' },
      }
    case 'disabled':
      return {
        status: 403,
        errors: { form: `This account is disabled. Ask whoever looks after ${installation} to enable it.` },
      }
    case 'busy':
      return {
        status: 503,
        errors: { form: 'Too many people are signing in just now. Wait a few seconds and try again.' },
      }
  }
}
