/** Rules for `notifications`: a URL that may be asked, and one secret with it. */
import { webUriFault } from '../../protocol/web-uri.ts'
import { withoutPlainHttp } from './allowed-hosts.ts'
import type { Facts } from './facts.ts'

const SECRETS = ['webhook_secret', 'webhook_secret_file'] as const
const MIN_SECRET_LENGTH = 32

export function reportNotificationFaults({ file, texts, faults }: Facts): void {
  const { notifications } = file
  if (notifications === undefined) return
  const at = (key: string) => ['notifications', key]
  const url = notifications.webhook_url
  const judged = withoutPlainHttp({ file }, url)
  const message = judged === undefined ? undefined : webUriFault(judged)
  if (message !== undefined)
    faults.report(at('webhook_url'), { message, allowed: 'an https URL (http only on loopback)' })
  const given = SECRETS.filter((key) => notifications[key] !== undefined || faults.touches(at(key)))
  const [first, ...others] = given
  if (first === undefined && url !== undefined) {
    const allowed = `one of ${SECRETS.join(', ')} (\`countersign secret\` makes one)`
    faults.report(at('webhook_secret'), { message: 'is missing: every message is signed', allowed })
  }
  if (first !== undefined && url === undefined && !faults.touches(at('webhook_url'))) {
    faults.report(at(first), { message: 'does nothing without webhook_url', allowed: 'webhook_url beside it' })
  }
  for (const key of others) faults.report(at(key), { message: `contradicts ${first}`, allowed: 'one of the two' })
  const inFile = texts.get('notifications.webhook_secret_file')
  for (const [key, secret] of [
    ['webhook_secret', notifications.webhook_secret],
    ['webhook_secret_file', inFile],
  ] as const) {
    if (secret === undefined || secret.length >= MIN_SECRET_LENGTH) continue
    const allowed = `at least ${MIN_SECRET_LENGTH} characters, hard to guess: \`countersign secret\` makes one`
    faults.report(at(key), { message: 'the secret is too short', allowed })
  }
}
