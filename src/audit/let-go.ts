/** Lets go of events whose time is over, from the front alone: the chain then begins after them, and says so with a seal. */
import type { Timestamp } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import type { AuditEventStore } from '../storage/storage.ts'
import type { Seals } from './chain.ts'

export interface LetGoNeeds {
  readonly store: Pick<AuditEventStore, 'chain' | 'page' | 'letGo'>
  readonly seals: Seals
  /** How long they are kept, as it is in force. */
  keep(): Duration
}

/** At most `limit` of them; gives how many went. An event that is not over yet keeps all that come after it. */
export async function letGo({ store, seals, keep }: LetGoNeeds, now: Timestamp, limit: number): Promise<number> {
  const chain = await store.chain()
  if (chain === undefined) return 0
  const { anchor } = chain
  const first = await store.page({ after: anchor.number, limit })
  const after = first.findIndex(({ at }) => at >= now - keep())
  const last = first.at(after === -1 ? -1 : after - 1)
  if (last === undefined || after === 0) return 0
  const place = { number: last.number, hash: last.hash }
  // One that was changed is not let go of unnoticed: its hash goes into the anchor, and the next event names another.
  const isOurs = await store.letGo({ ...place, seal: seals.make('anchor', place) }, anchor)
  return isOurs ? last.number - anchor.number : 0
}
