/** Counts how often clients are used: in memory where it happens, written to the database behind it (docs/decisions/0018). */
import type { Clock, Timestamp } from '../base/clock.ts'
import { DAY } from '../base/duration.ts'
import type { ClientUseStore, DailyUse, UseKind } from '../storage/storage.ts'

export interface ClientUses {
  /** @param redirectUri the registered one, of a sign-on; else empty */
  count(clientId: string, kind: UseKind, redirectUri?: string): void
  /** Writes what was counted since the last time; what could not be written is counted on, and this rejects. */
  write(): Promise<void>
}

/** Kept between two times of writing; a use of something that is not among them is not counted. */
const MOST = 10_000

type Counted = { -readonly [Key in keyof DailyUse]: DailyUse[Key] }

export function clientUses({ store, clock }: { store: Pick<ClientUseStore, 'add'>; clock: Clock }): ClientUses {
  let counted = new Map<string, Counted>()
  let day: Timestamp = 0

  function add(use: DailyUse): void {
    const key = `${use.clientId}\n${use.kind}\n${use.redirectUri}\n${use.day}`
    const known = counted.get(key)
    if (known !== undefined) {
      known.count += use.count
      known.lastAt = Math.max(known.lastAt, use.lastAt)
    } else if (counted.size < MOST) counted.set(key, { ...use })
  }

  return {
    count(clientId, kind, redirectUri = '') {
      const now = clock.now()
      if (now < day || now >= day + DAY) day = now - (now % DAY)
      add({ clientId, kind, redirectUri, day, count: 1, lastAt: now })
    },
    async write() {
      if (counted.size === 0) return
      const taken = counted
      counted = new Map()
      try {
        await store.add([...taken.values()])
      } catch (error) {
        // Perhaps it was written all the same: better counted twice than taken for unused.
        for (const use of taken.values()) add(use)
        throw error
      }
    },
  }
}
