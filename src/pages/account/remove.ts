/** Removing one's own account, for good: the page says what ends, and wants to be told which account it is. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { removeAccount } from '../../accounts/account-changes.ts'
import { usernameKey } from '../../accounts/username.ts'
import { dropSessions } from '../../authorization/browser-sessions.ts'
import { type Duration, MINUTE } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { ensureBrowser, formToken } from '../../http/browser.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import { PageError } from '../../http/page-error.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import type { Failed } from '../../protocol/checks.ts'
import type { SignedIn } from '../../sessions/session.ts'
import type { Account, Session } from '../../storage/storage.ts'
import { type Message, message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { isAdmin } from '../admin/who-may.ts'
import { requireFresh } from '../interaction/own-page.ts'
import { accountFrame } from './frame.ts'

/** Since the sign-in, with the second factor where there is one. */
const FRESH: Duration = 15 * MINUTE

const CONFIRM = `${PAGES.accountRemove}/confirm`

const purposeOf = (session: Session): string => `remove-account/${session.id}`

/** Who looks after this login would lock everybody out with a click: whether they are the last, only a command knows. */
export const mayRemove = ({ config }: Pick<Deps, 'config'>, account: Account): 'yes' | 'off' | 'admin' => {
  if (!config.account.remove) return 'off'
  return isAdmin(config.admin, account) ? 'admin' : 'yes'
}

const NOT_OFFERED = {
  off: {
    status: 404,
    check: 'not_found',
    title: message('remove.off_title'),
    message: message('remove.off_message'),
    advice: message('remove.off_advice'),
  },
  admin: {
    status: 403,
    check: 'not_found',
    title: message('remove.admin_title'),
    message: message('remove.admin_message'),
    advice: message('remove.admin_advice'),
  },
} as const

interface Messages {
  readonly status: number
  readonly errors: { readonly form?: Message; readonly username?: Message }
}

interface Page {
  readonly signedIn: SignedIn
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly username?: string
  readonly messages?: Messages
}

export function removeAccountPage(app: FastifyInstance, deps: Deps): void {
  /** Who is there, freshly signed in, and may. */
  const letIn = async (request: FastifyRequest, reply: FastifyReply) => {
    const fresh = { to: PAGES.accountRemove, maxAge: FRESH, acr: 'aal2' }
    const signedIn = await requireFresh(deps, { request, reply }, fresh)
    if ('answered' in signedIn) return signedIn
    const may = mayRemove(deps, signedIn.account)
    if (may !== 'yes') throw new PageError(NOT_OFFERED[may])
    return signedIn
  }

  app.get(PAGES.accountRemove, async (request, reply) => {
    const signedIn = await letIn(request, reply)
    return 'answered' in signedIn ? signedIn.answered : showRemove(deps, { signedIn, request, reply })
  })
  // The address of the form, opened again.
  app.get(CONFIRM, (_request, reply) => reply.redirect(pathBelow(deps.issuer, PAGES.accountRemove), 303))

  app.post(CONFIRM, async (request, reply) => {
    const signedIn = await letIn(request, reply)
    if ('answered' in signedIn) return signedIn.answered
    const { form, failed } = readGuardedForm(deps, request, purposeOf(signedIn.session))
    const username = form.find('username')?.trim() ?? ''
    const showAgain = (failed: Failed, messages: Messages) => {
      const description = Object.values(messages.errors).map(inEnglish).join(' ')
      tellRefusal(deps, request, { failed, description, status: messages.status })
      return showRemove(deps, { signedIn, request, reply, username, messages })
    }
    if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
    if (username === '') {
      const errors = { username: message('remove.empty') }
      return showAgain({ check: 'field', came: 'an empty field' }, { status: 400, errors })
    }
    if (usernameKey(username) !== signedIn.account.usernameKey) {
      const errors = { username: message('remove.wrong', { username: signedIn.account.username }) }
      return showAgain({ check: 'field', came: 'another user name' }, { status: 400, errors })
    }
    await remove(deps, signedIn, request, reply)
    return reply.redirect(pathBelow(deps.issuer, PAGES.accountRemoved), 303)
  })

  app.get(PAGES.accountRemoved, (_request, reply) => {
    allowPage(reply)
    return render(reply, 'account-removed', {
      installation: deps.config.name,
      homeUrl: pathBelow(deps.issuer, PAGES.home),
    })
  })
}

async function remove(
  deps: Deps,
  { account, session }: SignedIn,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const ended = await removeAccount(deps.storage, account.id, deps.clock.now())
  // Apps are told by their servers (back-channel logout).
  deps.deliveries.kick()
  // The other accounts of this browser stay.
  await dropSessions(deps, [session.id], { request, reply })
  // Of two at once one has done it.
  if (ended === undefined) return
  const { log, id, ip, flowId, headers } = request
  const event = { kind: 'account_removed', accountId: account.id, ...ended } as const
  await deps.audit.recordNow(event, { log, id, ip, flowId, headers, actor: `account:${account.id}`, account })
}

async function showRemove(deps: Deps, { signedIn, request, reply, username = '', messages }: Page) {
  const { account, session } = signedIn
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  allowPage(reply)
  return render(reply.code(messages?.status ?? 200), 'account-remove', {
    ...(await accountFrame(deps, account, PAGES.accountData)),
    form: { action: pathBelow(deps.issuer, CONFIRM), csrf: formToken(secret, purposeOf(session)) },
    username,
    errors: messages?.errors ?? {},
    hasErrors: messages !== undefined,
    errorId: messages === undefined ? undefined : request.id,
    back: pathBelow(deps.issuer, PAGES.accountData),
  })
}
