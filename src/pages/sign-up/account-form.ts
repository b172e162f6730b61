/** The form of a new account, for whoever has proven an address: what was chosen is judged, all of it at once, and the account made. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { HashingQueueFull } from '../../accounts/hashing-queue.ts'
import { newPasswordFlaw } from '../../accounts/new-password.ts'
import { makeProvenAccount, type ProvenAccountMade } from '../../accounts/proven-account.ts'
import { chosenUsernameFault, proposedUsername } from '../../accounts/sign-up.ts'
import { codePoints, MAX_USERNAME_LENGTH, usernameKey } from '../../accounts/username.ts'
import type { SignUpConfig } from '../../config/config.ts'
import type { Deps } from '../../deps.ts'
import { imagesOf } from '../../http/client-view.ts'
import { NO_NEW_PASSWORD, newPasswordMessage } from '../../http/new-password-message.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import type { SignUpAccountErrors } from '../../http/sign-up-view-models.ts'
import type { ClientView, FormView } from '../../http/view-models.ts'
import { render } from '../../http/views.ts'
import type { Failed } from '../../protocol/checks.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import type { Account } from '../../storage/storage.ts'
import { type Message, message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'

/** What was proven. */
export interface Applicant {
  readonly address: string
  readonly origin: 'sign_up' | 'invitation'
  readonly groups: readonly string[]
  /** As whoever invited them has it. */
  readonly name?: string | undefined
}

export interface AccountMessages {
  readonly status: number
  readonly errors: SignUpAccountErrors
  /** What was typed; a password never comes back. */
  readonly username: string
  readonly name: string
}

export type Applied =
  | Extract<ProvenAccountMade, { kind: 'made' }>
  | { readonly kind: 'address_taken' }
  | { readonly kind: 'refused'; readonly failed: Failed; readonly messages: AccountMessages }

