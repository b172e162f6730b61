/** A new password, by a code or a link that was mailed to the account's verified address. */

import type { CodeRecord } from '../../accounts/one-time-codes.ts'
import { asItWas, ifRecoverable, isAsItWas, type Recoverable } from '../../accounts/recovery.ts'
import { isNobodys, mailCode } from '../../authorization/mailed-code.ts'
import { type Duration, MINUTE } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { PAGES } from '../../http/paths.ts'
import { message } from '../../words/message.ts'
import { codePath } from '../code/proof.ts'
import type { CodePurpose } from '../code/purposes.ts'
import { FORGOT } from '../interaction/current.ts'
import { languageOf } from './language.ts'

/** Below `codePath`. */
export const NEW_PASSWORD = '/password'

/** So many mails in a row; whoever wants more types the name again, and waits where that is too often. */
const MOST_IN_A_ROW = 4
const PAUSE: Duration = 15 * MINUTE

/** Whose password may be chosen with it; undefined: the account is another by now. */
export async function whoseReset(
  { storage }: Pick<Deps, 'storage'>,
  record: CodeRecord,
): Promise<Recoverable | undefined> {
  const account = await accountOf({ storage }, record)
  return account !== undefined && isAsItWas(record, account) ? account : undefined
}

/** Asked for also where there is none, so that it takes as long. */
const accountOf = async ({ storage }: Pick<Deps, 'storage'>, { id, accountId }: CodeRecord) =>
  ifRecoverable(await storage.accounts.find(accountId ?? id))

export const RESET_PASSWORD: CodePurpose = {
  typing: () => ({ lead: message('reset.sent') }),
  async opened(deps, { record, request }) {
    const account = await accountOf(deps, record)
    request.accountId = account?.id
    return {
      title: message('reset.title'),
      lead: message('reset.lead', { username: account?.username ?? '' }),
      submit: message('reset.title'),
    }
  },
  right: async (deps, { record }) => (await whoseReset(deps, record)) !== undefined,
  goOn: async (deps, { record, reply }) => reply.redirect(codePath(deps, record, NEW_PASSWORD), 303),
  async again(deps, { record, request, place }) {
    const inARow = Number(record.details['inARow'] ?? 1) + 1
    if (inARow > MOST_IN_A_ROW)
      return { kind: 'throttled', retryAt: Math.max(record.createdAt + PAUSE, deps.clock.now()) }
    const account = await accountOf(deps, record)
    return mailCode(deps, {
      purpose: 'reset_password',
      account,
      to: account?.claims.email ?? (isNobodys(record.address) ? undefined : record.address),
      // Of its own: the mails in a row are bounded, and the same limits as before would count them twice.
      typed: `again ${record.id}`,
      language: languageOf(account, request),
      place,
      userAgent: request.headers['user-agent'],
      details: { ...asItWas(account), inARow },
      ip: request.ip,
      flowId: record.interactionId,
    })
  },
  back: ({ interactionId }) => ({
    to: interactionId === undefined ? PAGES.signIn : `${PAGES.signIn}/${interactionId}${FORGOT}`,
    label: message('reset.other_name'),
  }),
}
