/** Invitations: a link that lets whoever has it make an account, once, with an address that is taken as proven. */
import type { CodeRecord, OneTimeCodes } from '../accounts/one-time-codes.ts'
import type { Clock, Timestamp } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import { PAGES } from '../http/paths.ts'
import type { Mailer, MailSent } from '../mail/mailer.ts'
import { urlOf } from '../protocol/discovery.ts'
import type { OneTimeCode } from '../storage/storage.ts'

export interface Invitation {
  /** As base/mail-address.ts gives it. */
  readonly address: string
  readonly name: string | undefined
  readonly groups: readonly string[]
  /** The client_id of the app that they go on to. */
  readonly clientId: string | undefined
}

export interface InvitationOrder extends Invitation {
  readonly lasts: Duration
  readonly language: string
  /** Otherwise whoever asks hands the link over. */
  readonly isMailed: boolean
}

export interface InvitationDeps {
  readonly issuer: string
  readonly mailer: Mailer
  readonly codes: Pick<OneTimeCodes, 'make'>
  readonly clock: Clock
}

export interface Invited {
  readonly id: string
  readonly link: string
  readonly expiresAt: Timestamp
  /** Undefined: it was not to be mailed. */
  readonly mail: MailSent | undefined
}

export async function invite(
  { issuer, mailer, codes, clock }: InvitationDeps,
  { address, name, groups, clientId, lasts, language, isMailed }: InvitationOrder,
): Promise<Invited> {
  const details = { ...(name !== undefined && { name }), groups, ...(clientId !== undefined && { client: clientId }) }
  const made = await codes.make({ purpose: 'invitation', address, details, linkLasts: lasts })
  const { id, expiresAt } = made.record
  const link = urlOf(issuer, `${PAGES.invitation}/${made.handle}`)
  const at = clock.now() + lasts
  const order = {
    mail: 'invitation',
    to: address,
    language,
    values: { at },
    lasts,
    secrets: async () => ({ link }),
  } as const
  return { id, link, expiresAt, mail: isMailed ? await mailer.send(order) : undefined }
}

/** What `invite` has written. */
export function invitationOf({ address, details }: Pick<OneTimeCode | CodeRecord, 'address' | 'details'>): Invitation {
  const { name, groups, client } = details
  return {
    address,
    name: typeof name === 'string' ? name : undefined,
    groups: Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [],
    clientId: typeof client === 'string' ? client : undefined,
  }
}