interface Applying {
  readonly config: SignUpConfig
  readonly applicant: Applicant
  readonly form: Parameters
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface Chosen {
  readonly username: string
  readonly name: string
  readonly password: string
}

export async function apply(deps: Deps, applying: Applying): Promise<Applied> {
  const { applicant, request, reply } = applying
  const chosen = chosenIn(applying)
  const refused = (
    failed: Failed,
    errors: SignUpAccountErrors,
    status = 400,
    username: string | undefined = chosen.username,
  ): Applied => ({ kind: 'refused', failed, messages: { status, errors, username, name: chosen.name } })
  const taken = applying.config.username === 'chosen' ? await takenName(deps, chosen.username) : undefined
  const faults = {
    ...(taken && { username: taken.words }),
    ...namesFaults(applying, chosen),
    ...(await passwordFaults(deps, chosen, applying)),
  }
  if (Object.keys(faults).length > 0) {
    const failed: Failed = { check: 'field', came: `unusable: ${Object.keys(faults).join(' ')}` }
    return refused(taken ? { check: 'username_taken' } : failed, faults, 400, taken?.another)
  }
  const { address, groups, origin } = applicant
  try {
    const locale = request.language.tag
    const made = await makeProvenAccount(deps, { address, groups, origin, locale, ...chosen })
    if (made.kind === 'faulty') {
      request.log.info({ faults: made.faults }, 'an account could not be made')
      return refused({ check: 'field', came: 'a claim that is unusable' }, { name: message('sign_up.name_unusable') })
    }
    if (made.kind === 'made') return made
    if (made.kind === 'address_taken') return { kind: 'address_taken' }
    // At this very moment.
    const { words, another } = await anotherName(deps, chosen.username)
    return refused({ check: 'username_taken' }, { username: words }, 400, another)
  } catch (error) {
    if (!(error instanceof HashingQueueFull)) throw error
    reply.header('retry-after', String(error.retryAfterSeconds))
    return refused({ check: 'busy' }, { form: message('sign_up.busy') }, 503)
  }
}

/** Told together with all else that is wrong; that it is not taken in the meantime, the database sees to. */
async function takenName(deps: Deps, username: string): Promise<{ words: Message; another: string } | undefined> {
  if (chosenUsernameFault(username) !== undefined) return undefined
  const isTaken = (await deps.storage.accounts.findByUsername(usernameKey(username))) !== undefined
  return isTaken ? anotherName(deps, username) : undefined
}

async function anotherName({ storage, random }: Deps, username: string): Promise<{ words: Message; another: string }> {
  const another = await proposedUsername({ ...storage, random }, username)
  return { words: message('sign_up.username_taken', { username, another }), another }
}

function chosenIn({ config, applicant, form }: Applying): Chosen {
  const username = config.username === 'email' ? applicant.address : (form.find('username')?.trim() ?? '')
  const name = config.name === 'none' ? (applicant.name ?? '') : (form.find('name')?.trim() ?? '')
  return { username, name, password: form.find('password') ?? '' }
}

function namesFaults({ config, form }: Applying, { username, name }: Chosen): SignUpAccountErrors {
  const chosenFault = form.isFaulty('username') ? 'unusable' : chosenUsernameFault(username)
  const fault = config.username === 'email' ? undefined : chosenFault
  return {
    ...(fault === 'empty' && { username: message('sign_up.no_username') }),
    ...(fault === 'unusable' && {
      username: message('sign_up.username_unusable', { count: MAX_USERNAME_LENGTH }),
    }),
    ...(config.name === 'required' && name === '' && { name: message('sign_up.no_name') }),
    ...((isUnusable(name) || form.isFaulty('name')) && { name: message('sign_up.name_unusable') }),
  }
}

/** Room for every name that there is, and nothing in it that turns a text around or is not seen. */
const isUnusable = (name: string): boolean =>
  codePoints(name) > 200 || /(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/u.test(name)

async function passwordFaults(
  deps: Deps,
  { username, password }: Chosen,
  { applicant, form, request }: Applying,
): Promise<SignUpAccountErrors> {
  if (password === '' && !form.isFaulty('password')) return { password: NO_NEW_PASSWORD }
  const { config, egress } = deps
  const judged = { password, username, email: applicant.address }
  const flaw = form.isFaulty('password')
    ? 'too_long'
    : await newPasswordFlaw({ config, egress, log: request.log }, judged)
  return flaw === undefined ? {} : { password: newPasswordMessage(flaw) }
}

interface Shown {
  readonly config: SignUpConfig
  readonly applicant: Applicant
  readonly client: ClientView | undefined
  readonly form: FormView
  /** Where its answer leads in the end. */
  readonly target: string | undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly messages?: AccountMessages | undefined
}

export async function showAccountForm(deps: Deps, shown: Shown): Promise<FastifyReply> {
  const { config, applicant, client, form, target, request, reply, messages } = shown
  const username =
    messages?.username ?? (await proposedUsername({ ...deps.storage, random: deps.random }, applicant.address))
  allowPage(reply, target, imagesOf(client))
  return render(reply.code(messages?.status ?? 200), 'sign-up-account', {
    installation: deps.config.name,
    client,
    form,
    address: applicant.address,
    isInvited: applicant.origin === 'invitation',
    usernameField: config.username === 'email' ? undefined : { value: username },
    nameField: config.name === 'none' ? undefined : { value: messages?.name ?? applicant.name ?? '' },
    isNameOptional: config.name === 'optional',
    errors: messages?.errors ?? {},
    hasErrors: messages !== undefined,
    errorId: messages === undefined ? undefined : request.id,
  })
}

export const recordMade = (
  { audit }: Pick<Deps, 'audit'>,
  request: FastifyRequest,
  { account, by }: { readonly account: Account; readonly by: Applicant['origin'] },
): void => audit.record({ kind: 'signed_up', accountId: account.id, by }, request)

/** For the log and for `countersign explain`; then the page once more. */
export function tellApplied(
  deps: Deps,
  request: FastifyRequest,
  { failed, messages }: { readonly failed: Failed; readonly messages: AccountMessages },
  show: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const description = Object.values(messages.errors).map(inEnglish).join(' ')
  tellRefusal(deps, request, { failed, description, status: messages.status })
  return show()
}
