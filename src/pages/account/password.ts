/** One's own password: another one, or the first. Who is signed in elsewhere is signed out, unless they want it otherwise. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasPassword } from '../../accounts/has-password.ts'
import { HashingQueueFull } from '../../accounts/hashing-queue.ts'
import { newPasswordFlaw } from '../../accounts/new-password.ts'
import { changeOwnPassword } from '../../accounts/own-password.ts'
import { keepRenewed } from '../../authorization/browser-sessions.ts'
import { seenAs } from '../../authorization/seen-as.ts'
import { type Duration, HOUR, MINUTE } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { readQuery } from '../../http/form.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import { NO_NEW_PASSWORD, newPasswordMessage } from '../../http/new-password-message.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { HEAD_TOO } from '../../http/prebuilt.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { warnOfUntrustedProxy } from '../../http/untrusted-proxy.ts'
import { waitMessage } from '../../http/wait-message.ts'
import type { Failed } from '../../protocol/checks.ts'
import { type SignedIn, strengthenSession } from '../../sessions/session.ts'
import { secondsUntil } from '../../throttling/waiting.ts'
import { message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { requireFresh } from '../interaction/own-page.ts'
import { TOO_MANY } from '../interaction/too-many.ts'
import { type PasswordMessages, passwordPurpose, showPassword } from './password-view.ts'

/** Since the sign-in, with the second factor where there is one. */
const FRESH: Duration = 15 * MINUTE
/** Somebody thought about a good one since the page was opened. */
const FRESH_WHEN_OPENED: Duration = FRESH + HOUR

