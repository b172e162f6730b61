/** After a sign-in with a password: would a passkey not be easier? Whoever says no goes on to the app, and is left in peace. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { passkeyCreation, passkeysOf } from '../../accounts/passkeys.ts'
import { readParkedAuthorization } from '../../authorization/asked.ts'
import { DAY, type Duration } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { accountView } from '../../http/account-view.ts'
import { formToken } from '../../http/browser.ts'
import { askingClientView, imagesOf } from '../../http/client-view.ts'
import { notOurs, readGuardedForm, tellNotOurs } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import { maySetUp } from '../../protocol/authorization-decision.ts'
import type { Failed } from '../../protocol/checks.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { findSignedIn, type SignedIn } from '../../sessions/session.ts'
import type { Message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { makePasskey } from '../new-passkey.ts'
import { passkeyForm, passkeyNotMadeMessage, passkeyScriptSource } from '../passkey-form.ts'
import { goOn } from './begin.ts'
import { type Current, currentInteraction, interactionId, pathOf } from './current.ts'
import type { SignedInHere } from './proceed.ts'

/** After a "not now", and after how many of them for good. */
const PAUSE: Duration = 30 * DAY
const ENOUGH = 3

/** How often it was declined in this browser, and when last: `2.1764115200000`. */
interface Declined {
  readonly times: number
  readonly at: number
}

function declinedIn(deps: Pick<Deps, 'cookies'>, request: FastifyRequest): Declined {
  const [, times = '0', at = '0'] = /^(\d)\.(\d{1,15})$/.exec(deps.cookies.offer.read(request) ?? '') ?? []
  return { times: Number(times), at: Number(at) }
}

/** The page that offers one, where it makes sense: the browser can, the account has none, and nobody has said no of late. */
export async function offerDue(
  deps: Deps,
  { account, current, request, reply }: SignedInHere,
  /** What was posted with the password. */
  form: Parameters,
): Promise<string | undefined> {
  const { interaction } = current
  // Who is on the way to a page of their own wants something else.
  const isOnTheWay = interaction.clientId === undefined && interaction.parameters !== ''
  if (deps.config.passkeys?.isOffered !== true || form.find('able') !== 'yes' || isOnTheWay) return undefined
  const { times, at } = declinedIn(deps, request)
  if (times >= ENOUGH) {
    // Browsers forget cookies that are never renewed.
    deps.cookies.offer.write(reply, `${times}.${at}`)
    return undefined
  }
  if (times > 0 && deps.clock.now() < at + PAUSE) return undefined
  const { length } = await passkeysOf(deps, account.id)
  return length > 0 ? undefined : pathOf(deps, interaction, '/offer')
}

const createPurpose = (interactionId: string, { session }: SignedIn): string => `offer/${interactionId}/${session.id}`
const declinePurpose = (interactionId: string): string => `no-offer/${interactionId}`

export function passkeyOffer(app: FastifyInstance, deps: Deps): void {
  if (deps.config.passkeys === undefined) return
  const path = `${PAGES.signIn}/:interaction/offer`

  /** Whoever has signed in just now; undefined: nobody, or too long ago, or there is nothing to offer. */
  const recent = async (request: FastifyRequest): Promise<SignedIn | undefined> => {
    const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
    request.accountId = signedIn?.account.id
    if (signedIn === undefined || !maySetUp(signedIn.session, deps.clock.now())) return undefined
    const { length } = await passkeysOf(deps, signedIn.account.id)
    return length === 0 ? signedIn : undefined
  }

  app.get(path, async (request, reply) => {
    const current = await currentInteraction(deps, request, reply)
    const signedIn = await recent(request)
    return signedIn === undefined ? goOn(deps, current, reply) : showOffer(deps, { signedIn, current, request, reply })
  })

  app.get(`${path}/:answer`, async (request, reply) =>
    goOn(deps, await currentInteraction(deps, request, reply), reply),
  )

  app.post(`${path}/create`, async (request, reply) => {
    const current = await currentInteraction(deps, request, reply)
    const signedIn = await recent(request)
    if (signedIn === undefined) return goOn(deps, current, reply)
    const purpose = createPurpose(interactionId(request), signedIn)
    const { form, failed } = readGuardedForm(deps, request, purpose)
    const showAgain = (failed: Failed, error: Message, status: number) => {
      tellRefusal(deps, request, { failed, description: inEnglish(error), status })
      return showOffer(deps, { signedIn, current, request, reply, problem: { error, status } })
    }
    if (failed) return showAgain(failed, notOurs(failed), 403)
    const made = await makePasskey(deps, { account: signedIn.account, purpose, form, request })
    if (made.kind === 'added') return goOn(deps, current, reply)
    return showAgain({ check: 'passkey', came: made.reason }, passkeyNotMadeMessage(made.reason), 400)
  })

  app.post(`${path}/decline`, async (request, reply) => {
    const { failed } = readGuardedForm(deps, request, declinePurpose(interactionId(request)))
    const current = await currentInteraction(deps, request, reply)
    if (failed) tellNotOurs(deps, request, failed)
    else {
      const times = Math.min(declinedIn(deps, request).times + 1, ENOUGH)
      deps.cookies.offer.write(reply, `${times}.${deps.clock.now()}`)
    }
    return goOn(deps, current, reply)
  })
}

interface Shown {
  readonly signedIn: SignedIn
  readonly current: Current
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly problem?: { readonly error: Message; readonly status: number }
}

async function showOffer(deps: Deps, { signedIn, current, request, reply, problem }: Shown): Promise<FastifyReply> {
  const { interaction, secret } = current
  const { account } = signedIn
  const asked =
    interaction.clientId === undefined ? undefined : await readParkedAuthorization(deps, interaction.parameters)
  const client = asked && askingClientView(asked.client, asked.target.uri, request.language)
  allowPage(reply, asked?.target.uri, { ...imagesOf(client), script: passkeyScriptSource(deps) })
  return render(reply.code(problem?.status ?? 200), 'passkey-setup', {
    installation: deps.config.name,
    client,
    account: accountView(account),
    passkey: await passkeyForm(deps, {
      action: pathOf(deps, interaction, '/offer/create'),
      secret,
      purpose: createPurpose(interaction.id, signedIn),
      ask: (place) => passkeyCreation(deps, place, account),
    }),
    isOffer: true,
    notNow: {
      action: pathOf(deps, interaction, '/offer/decline'),
      csrf: formToken(secret, declinePurpose(interaction.id)),
    },
    ...{ otherWay: undefined, restart: undefined, cancel: undefined, back: undefined },
    error: problem?.error,
    errorId: problem && request.id,
  })
}
