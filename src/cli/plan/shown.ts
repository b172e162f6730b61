/** The values of a configuration as they may be shown. */
import type { EntryValue } from '../../config/entry-value.ts'

/** Of these no value is shown: that they are another one is all that is known of them. */
const SECRETS: ReadonlySet<string> = new Set([
  'client_secret',
  'listen.tls.certificate_file',
  'listen.tls.key_file',
  'mail.smtp.password',
  'metrics.token',
  'notifications.webhook_secret',
  'registration.initial_access_tokens',
  'tracing.headers',
])

export const isSecret = (key: string): boolean => SECRETS.has(key)

/** For `--json`. */
export const shownValue = (key: string, value: EntryValue): EntryValue =>
  isSecret(key) && value !== null ? 'set' : value
