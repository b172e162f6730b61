/** The second factor of one's own account: setting it up, taking it away, new recovery codes. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { OTP_AMR } from '../../accounts/authenticators/totp.ts'
import { makeRecoveryCodes, removeTotp } from '../../accounts/second-factor.ts'
import { confirmTotp, totpToSetUp } from '../../accounts/totp-setup.ts'
import { keepRenewed } from '../../authorization/browser-sessions.ts'
import { seenAs } from '../../authorization/seen-as.ts'
import { type Duration, HOUR, MINUTE } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { ensureBrowser, formToken } from '../../http/browser.ts'
import { notOurs, readGuardedForm, tellNotOurs } from '../../http/form-guard.ts'
import { PageError } from '../../http/page-error.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import type { FormView } from '../../http/view-models.ts'
import { render } from '../../http/views.ts'
import { withSecondFactor } from '../../protocol/acr.ts'
import type { Failed } from '../../protocol/checks.ts'
import { type SignedIn, strengthenSession } from '../../sessions/session.ts'
import type { Account, Session } from '../../storage/storage.ts'
import { message } from '../../words/message.ts'
import { requireFresh } from '../interaction/own-page.ts'
import { type CodeMessages, inWords } from '../interaction/second-factor-view.ts'
import { accountFrame } from './frame.ts'
import { showRecoveryCodes } from './recovery-codes-view.ts'
import { isOpenTo, isRequired } from './second-factor-offer.ts'
import { totpSecretView } from './totp-view.ts'

/** Since the sign-in, with the second factor where there is one. */
const FRESH: Duration = 15 * MINUTE
/** An app was looked for and installed since the page was opened. */
const FRESH_WHEN_OPENED: Duration = FRESH + HOUR

type Change = 'confirm' | 'remove' | 'recovery-codes' | 'forget-devices'

const purposeOf = (change: Change, session: Session): string => `totp/${change}/${session.id}`
const placeOf = ({ session, account }: SignedIn) => ({ id: `session/${session.id}`, accountId: account.id })

/** Said to who opens the page where nobody may set one up. */
const NOT_OFFERED = {
  status: 404,
  check: 'not_found',
  title: message('totp.not_offered_title'),
  message: message('totp.not_offered_message'),
  advice: message('totp.not_offered_advice'),
} as const

interface Page {
  readonly signedIn: SignedIn
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly messages?: CodeMessages
}

export function totp(app: FastifyInstance, deps: Deps): void {
  const fresh = (request: FastifyRequest, reply: FastifyReply, maxAge = FRESH) =>
    requireFresh(deps, { request, reply }, { to: PAGES.totp, maxAge, acr: 'aal2' })
  const back = (reply: FastifyReply) => reply.redirect(pathBelow(deps.issuer, PAGES.totp), 303)

  app.get(PAGES.totp, async (request, reply) => {
    const signedIn = await fresh(request, reply)
    if ('answered' in signedIn) return signedIn.answered
    const has = await deps.storage.totps.find(signedIn.account.id)
    if (has !== undefined) return showTotp(deps, { signedIn, request, reply })
    if (!isOpenTo(deps, signedIn.account)) throw new PageError(NOT_OFFERED)
    return showSetup(deps, { signedIn, request, reply })
  })
  // The address of a form, opened again.
  app.get(`${PAGES.totp}/:change`, (_request, reply) => back(reply))

  app.post(`${PAGES.totp}/confirm`, async (request, reply) => {
    const signedIn = await fresh(request, reply, FRESH_WHEN_OPENED)
    if ('answered' in signedIn) return signedIn.answered
    const { account, session } = signedIn
    const { form, failed } = readGuardedForm(deps, request, purposeOf('confirm', session))
    if (!isOpenTo(deps, account)) return back(reply)
    const showAgain = (failed: Failed, messages: CodeMessages) => {
      tellRefusal(deps, request, { failed, description: inWords(messages), status: messages.status })
      return showSetup(deps, { signedIn, request, reply, messages })
    }
    if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
    const typed = form.find('code')?.trim() ?? ''
    if (typed === '') {
      const messages = { status: 400, errors: { code: message('totp_setup.empty') } }
      return showAgain({ check: 'field', came: 'an empty field' }, messages)
    }
    const result = await confirmTotp(deps, placeOf(signedIn), typed)
    if (result === 'taken') return back(reply)
    if (result !== 'added') {
      const errors =
        result === 'expired' ? { form: message('totp_setup.expired') } : { code: message('totp_setup.wrong') }
      return showAgain({ check: 'otp', came: result }, { status: 400, errors })
    }
    deps.audit.record({ kind: 'second_factor_added', accountId: account.id, factor: 'totp' }, request)
    await strengthen(deps, { signedIn, request, reply })
    return showNewCodes(deps, { signedIn, request, reply })
  })

  /** A form of the page that shows what there is; `act` answers, or goes back to it. */
  const change = (name: Change, act: (page: Page) => Promise<FastifyReply | undefined>): void => {
    app.post(`${PAGES.totp}/${name}`, async (request, reply) => {
      const signedIn = await fresh(request, reply)
      if ('answered' in signedIn) return signedIn.answered
      const { failed } = readGuardedForm(deps, request, purposeOf(name, signedIn.session))
      if (failed) tellNotOurs(deps, request, failed)
      const has = await deps.storage.totps.find(signedIn.account.id)
      if (failed || has === undefined) return back(reply)
      return (await act({ signedIn, request, reply })) ?? back(reply)
    })
  }
  change('remove', async ({ signedIn, request }) => {
    const accountId = signedIn.account.id
    const isRemoved = await removeTotp(deps.storage, accountId, deps.clock.now())
    if (isRemoved) deps.audit.record({ kind: 'second_factor_removed', accountId, factor: 'totp' }, request)
    return undefined
  })
  change('recovery-codes', (page) => showNewCodes(deps, page))
  change('forget-devices', async ({ signedIn, request }) => {
    const accountId = signedIn.account.id
    const count = await deps.storage.rememberedDevices.forgetAll(accountId)
    deps.audit.record({ kind: 'devices_forgotten', accountId, count }, request)
    return undefined
  })
}