interface Page {
  readonly signedIn: SignedIn
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface Typed {
  readonly current: string
  readonly password: string
}

/** Why it came to nothing, and what is said of it. */
type Refusal = Omit<PasswordMessages, 'endsOthers'> & { readonly failed: Failed }

export function password(app: FastifyInstance, deps: Deps): void {
  const page = (query = ''): string => pathBelow(deps.issuer, `${PAGES.password}${query}`)
  const fresh = (request: FastifyRequest, reply: FastifyReply, maxAge: Duration) =>
    requireFresh(deps, { request, reply }, { to: PAGES.password, maxAge, acr: 'aal2' })

  app.get(PAGES.password, HEAD_TOO, async (request, reply) => {
    const signedIn = await fresh(request, reply, FRESH)
    if ('answered' in signedIn) return signedIn.answered
    const done = readQuery(request).find('done') === 'changed' ? message('password.changed') : undefined
    return showPassword(deps, { signedIn, reply, done })
  })
  // The address of the form, opened again.
  app.get(`${PAGES.password}/change`, (_request, reply) => reply.redirect(page(), 303))

  app.post(`${PAGES.password}/change`, async (request, reply) => {
    const signedIn = await fresh(request, reply, FRESH_WHEN_OPENED)
    if ('answered' in signedIn) return signedIn.answered
    const { form, failed } = readGuardedForm(deps, request, passwordPurpose(signedIn))
    const typed = { current: form.find('current_password') ?? '', password: form.find('password') ?? '' }
    const endsOthers = failed !== undefined || form.find('elsewhere') === 'yes'
    const at = { signedIn, request, reply }
    const refusal =
      failed === undefined
        ? await change(deps, at, { typed, endsOthers })
        : { failed, status: 403, errors: { form: notOurs(failed) } }
    if (refusal === undefined) return reply.redirect(page('?done=changed'), 303)
    const { status, errors } = refusal
    const description = Object.values(errors).map(inEnglish).join(' ')
    tellRefusal(deps, request, { failed: refusal.failed, description, status })
    return showPassword(deps, { signedIn, reply, messages: { status, errors, endsOthers } })
  })
}

/** Undefined: it is done. */
async function change(
  deps: Deps,
  page: Page,
  { typed, endsOthers }: { typed: Typed; endsOthers: boolean },
): Promise<Refusal | undefined> {
  const { account, session } = page.signedIn
  try {
    const refusal =
      missing(page, typed) ?? (await refusedCurrent(deps, page, typed)) ?? (await flawed(deps, page, typed))
    if (refusal !== undefined) return refusal
    const to = await deps.passwords.hash(typed.password)
    const own = { accountId: account.id, from: account.passwordHash ?? '', to, sessionId: session.id, endsOthers }
    const ended = await changeOwnPassword(deps.storage, own, deps.clock.now())
    if (ended === undefined) {
      const failed = { check: 'password', came: 'a password that was replaced meanwhile' } as const
      return { failed, status: 409, errors: { form: message('account.changed_meanwhile') } }
    }
    await goOn(deps, page)
    // Apps are told by their servers (back-channel logout).
    deps.deliveries.kick()
    await deps.audit.recordNow({ kind: 'password_changed', accountId: account.id, ...ended }, byOwner(page))
    return undefined
  } catch (error) {
    if (!(error instanceof HashingQueueFull)) throw error
    page.reply.header('retry-after', String(error.retryAfterSeconds))
    return { failed: { check: 'busy' }, status: 503, errors: { form: message('sign_in.busy') } }
  }
}

const byOwner = ({ request, signedIn }: Page) => ({
  ...{ log: request.log, id: request.id, ip: request.ip, flowId: request.flowId, headers: request.headers },
  actor: `account:${signedIn.account.id}`,
})

function missing({ signedIn: { account } }: Page, { current, password }: Typed): Refusal | undefined {
  const errors = {
    ...(hasPassword(account) && current === '' && { current: message('password.no_current') }),
    ...(password === '' && { password: NO_NEW_PASSWORD }),
  }
  if (Object.keys(errors).length === 0) return undefined
  return { failed: { check: 'field', came: 'an empty field' }, status: 400, errors }
}

/** Throttled as a sign-in is: a session that was stolen must not tell the password. */
async function refusedCurrent(
  deps: Deps,
  { signedIn, request, reply }: Page,
  { current }: Typed,
): Promise<Refusal | undefined> {
  const { id: accountId, passwordHash, usernameKey: name } = signedIn.account
  if (!hasPassword(signedIn.account)) return undefined
  const device = deps.cookies.device.read(request)
  const admission = await deps.guesses.admit({ accountId, name, ip: request.ip, device })
  if (!admission.isAdmitted) {
    const { by, retryAt } = admission
    deps.audit.record({ kind: 'throttled', what: 'password', by, accountId }, request)
    if (by !== 'known_device') warnOfUntrustedProxy(request)
    const seconds = secondsUntil(retryAt, deps.clock.now())
    reply.header('retry-after', String(seconds))
    const failed = { check: 'rate', came: `too many wrong passwords, counted by ${by}` } as const
    return { failed, status: 429, errors: { form: message(TOO_MANY[by], { wait: waitMessage(seconds) }) } }
  }
  const isRight = await deps.passwords.verify(passwordHash, current).catch(async (error: unknown) => {
    await admission.untried()
    throw error
  })
  // Before the answer goes out: who is told already asks again.
  await (isRight ? admission.right() : admission.wrong())
  if (isRight) return undefined
  deps.audit.record({ kind: 'password_change_refused', accountId }, request)
  return { failed: { check: 'password' }, status: 400, errors: { current: message('password.wrong') } }
}

async function flawed(
  deps: Deps,
  { signedIn, request }: Page,
  { current, password }: Typed,
): Promise<Refusal | undefined> {
  const { username, claims } = signedIn.account
  const isSame = password === current
  const chosen = { password, username, email: claims.email }
  const flaw = isSame ? undefined : await newPasswordFlaw({ ...deps, log: request.log }, chosen)
  if (!isSame && flaw === undefined) return undefined
  const said = flaw === undefined ? message('password.same') : newPasswordMessage(flaw)
  return { failed: { check: 'field', came: flaw ?? 'the same password' }, status: 400, errors: { password: said } }
}

/** Under another cookie: whoever has a copy of this one is signed out, too (OWASP ASVS 7.2.4). */
async function goOn(deps: Deps, { signedIn: { session }, request, reply }: Page): Promise<void> {
  const renewed = await strengthenSession(deps, session, { amr: session.amr, seenAs: seenAs(deps, request) })
  if (renewed === undefined) return
  await keepRenewed(deps, renewed.handle, { request, reply })
}
