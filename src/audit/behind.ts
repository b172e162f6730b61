/** Events that wait to be written: gathered for a moment, so that many share a statement, and kept while the database is away. */
import type { Clock, Timestamp } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import { logFailure } from '../storage/storage.ts'
import type { Entry } from './chain.ts'
import { type Counts, droppedEvents, TELLS_EVERY } from './dropped.ts'

/** What comes within this time is one batch. */
const GATHERS_FOR: Duration = 200
/** While the database is away. */
const TRIES_AGAIN_AFTER: Duration = SECOND
/** Events of one batch: one statement. On SQLite it keeps the process for two milliseconds. */
const AT_ONCE = 200
/** Events that wait. */
const MOST_WAITING = 10_000

export interface BehindNeeds<Event> {
  append(entries: readonly Entry[]): Promise<void>
  entryOf(event: Event): Entry
  /** About events that were left out. */
  droppedEntry(counts: Counts, at: Timestamp): Entry
  readonly clock: Clock
  readonly log: Log
}

export interface Behind<Event> {
  /** Whether there is room for one more; of those that are frequent, half as many may wait. */
  hasRoom(isFrequent: boolean): boolean
  add(event: Event): void
  /** It is left out of the chain, which is told how many were. */
  drop(kind: string): void
  /** Writes what waits. Never rejects: what could not be written waits on. */
  flush(): Promise<void>
  /** The same, and what was only counted so far; no timer is left. */
  stop(): Promise<void>
}

/** Stays as it is until it is written. */
interface Batch {
  readonly entries: readonly Entry[]
  /** How many of those that wait are in it. */
  readonly count: number
  readonly dropped: Counts
}

const NONE: Counts = new Map()

export function writtenBehind<Event>(needs: BehindNeeds<Event>): Behind<Event> {
  const { append, clock, log } = needs
  const waiting: Event[] = []
  const dropped = droppedEvents(clock)
  const timer = soonest(() => void flush())
  let batch: Batch | undefined
  let [came, written] = [0, 0]
  let [isAway, isStopping] = [false, false]
  let writing: Promise<void> | undefined

  async function flush(): Promise<void> {
    const until = came
    do {
      writing ??= write()
      await writing
    } while (written < until && !isAway)
  }

  /** What is there when it begins: what comes meanwhile gathers for the next time. */
  async function write(): Promise<void> {
    // Not before `writing` is set.
    await undefined
    const until = came
    try {
      while (written < until || isToTellDropped()) await writeBatch()
      isAway = false
    } catch (error) {
      isAway = true
      logFailure(log, error, { message: 'audit events could not be written; they wait', count: waiting.length })
    } finally {
      writing = undefined
    }
    if (waiting.length > 0) timer.set(isAway ? TRIES_AGAIN_AFTER : GATHERS_FOR)
    else if (!dropped.isEmpty()) timer.set(TELLS_EVERY)
  }

  async function writeBatch(): Promise<void> {
    batch ??= nextBatch()
    await append(batch.entries)
    waiting.splice(0, batch.count)
    written += batch.count
    dropped.settle(batch.dropped)
    batch = undefined
  }

  const isToTellDropped = (): boolean => dropped.isDue() || (isStopping && !dropped.isEmpty())

  function nextBatch(): Batch {
    const events = waiting.slice(0, AT_ONCE)
    const counts = isToTellDropped() ? dropped.take() : NONE
    const about = counts.size > 0 ? [needs.droppedEntry(counts, clock.now())] : []
    return { entries: [...events.map(needs.entryOf), ...about], count: events.length, dropped: counts }
  }

  return {
    hasRoom: (isFrequent) => waiting.length < (isFrequent ? MOST_WAITING / 2 : MOST_WAITING),
    add(event) {
      waiting.push(event)
      came++
      if (!isAway) timer.set(GATHERS_FOR)
    },
    drop(kind) {
      dropped.count(kind)
      timer.set(TELLS_EVERY)
    },
    flush,
    async stop() {
      isStopping = true
      timer.close()
      await flush()
    },
  }
}

/** One timer, which keeps no process alive; set again, it stays unless it would go off sooner. */
function soonest(ring: () => void) {
  let set: { readonly after: Duration; readonly handle: NodeJS.Timeout } | undefined
  let isClosed = false
  return {
    set(after: Duration): void {
      if (isClosed || (set !== undefined && set.after <= after)) return
      clearTimeout(set?.handle)
      const handle = setTimeout(() => {
        set = undefined
        ring()
      }, after).unref()
      set = { after, handle }
    },
    close(): void {
      isClosed = true
      clearTimeout(set?.handle)
    },
  }
}
