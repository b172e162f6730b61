/** The part of a mail in the outbox that nobody reads there: to whom it goes, and what is put into its words. */
import type { AnyValues } from './mails.ts'

/** keys/sealed-mails.ts */
export interface MailSeals {
  seal(deliveryId: string, text: string): string
  open(deliveryId: string, sealed: string): string | undefined
}

export interface SealedMail {
  readonly to: string
  readonly values: AnyValues
  readonly isDecoy: boolean
}

export const sealMail = (seals: MailSeals, deliveryId: string, mail: SealedMail): string =>
  seals.seal(deliveryId, JSON.stringify(mail))

/** Undefined: the sealing key is another one now. */
export function openMail(seals: MailSeals, deliveryId: string, sealed: unknown): SealedMail | undefined {
  const text = typeof sealed === 'string' ? seals.open(deliveryId, sealed) : undefined
  // Only `sealMail` makes what opens.
  return text === undefined ? undefined : (JSON.parse(text) as SealedMail)
}
