/** The passkeys of one's own account: all of them, another one, and the recovery codes where no authenticator app has them. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { MOST_PASSKEYS, passkeyCreation, passkeyLabel, passkeysOf } from '../../accounts/passkeys.ts'
import { keepRenewed } from '../../authorization/browser-sessions.ts'
import { seenAs } from '../../authorization/seen-as.ts'
import { type Duration, MINUTE } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { accountView } from '../../http/account-view.ts'
import { ensureBrowser, formToken } from '../../http/browser.ts'
import { notOurs, readGuardedForm, tellNotOurs } from '../../http/form-guard.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import { withSecondFactor } from '../../protocol/acr.ts'
import type { Failed } from '../../protocol/checks.ts'
import { type SignedIn, strengthenSession } from '../../sessions/session.ts'
import type { Session } from '../../storage/storage.ts'
import type { Message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { requireFresh } from '../interaction/own-page.ts'
import { codesForPasskey, makePasskey, newRecoveryCodes } from '../new-passkey.ts'
import { passkeyForm, passkeyNotMadeMessage, passkeyScriptSource } from '../passkey-form.ts'
import { accountFrame } from './frame.ts'
import { passkeyPage } from './passkey.ts'
import { passkeyView } from './passkey-kind.ts'
import { showRecoveryCodes } from './recovery-codes-view.ts'

/** Since the sign-in, with the second factor where there is one. */
const FRESH: Duration = 15 * MINUTE

type Change = 'add' | 'recovery-codes'
const purposeOf = (change: Change, session: Session): string => `passkeys/${change}/${session.id}`

interface Page {
  readonly signedIn: SignedIn
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly problem?: { readonly error: Message; readonly status: number } | undefined
}

export function accountPasskeys(app: FastifyInstance, deps: Deps): void {
  if (deps.config.passkeys === undefined) return
  const fresh = (request: FastifyRequest, reply: FastifyReply) =>
    requireFresh(deps, { request, reply }, { to: PAGES.passkeys, maxAge: FRESH, acr: 'aal2' })
  const back = (reply: FastifyReply) => reply.redirect(pathBelow(deps.issuer, PAGES.passkeys), 303)

  app.get(PAGES.passkeys, async (request, reply) => {
    const signedIn = await fresh(request, reply)
    return 'answered' in signedIn ? signedIn.answered : showPasskeys(deps, { signedIn, request, reply })
  })
  app.get(`${PAGES.passkeys}/add`, async (request, reply) => {
    const signedIn = await fresh(request, reply)
    return 'answered' in signedIn ? signedIn.answered : showNew(deps, { signedIn, request, reply })
  })
  // The address of a form, opened again.
  app.get(`${PAGES.passkeys}/recovery-codes`, (_request, reply) => back(reply))

  app.post(`${PAGES.passkeys}/add`, async (request, reply) => {
    const signedIn = await fresh(request, reply)
    if ('answered' in signedIn) return signedIn.answered
    const { account, session } = signedIn
    const purpose = purposeOf('add', session)
    const { form, failed } = readGuardedForm(deps, request, purpose)
    const showAgain = (failed: Failed, error: Message, status: number) => {
      tellRefusal(deps, request, { failed, description: inEnglish(error), status })
      return showNew(deps, { signedIn, request, reply, problem: { error, status } })
    }
    if (failed) return showAgain(failed, notOurs(failed), 403)
    const made = await makePasskey(deps, { account, purpose, form, request })
    if (made.kind === 'refused') {
      return showAgain({ check: 'passkey', came: made.reason }, passkeyNotMadeMessage(made.reason), 400)
    }
    await strengthen(deps, { signedIn, request, reply }, made.amr)
    const codes = await codesForPasskey(deps, account, request)
    return codes === undefined ? back(reply) : showCodes(deps, { signedIn, request, reply }, codes)
  })

  app.post(`${PAGES.passkeys}/recovery-codes`, async (request, reply) => {
    const signedIn = await fresh(request, reply)
    if ('answered' in signedIn) return signedIn.answered
    const { failed } = readGuardedForm(deps, request, purposeOf('recovery-codes', signedIn.session))
    if (failed) tellNotOurs(deps, request, failed)
    const { length } = await passkeysOf(deps, signedIn.account.id)
    if (failed || length === 0) return back(reply)
    const codes = await newRecoveryCodes(deps, signedIn.account.id, request)
    return showCodes(deps, { signedIn, request, reply }, codes)
  })

  passkeyPage(app, deps, { fresh, back })
}

/** Its owner has just used it here. */
async function strengthen(deps: Deps, { signedIn, request, reply }: Page, proven: readonly string[]): Promise<void> {
  const { session, account } = signedIn
  const amr = withSecondFactor(session.amr, proven)
  const stronger = await strengthenSession(deps, session, { amr, seenAs: seenAs(deps, request) })
  if (stronger === undefined) return
  await keepRenewed(deps, stronger.handle, { request, reply })
  deps.audit.record({ kind: 'stepped_up', accountId: account.id, sessionId: session.id, amr }, request)
}

const showCodes = (
  deps: Deps,
  { signedIn: { account }, reply }: Page,
  codes: readonly string[],
): Promise<FastifyReply> =>
  showRecoveryCodes(deps, { codes, account, onward: { url: pathBelow(deps.issuer, PAGES.passkeys) }, reply })

async function showPasskeys(deps: Deps, { signedIn, request, reply }: Page): Promise<FastifyReply> {
  const { account, session } = signedIn
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  const passkeys = await passkeysOf(deps, account.id)
  const hasCodesHere = passkeys.length > 0 && (await deps.storage.totps.find(account.id)) === undefined
  const newCodes = {
    action: pathBelow(deps.issuer, `${PAGES.passkeys}/recovery-codes`),
    csrf: formToken(secret, purposeOf('recovery-codes', session)),
  }
  allowPage(reply)
  return render(reply, 'account-passkeys', {
    ...(await accountFrame(deps, account, PAGES.passkeys)),
    passkeys: passkeys.map((passkey) => ({
      ...passkeyView(passkey),
      url: pathBelow(deps.issuer, `${PAGES.passkeys}/${passkeyLabel(passkey)}`),
    })),
    addUrl: passkeys.length < MOST_PASSKEYS ? pathBelow(deps.issuer, `${PAGES.passkeys}/add`) : undefined,
    most: MOST_PASSKEYS,
    newCodes: hasCodesHere ? newCodes : undefined,
    codesLeft: hasCodesHere ? (await deps.storage.recoveryCodes.count(account.id)).left : 0,
  })
}

async function showNew(deps: Deps, { signedIn, request, reply, problem }: Page): Promise<FastifyReply> {
  const { account, session } = signedIn
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  allowPage(reply, undefined, { script: passkeyScriptSource(deps) })
  return render(reply.code(problem?.status ?? 200), 'passkey-setup', {
    installation: deps.config.name,
    client: undefined,
    account: accountView(account),
    passkey: await passkeyForm(deps, {
      action: pathBelow(deps.issuer, `${PAGES.passkeys}/add`),
      ...{ secret, purpose: purposeOf('add', session) },
      ask: (place) => passkeyCreation(deps, place, account),
    }),
    isOffer: false,
    ...{ notNow: undefined, otherWay: undefined, restart: undefined, cancel: undefined },
    back: pathBelow(deps.issuer, PAGES.passkeys),
    error: problem?.error,
    errorId: problem && request.id,
  })
}
