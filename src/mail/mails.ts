/** Which mails there are, what each needs to say, and how often somebody may get it. */
import type { Timestamp } from '../base/clock.ts'
import type { Message } from '../words/message.ts'

interface MailKind {
  /**
   * `asked`: whoever types an address causes it, so it is limited. `notice`: about an account's safety; it has a limit of its
   * own, so that nobody can use it up. `operator`: those who run it cause it, and it is not limited.
   */
  readonly kind: 'asked' | 'notice' | 'operator'
  /** The placeholders of its words, beside `{installation}`. */
  readonly values: readonly string[]
}

export const MAILS = {
  verify_email: { kind: 'asked', values: ['code', 'link', 'device', 'at'] },
  reset_password: { kind: 'asked', values: ['username', 'code', 'link', 'device', 'at'] },
  reset_unknown: { kind: 'asked', values: ['device', 'at'] },
  sign_up: { kind: 'asked', values: ['code', 'link', 'device', 'at'] },
  sign_up_known: { kind: 'asked', values: ['username', 'device', 'at', 'link'] },
  /** `at`: until when it is good. */
  invitation: { kind: 'operator', values: ['link', 'at'] },
  new_device: { kind: 'notice', values: ['username', 'device', 'at', 'link'] },
  factor_changed: { kind: 'notice', values: ['username', 'what', 'device', 'at', 'link'] },
  password_changed: { kind: 'notice', values: ['username', 'device', 'at', 'link'] },
  email_changed: { kind: 'notice', values: ['username', 'device', 'at', 'link'] },
  family_revoked: { kind: 'notice', values: ['username', 'client', 'at', 'link'] },
  account_removed: { kind: 'notice', values: ['username', 'at'] },
  test: { kind: 'operator', values: ['at'] },
} as const satisfies Readonly<Record<string, MailKind>>

export type MailName = keyof typeof MAILS

export const isMailName = (name: unknown): name is MailName => typeof name === 'string' && Object.hasOwn(MAILS, name)

/** `at` is a moment and `what` a message, both told in the language of the mail; `device` may be either; the rest are texts. */
export type MailValues<Name extends MailName> = {
  readonly [Value in (typeof MAILS)[Name]['values'][number]]: Value extends 'at'
    ? Timestamp
    : Value extends 'what'
      ? Message
      : Value extends 'device'
        ? string | Message
        : string
}

export type MailValue = string | Timestamp | Message
export type AnyValues = Readonly<Record<string, MailValue>>
