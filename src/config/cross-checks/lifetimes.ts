/** Rules for `lifetimes`: what idles must not outlive what is absolute, here and in each client's overrides. */
import type { Path } from '../fault.ts'
import type { Facts } from './facts.ts'
import { isLonger } from './storage.ts'

export function reportLifetimeFaults({ file, faults }: Facts): void {
  const defaults = file.lifetimes
  if (isLonger(defaults?.session_idle, defaults?.session_absolute)) {
    const message = `is longer than session_absolute (${defaults?.session_absolute})`
    faults.report(['lifetimes', 'session_idle'], { message, allowed: `at most ${defaults?.session_absolute}` })
  }
  const reportRefreshFault = (path: Path, token: string | undefined, absolute: string | undefined) => {
    if (!isLonger(token, absolute)) return
    const message = `is longer than refresh_token_absolute (${absolute})`
    faults.report([...path, 'refresh_token'], { message, allowed: `at most ${absolute}` })
  }
  reportRefreshFault(['lifetimes'], defaults?.refresh_token, defaults?.refresh_token_absolute)
  for (const [index, client] of (file.clients ?? []).entries()) {
    const own = client?.lifetimes
    if (own?.refresh_token === undefined && own?.refresh_token_absolute === undefined) continue
    const token = own.refresh_token ?? defaults?.refresh_token
    reportRefreshFault(
      ['clients', index, 'lifetimes'],
      token,
      own.refresh_token_absolute ?? defaults?.refresh_token_absolute,
    )
  }
}
