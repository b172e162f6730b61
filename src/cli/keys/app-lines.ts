/** Who fetches the keys, in words: for keys list, rotate and revoke. */
import type { Timestamp } from '../../base/clock.ts'
import { formatAge } from '../../base/duration.ts'
import type { KeyUser, Outlook } from '../../keys/key-users.ts'

/** More would push what matters off the screen. */
const MOST_NAMED = 20

/** `RS256: 3 of 4 apps that fetch keys have seen the next one. Not yet:` and a line for each that has not. */
export function outlookLines({ algorithm, users, unaware }: Outlook, now: Timestamp): readonly string[] {
  if (users.length === 0) return []
  const seen = users.length - unaware.length
  const apps = users.length === 1 ? 'app that fetches keys has' : 'apps that fetch keys have'
  const head = `${algorithm}: ${seen} of ${users.length} ${apps} seen the next one.`
  return unaware.length === 0 ? [head] : [`${head} Not yet:`, ...userLines(unaware, now)]
}

/** A line for each, two spaces in. */
export function userLines(users: readonly KeyUser[], now: Timestamp): readonly string[] {
  const lines = users.slice(0, MOST_NAMED).map((user) => `  ${describeUser(user, now)}`)
  const more = users.length - MOST_NAMED
  return more > 0 ? [...lines, `  and ${more} more`] : lines
}

/** `wiki (10.0.3.7, Go-http-client/2.0), last fetch 3d ago` */
function describeUser({ clientIds, address, origin, userAgent, lastSeenAt }: KeyUser, now: Timestamp): string {
  const [first = 'an app that is not told by its address', ...others] = clientIds.slice(0, 4)
  const name = [first, ...others].join(' or ') + (clientIds.length > 4 ? ' or another' : '')
  const where = origin === '' ? [address, userAgent].filter((part) => part !== '').join(', ') : `pages of ${origin}`
  return `${name} (${where}), last fetch ${formatAge(now - lastSeenAt)} ago`
}
