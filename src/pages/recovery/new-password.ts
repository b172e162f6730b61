/** The new password, chosen by whoever came with the mail; then the sign-in goes on, with the second factor where there is one. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { changePassword } from '../../accounts/account-changes.ts'
import { PASSWORD_AMR } from '../../accounts/authenticators/password.ts'
import { HashingQueueFull } from '../../accounts/hashing-queue.ts'
import { newPasswordFlaw } from '../../accounts/new-password.ts'
import { MIN_PASSWORD_LENGTH } from '../../accounts/normalized-password.ts'
import type { CodeRecord } from '../../accounts/one-time-codes.ts'
import type { Recoverable } from '../../accounts/recovery.ts'
import type { Deps } from '../../deps.ts'
import { browserHash, ensureBrowser, formToken } from '../../http/browser.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import { speakTo } from '../../http/language.ts'
import type { NewPasswordView } from '../../http/mailed-view-models.ts'
import { NO_NEW_PASSWORD, newPasswordMessage } from '../../http/new-password-message.ts'
import { PAGES } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import type { Failed } from '../../protocol/checks.ts'
import { findInteraction, isOver, park } from '../../sessions/interaction.ts'
import type { Interaction } from '../../storage/storage.ts'
import { type Message, message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { backWhereAsked, linkIsOver } from '../code/over.ts'
import { codePath, finish, provenHere } from '../code/proof.ts'
import { askingClient } from '../code/view.ts'
import { pathOf } from '../interaction/current.ts'
import { keepProof } from '../interaction/proof.ts'
import { NEW_PASSWORD, whoseReset } from './purpose.ts'

const purposeOf = ({ id }: CodeRecord): string => `new-password/${id}`

interface Page {
  readonly record: CodeRecord
  readonly account: Recoverable
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface Messages {
  readonly status: number
  readonly errors: NewPasswordView['errors']
}

export function newPassword(app: FastifyInstance, deps: Deps): void {
  const path = `${PAGES.code}/:handle${NEW_PASSWORD}`

  async function pageOf(request: FastifyRequest, reply: FastifyReply): Promise<Page | undefined> {
    const record = await provenHere(deps, request, 'reset_password')
    if (record === undefined) return undefined
    const account = await whoseReset(deps, record)
    if (account === undefined) throw linkIsOver()
    request.flowId = record.interactionId
    request.accountId = account.id
    speakTo(request, account)
    return { record, account, request, reply }
  }

  app.get(path, async (request, reply) => {
    const page = await pageOf(request, reply)
    return page === undefined ? backWhereAsked(deps, request, reply) : showNewPassword(deps, page)
  })

  app.post(path, async (request, reply) => {
    const page = await pageOf(request, reply)
    if (page === undefined) return backWhereAsked(deps, request, reply)
    const { record, account } = page
    const { form, failed } = readGuardedForm(deps, request, purposeOf(record))
    const showAgain = (failed: Failed, messages: Messages) => {
      const description = Object.values(messages.errors).map(inEnglish).join(' ')
      tellRefusal(deps, request, { failed, description, status: messages.status })
      return showNewPassword(deps, page, messages)
    }
    if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
    const password = form.find('password') ?? ''
    const flaw = await flawOf(deps, page, { password, isFaulty: form.isFaulty('password') })
    if (flaw !== undefined) {
      return showAgain(
        { check: 'field', came: 'a password that may not be chosen' },
        { status: 400, errors: { password: flaw } },
      )
    }
    const passwordHash = await hashed(deps, password, reply)
    if (passwordHash === undefined) {
      return showAgain({ check: 'busy' }, { status: 503, errors: { form: message('sign_in.busy') } })
    }
    // Of two at once one goes on, and nothing has happened to the account meanwhile.
    if (!(await finish(deps, record, reply))) return backWhereAsked(deps, request, reply)
    if ((await whoseReset(deps, record)) === undefined) throw linkIsOver()
    const ended = await changePassword(deps.storage, { accountId: account.id, passwordHash }, deps.clock.now())
    if (ended === undefined) throw linkIsOver()
    deps.deliveries.kick()
    await deps.audit.recordNow({ kind: 'password_reset', accountId: account.id, ...ended }, request)
    return signInGoesOn(deps, page)
  })
}

async function flawOf(
  deps: Deps,
  { account, request }: Page,
  { password, isFaulty }: { password: string; isFaulty: boolean },
): Promise<Message | undefined> {
  if (isFaulty) return newPasswordMessage('too_long')
  if (password === '') return NO_NEW_PASSWORD
  const { username, claims } = account
  const flaw = await newPasswordFlaw({ ...deps, log: request.log }, { password, username, email: claims.email })
  return flaw && newPasswordMessage(flaw)
}

async function hashed(deps: Deps, password: string, reply: FastifyReply): Promise<string | undefined> {
  try {
    return await deps.passwords.hash(password)
  } catch (error) {
    if (!(error instanceof HashingQueueFull)) throw error
    reply.header('retry-after', String(error.retryAfterSeconds))
    return undefined
  }
}

/** The password is proven as if it had been typed on the sign-in page: what else is due is asked for there. */
async function signInGoesOn(deps: Deps, { record, account: { id }, request, reply }: Page): Promise<FastifyReply> {
  const account = await deps.storage.accounts.find(id)
  if (account === undefined) throw linkIsOver()
  const browser = browserHash(ensureBrowser(deps.cookies, request, reply, deps.random))
  const interaction = await interactionOf(deps, record, browser)
  await keepProof(deps, { account, amr: PASSWORD_AMR, interaction, reply })
  return reply.redirect(pathOf(deps, interaction), 303)
}

/**
 * The sign-in that it was asked for at, in the browser that asked. In another one the app knows nothing of it, and what it asked may
 * be a stranger's: that one goes to the home page, with the apps.
 */
async function interactionOf(deps: Deps, record: CodeRecord, browser: string): Promise<Interaction> {
  const { interactionId } = record
  const found = interactionId === undefined ? undefined : await findInteraction(deps, interactionId)
  const isHere = found !== undefined && record.browserHash === browser && found.browserHash === browser
  if (isHere && !isOver(found, deps.clock.now())) return found
  const isForgotten = !isHere || found.completedAt !== undefined
  return park(deps, isForgotten ? { clientId: undefined, parameters: '' } : found, browser)
}

async function showNewPassword(deps: Deps, { record, account, request, reply }: Page, messages?: Messages) {
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  const isHere = record.browserHash === browserHash(secret)
  const { client, target } = isHere ? await askingClient(deps, record, request) : {}
  allowPage(reply, target)
  return render(reply.code(messages?.status ?? 200), 'new-password', {
    installation: deps.config.name,
    client,
    form: { action: codePath(deps, record, NEW_PASSWORD), csrf: formToken(secret, purposeOf(record)) },
    username: account.username,
    shortest: MIN_PASSWORD_LENGTH,
    errors: messages?.errors ?? {},
    hasErrors: messages !== undefined,
    errorId: messages === undefined ? undefined : request.id,
  })
}
