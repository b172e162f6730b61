/** Keeps refusals for the operator: written behind, some at a time, and never more than strangers may make us keep. */
import type { Clock, Timestamp } from '../base/clock.ts'
import { type Duration, MINUTE } from '../base/duration.ts'
import { newIdentifier } from '../base/identifier.ts'
import type { Log } from '../base/log.ts'
import { makeRoom } from '../base/make-room.ts'
import type { Random } from '../base/random.ts'
import type { Check } from '../protocol/checks.ts'
import { DatabaseUnavailable, logFailure, type Refusal, type RefusalStore } from '../storage/storage.ts'

export type NewRefusal = Omit<Refusal, 'id' | 'at' | 'more' | 'expiresAt'>

export interface RefusalKind {
  readonly check: Check
  readonly clientId: string | undefined
  /** As the router names it. */
  readonly endpoint: string
}

export interface Refusals {
  /** `make` is asked only when there is room for one more of its kind; else it is counted. Never waits, never throws. */
  record(kind: RefusalKind, make: () => NewRefusal): void
  /** Writes what waits. Never rejects: what could not be written waits on. */
  flush(): Promise<void>
}

export interface RefusalsNeeds {
  readonly store: Pick<RefusalStore, 'insert' | 'addMore'>
  /** How long they are kept, as it is just now. */
  keep(): Duration
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Of one kind, which is a check and a client: so many at once, and then so many in a minute. */
const OF_A_KIND = { burst: 30, perMinute: 2 }
/** Of all kinds together, in kilobytes: 14 days of nothing but attacks take 400 MB at the most, whatever they say. */
const OF_ALL = { burst: 300, perMinute: 20 }
/** Kinds that are remembered. */
const MOST_KINDS = 1000
/** Rows that wait while the database is away. */
const MOST_WAITING = 500

export function refusals({ store, keep, clock, random, log }: RefusalsNeeds): Refusals {
  const all = bucket(OF_ALL, clock.now())
  const kinds = new Map<string, { readonly room: Bucket; last: string | undefined }>()
  let waiting: Refusal[] = []
  let counted = new Map<string, number>()
  let writing: Promise<void> = Promise.resolve()

  function kindOf({ check, clientId = '' }: Pick<RefusalKind, 'check' | 'clientId'>, now: Timestamp) {
    const key = `${check} ${clientId}`
    const known = kinds.get(key)
    if (known !== undefined) return known
    makeRoom(kinds, MOST_KINDS)
    const kind = { room: bucket(OF_A_KIND, now), last: undefined }
    kinds.set(key, kind)
    return kind
  }

  /** What the database takes from nobody must not keep the others waiting. */
  async function insert(rows: readonly Refusal[]): Promise<void> {
    try {
      await store.insert(rows)
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw error
      const [row, ...others] = rows
      if (row !== undefined && others.length === 0) {
        logFailure(log, error, { message: 'a refusal could not be written', errorId: row.errorId })
      } else for (const one of rows) await insert([one])
    }
  }

  async function write(): Promise<void> {
    if (waiting.length + counted.size === 0) return
    const [rows, counts] = [waiting, counted]
    waiting = []
    counted = new Map()
    try {
      await insert(rows)
      for (const [id, count] of counts) {
        await store.addMore(id, count)
        counts.delete(id)
      }
    } catch (error) {
      logFailure(log, error, { message: 'refusals could not be written; they wait', count: rows.length })
      // Those that did arrive are passed over the next time.
      waiting = [...rows, ...waiting].slice(0, MOST_WAITING)
      for (const [id, count] of counts) counted.set(id, (counted.get(id) ?? 0) + count)
    }
  }

  return {
    record(of, make) {
      const now = clock.now()
      const kind = kindOf(of, now)
      const hasRoom = kind.room.has(now) && all.has(now) && waiting.length < MOST_WAITING
      if (hasRoom) {
        kind.room.take()
        const row: Refusal = {
          ...storable(make()),
          id: newIdentifier(now, random),
          at: now,
          more: 0,
          expiresAt: now + keep(),
        }
        all.take(kilobytesOf(row))
        kind.last = row.id
        waiting.push(row)
      } else if (kind.last !== undefined) counted.set(kind.last, (counted.get(kind.last) ?? 0) + 1)
    },
    flush() {
      writing = writing.then(write)
      return writing
    },
  }
}

/** Strangers can say U+0000 (in a client_id of the Authorization header, say), which PostgreSQL takes into no text. */
const storable = ({ description, expected, came, ...rest }: NewRefusal): NewRefusal => ({
  ...rest,
  description: withoutNul(description),
  expected: expected === undefined ? undefined : withoutNul(expected),
  came: came === undefined ? undefined : withoutNul(came),
})

const withoutNul = (text: string): string => text.replaceAll('\0', '\uFFFD')

/** A row is hardly smaller than one. */
const kilobytesOf = (row: Refusal): number => Math.max(1, Buffer.byteLength(JSON.stringify(row)) / 1024)

interface Bucket {
  has(now: Timestamp): boolean
  /** Also more than is left: then it takes the longer until there is something again. */
  take(count?: number): void
}

/** Full at first, and filled again little by little. */
function bucket({ burst, perMinute }: typeof OF_ALL, began: Timestamp): Bucket {
  let [left, at] = [burst, began]
  return {
    has(now) {
      // A clock that was set back gives nothing.
      left = Math.min(burst, left + (Math.max(0, now - at) / MINUTE) * perMinute)
      at = now
      return left >= 1
    },
    take(count = 1) {
      left -= count
    },
  }
}
