/** What is said of a password that may not be chosen, beside its field. */
import type { NewPasswordFlaw } from '../accounts/new-password.ts'
import { MIN_PASSWORD_LENGTH } from '../accounts/normalized-password.ts'
import { type Message, message } from '../words/message.ts'

export const NO_NEW_PASSWORD = message('new_password.empty')

const WORDS: Readonly<Record<NewPasswordFlaw, Message>> = {
  too_short: message('new_password.too_short', { count: MIN_PASSWORD_LENGTH }),
  too_long: message('new_password.too_long'),
  not_text: message('new_password.not_text'),
  repetition: message('new_password.repetition'),
  row: message('new_password.row'),
  like_username: message('new_password.like_username'),
  like_email: message('new_password.like_email'),
  like_installation: message('new_password.like_installation'),
  common: message('new_password.common'),
  breached: message('new_password.breached'),
}

export const newPasswordMessage = (flaw: NewPasswordFlaw): Message => WORDS[flaw]