/** For the home page: there is one, and nothing for when the phone is lost. */
export async function hasNoRecoveryCodes({ storage }: Pick<Deps, 'storage'>, { id }: Account): Promise<boolean> {
  return (await storage.totps.find(id)) !== undefined && (await storage.recoveryCodes.count(id)).left === 0
}

/** Its owner has just proven it here. */
async function strengthen(deps: Deps, { signedIn, request, reply }: Page): Promise<void> {
  const { session, account } = signedIn
  const amr = withSecondFactor(session.amr, OTP_AMR)
  const stronger = await strengthenSession(deps, session, { amr, seenAs: seenAs(deps, request) })
  if (stronger === undefined) return
  await keepRenewed(deps, stronger.handle, { request, reply })
  deps.audit.record({ kind: 'stepped_up', accountId: account.id, sessionId: session.id, amr }, request)
}

async function showNewCodes(deps: Deps, { signedIn: { account }, request, reply }: Page): Promise<FastifyReply> {
  const codes = await makeRecoveryCodes(deps, account.id)
  deps.audit.record({ kind: 'recovery_codes_made', accountId: account.id, count: codes.length }, request)
  return showRecoveryCodes(deps, { codes, account, onward: { url: pathBelow(deps.issuer, PAGES.totp) }, reply })
}

function formsOf(deps: Deps, { signedIn, request, reply }: Page): (change: Change) => FormView {
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  return (change) => ({
    action: pathBelow(deps.issuer, `${PAGES.totp}/${change}`),
    csrf: formToken(secret, purposeOf(change, signedIn.session)),
  })
}

async function showTotp(deps: Deps, page: Page): Promise<FastifyReply> {
  const { account } = page.signedIn
  const form = formsOf(deps, page)
  const { left } = await deps.storage.recoveryCodes.count(account.id)
  const devices = await deps.storage.rememberedDevices.ofAccount(account.id, deps.clock.now())
  allowPage(page.reply)
  return render(page.reply, 'totp', {
    ...(await accountFrame(deps, account, PAGES.totp)),
    remove: form('remove'),
    newCodes: form('recovery-codes'),
    codesLeft: left,
    devices: devices.length,
    forgetDevices: form('forget-devices'),
    isNeeded: isRequired(deps, account),
  })
}

async function showSetup(deps: Deps, page: Page): Promise<FastifyReply> {
  const { signedIn, request, reply, messages } = page
  const { account } = signedIn
  const secret = await totpToSetUp(deps, placeOf(signedIn))
  const form = formsOf(deps, page)('confirm')
  allowPage(reply)
  return render(reply.code(messages?.status ?? 200), 'totp-setup', {
    ...(await accountFrame(deps, account, PAGES.totp)),
    client: undefined,
    form,
    restart: undefined,
    cancel: undefined,
    errors: messages?.errors ?? {},
    hasErrors: messages !== undefined,
    errorId: messages === undefined ? undefined : request.id,
    isNeeded: false,
    totp: await totpSecretView(secret, { account, installation: deps.config.name }),
    back: pathBelow(deps.issuer, PAGES.home),
  })
}
