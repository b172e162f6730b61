/** Tells somebody by mail what happened to their account, in addition to whatever page tells it; never in the way of what they do. */
import type { Log } from '../base/log.ts'
import type { Deps } from '../deps.ts'
import { PAGES } from '../http/paths.ts'
import type { MailOrder } from '../mail/mailer.ts'
import { MAILS, type MailName, type MailValues } from '../mail/mails.ts'
import { urlOf } from '../protocol/discovery.ts'
import { type Account, logFailure } from '../storage/storage.ts'

export type NoticeName = { [Name in MailName]: (typeof MAILS)[Name]['kind'] extends 'notice' ? Name : never }[MailName]

export interface MailNotice<Name extends NoticeName> {
  readonly mail: Name
  /** As it was before: a removed account, or a changed address, is told at the address that it had. */
  readonly account: Pick<Account, 'id' | 'username' | 'claims'>
  readonly values: Omit<MailValues<Name>, 'username' | 'at' | 'link'>
  readonly flowId?: string | undefined
}

/**
 * Only to an address that was verified: any other may be somebody else's, who must not learn of it. Never rejects; without
 * `mail` in the configuration nothing happens.
 */
export async function mailNotice<Name extends NoticeName>(
  { mailer, config, clock }: Pick<Deps, 'mailer' | 'config' | 'clock'>,
  { mail, account, values, flowId }: MailNotice<Name>,
  log: Log,
): Promise<void> {
  const { email, email_verified: isVerified, locale } = account.claims
  if (!mailer.isOn || typeof email !== 'string' || isVerified !== true) return
  const language = typeof locale === 'string' ? locale : config.languages.default
  const hasLink = (MAILS[mail].values as readonly string[]).includes('link')
  // Each notice has `username` and `at`; `values` are the rest of its own.
  const order = {
    ...{ mail, to: email, language, accountId: account.id, flowId },
    values: { ...values, username: account.username, at: clock.now() },
    ...(hasLink && { secrets: async () => ({ link: urlOf(config.issuer, PAGES.account) }) }),
  } as unknown as MailOrder
  await mailer.send(order).catch((error: unknown) => {
    logFailure(log, error, { message: 'a notice could not be put into the outbox', mail, accountId: account.id })
  })
}
