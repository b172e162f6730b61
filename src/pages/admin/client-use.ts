/** How much clients are used, as far as one bounded look at the newest grants tells. */
import { DAY, type Duration } from '../../base/duration.ts'
import type { AdminSection, AdminText } from '../../http/admin-view-models.ts'
import type { AdminRequest } from './page.ts'
import { age, counted } from './words.ts'

/** Of grants. */
const LOOK_AT = 5000
const COUNTED_FOR: Duration = 7 * DAY

/** Gives what is to be said of a client; `at`: when else it was used. */
export async function readClientUse({
  deps: { storage },
  now,
}: Pick<AdminRequest, 'deps' | 'now'>): Promise<(id: string, at?: number) => readonly AdminText[]> {
  const [counts, addresses, uses] = await Promise.all([
    storage.grants.countNewest({ now, newest: LOOK_AT }),
    storage.jwksFetches.addresses(),
    storage.clientUses.since(now - COUNTED_FOR),
  ])
  const used = Map.groupBy(uses, ({ clientId }) => clientId)
  const isAll = counts.reduce((sum, { count }) => sum + count, 0) < LOOK_AT
  const byId = new Map(counts.map((count) => [count.clientId, count]))
  const heard = Map.groupBy(addresses, ({ clientId }) => clientId)
  return (id, at) => {
    const { live = 0, lastAt = 0 } = byId.get(id) ?? {}
    // Clients that authenticate are heard of by their addresses, too.
    const last = Math.max(
      lastAt,
      at ?? 0,
      ...(heard.get(id) ?? []).map(({ lastSeenAt }) => lastSeenAt),
      ...(used.get(id) ?? []).map((use) => use.lastAt),
    )
    const times = (used.get(id) ?? []).reduce((sum, { count }) => sum + count, 0)
    return [
      { text: `${isAll ? '' : 'at least '}${counted(live, 'live sign-on')}` },
      { text: `${counted(times, 'use')} in a week` },
      last === 0 && !isAll ? { text: 'not used lately' } : age(last === 0 ? undefined : last, now, 'used '),
    ]
  }
}

/** The same for the page of one. */
export async function clientUseSection(asked: AdminRequest, id: string): Promise<AdminSection> {
  const use = await readClientUse(asked)
  return { heading: 'Use', rows: [use(id)] }
}
