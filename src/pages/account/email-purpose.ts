/** The code that confirms the address of an account, or another one for it. */
import { proveAddress } from '../../accounts/proven-address.ts'
import { emailKey } from '../../accounts/username.ts'
import { mailCode } from '../../authorization/mailed-code.ts'
import type { Deps } from '../../deps.ts'
import { PageError } from '../../http/page-error.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { message } from '../../words/message.ts'
import { CONFIRMING, OTHER_ADDRESS } from '../code/confirming.ts'
import type { About, CodePurpose } from '../code/purposes.ts'

export const VERIFY_EMAIL: CodePurpose = {
  ...CONFIRMING,
  // Nobody confirms an address for an account that they do not know.
  async opened(deps, { record: { address, accountId = '' } }) {
    const account = await deps.storage.accounts.find(accountId)
    return {
      title: message('code.confirm_title'),
      lead: message('email.confirm_lead', { address, username: account?.username ?? '' }),
      submit: message('code.confirm_submit'),
    }
  },
  right,
  goOn: async (deps, { reply }) => reply.redirect(pathBelow(deps.issuer, PAGES.email), 303),
  async again(deps, { record, request, place }) {
    const account = await deps.storage.accounts.find(record.accountId ?? '')
    return mailCode(deps, {
      ...{ purpose: 'verify_email', account, to: record.address, place },
      language: request.language.tag,
      userAgent: request.headers['user-agent'],
      details: { before: record.details['before'] },
      ip: request.ip,
    })
  },
  back: () => ({ to: PAGES.email, label: OTHER_ADDRESS }),
}

/** Twice at most: something else of the account may change at the same moment. */
async function right(deps: Deps, about: About): Promise<boolean> {
  return (await confirm(deps, about)) ?? (await confirm(deps, about)) ?? false
}

/** Undefined: the account has changed since it was read. */
async function confirm(deps: Deps, { record, request }: About): Promise<boolean | undefined> {
  const account = await deps.storage.accounts.find(record.accountId ?? '')
  if (account === undefined || account.disabledAt !== undefined) return false
  const { email = '', email_verified: wasConfirmed } = account.claims
  if (email !== record.details['before']) return false
  request.accountId = account.id
  const change = await proveAddress(deps.storage.accounts, { account, address: record.address }, deps.clock.now())
  if (change === 'address_taken') throw new PageError(TAKEN)
  if (change === 'changed') return undefined
  const { id, ip, flowId, headers, log } = request
  const context = { id, ip, flowId, headers, log, account }
  // The old one is told, as nobody may have asked its reader.
  const isOther = emailKey(email) !== emailKey(record.address)
  if (isOther) deps.audit.record({ kind: 'email_changed', accountId: account.id }, context)
  else if (wasConfirmed !== true) deps.audit.record({ kind: 'email_verified', accountId: account.id }, context)
  return true
}

/** Said to who has proven to read what goes to the address. */
const TAKEN = {
  status: 409,
  check: 'address_taken',
  title: message('email.taken_title'),
  message: message('email.taken_message'),
  advice: message('email.taken_advice'),
} as const
