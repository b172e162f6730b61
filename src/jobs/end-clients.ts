/** Ends what removed clients had, in small steps with rests between them: a client may have a million grants. */
import { setTimeout as pause } from 'node:timers/promises'
import type { AuditEvent } from '../audit/event.ts'
import type { Clocks } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import {
  type ConfigEntryStore,
  ENDING_KINDS,
  type Ending,
  type EndingKind,
  type EntryState,
} from '../storage/storage.ts'

export interface EndClientsDeps extends Clocks {
  readonly storage: { readonly configEntries: Pick<ConfigEntryStore, 'end' | 'ended'> }
  readonly audited: (event: AuditEvent) => void
}

/** Rows of one step: on SQLite it keeps a process for some milliseconds. */
const STEP = 500
/** Three times as long as the step took: it has a quarter of the database's time at most. */
const REST_SHARE = 3
/** Clients that are ended in one walk through the grants; the others come next time. */
const AT_ONCE = 100

/** Whoever goes on after a process that was stopped in the middle begins from the start: what is ended is ended. */
export async function endClients(
  deps: EndClientsDeps,
  states: readonly EntryState[],
  signal: AbortSignal,
): Promise<void> {
  const pending = states.filter(({ endsBefore }) => endsBefore !== undefined).slice(0, AT_ONCE)
  const clients = pending.filter(({ kind }) => kind === 'client')
  const endings = clients.map(endingOf)
  const counts = { grants: 0, consents: 0, session_clients: 0, deliveries: 0 }
  if (clients.length > 0) for (const kind of ENDING_KINDS) counts[kind] = await endKind(deps, { kind, endings }, signal)
  if (signal.aborted) return
  for (const state of pending) await deps.storage.configEntries.ended(state)
  if (clients.length === 0) return
  const { grants, consents } = counts
  deps.audited({ kind: 'clients_ended', clientIds: clients.map(({ id }) => id), grants, consents })
}

/** What it is granted after it came back stays. */
const endingOf = ({ id, removedAt, endsBefore }: EntryState): Ending => ({
  clientId: id,
  before: removedAt === undefined ? endsBefore : undefined,
})

async function endKind(
  { storage, clock, steady }: EndClientsDeps,
  what: { kind: EndingKind; endings: readonly Ending[] },
  signal: AbortSignal,
): Promise<number> {
  let count = 0
  for (let after: string | undefined = ''; after !== undefined && !signal.aborted; ) {
    const began = steady.now()
    const step = await storage.configEntries.end({ ...what, after, limit: STEP, now: clock.now() })
    count += step.ended
    after = step.after
    if (after !== undefined) await rest(REST_SHARE * (steady.now() - began), signal)
  }
  return count
}

/** Shorter when there is no more to come. */
async function rest(duration: Duration, signal: AbortSignal): Promise<void> {
  await pause(duration, undefined, { signal }).catch(() => undefined)
}
