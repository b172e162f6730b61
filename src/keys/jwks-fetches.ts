/**
 * Remembers who fetched the published keys, and from where clients come (docs/decisions/0024). A request costs a look into a
 * map; what is new is written behind, some seconds later. All of it is bounded: strangers can fetch, too.
 */
import type { Clock } from '../base/clock.ts'
import { HOUR } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import type { Log } from '../base/log.ts'
import { makeRoom } from '../base/make-room.ts'
import { shownAddress, withoutLookalikes } from '../protocol/checks.ts'
import { type ClientAddress, type JwksFetch, type JwksFetchStore, logFailure } from '../storage/storage.ts'

/** Who asked for the keys, as far as a request shows it. */
export interface Fetcher {
  readonly address: string
  readonly userAgent: string | undefined
  /** The Origin header: a script of a page asks. */
  readonly origin: string | undefined
}

export interface JwksFetches {
  /** They were answered with this set, or told that it is the one that they have (304). */
  fetched(by: Fetcher, kids: readonly string[]): void
  /** This client of the configuration file has proven from there that it is itself. */
  clientAt(clientId: string, address: string): void
  /** Writes what is new. Never rejects: what can't be written now stays for the next time. */
  write(): Promise<void>
}

export interface JwksFetchesDeps {
  readonly store: Pick<JwksFetchStore, 'note' | 'noteAddress' | 'trim'>
  readonly clock: Clock
  readonly log: Log
}

/** What `countersign doctor` calls itself: it is no app. */
export const DOCTOR = 'Countersign-Doctor'

/** Of each kind between two writes; a fetch that is not remembered now is so next time. */
const MOST_WAITING = 256
/** Rows of each kind in the database. */
export const MOST_ROWS = 2000
/** The rows are counted again after so many were written. */
const TRIM_AFTER = 200
/** Clients whose addresses this process need not write again. */
const MOST_TOLD = 2000
/** A client that is there all the time is written this often. */
const TELL_AGAIN_AFTER = HOUR
const LONGEST_AGENT = 80
const LONGEST_ORIGIN = 200

export function jwksFetches({ store, clock, log }: JwksFetchesDeps): JwksFetches {
  const told = new Map<string, number>()
  let fetches = new Map<string, JwksFetch>()
  let addresses = new Map<string, ClientAddress>()
  let writtenSinceTrim = TRIM_AFTER

  async function writeAll(): Promise<void> {
    const [newFetches, newAddresses] = [fetches, addresses]
    fetches = new Map()
    addresses = new Map()
    try {
      for (const [key, address] of newAddresses) {
        await store.noteAddress(address)
        newAddresses.delete(key)
      }
      for (const [key, fetch] of newFetches) {
        await store.note(fetch)
        newFetches.delete(key)
        writtenSinceTrim++
      }
      if (writtenSinceTrim < TRIM_AFTER) return
      await store.trim(MOST_ROWS)
      writtenSinceTrim = 0
    } finally {
      // What was seen meanwhile is newer, and the times that are kept are the first and the last.
      fetches = joined(newFetches, fetches)
      addresses = joined(newAddresses, addresses)
    }
  }

  return {
    fetched({ address, userAgent = '', origin }, kids) {
      if (userAgent.startsWith(DOCTOR)) return
      const page = origin !== undefined && isWebOrigin(origin) ? origin : ''
      const agent = page === '' ? shown(userAgent) : ''
      const key = page === '' ? `${address} ${agent}` : page
      const before = fetches.get(key)
      if (before === undefined && fetches.size >= MOST_WAITING) return
      const now = clock.now()
      const from = page === '' ? shownAddress(address) : ''
      fetches.set(key, {
        ...(before ?? { id: sha256(key), address: from, userAgent: agent, origin: page, firstSeenAt: now }),
        lastSeenAt: now,
        kids,
      })
    },
    clientAt(clientId, address) {
      const key = `${clientId} ${address}`
      const now = clock.now()
      const last = told.get(key)
      if (last !== undefined && Math.abs(now - last) < TELL_AGAIN_AFTER) return
      if (addresses.size >= MOST_WAITING) return
      told.delete(key)
      makeRoom(told, MOST_TOLD)
      told.set(key, now)
      addresses.set(key, { clientId, address: shownAddress(address), firstSeenAt: now, lastSeenAt: now })
    },
    async write() {
      if (fetches.size === 0 && addresses.size === 0) return
      await writeAll().catch((error: unknown) =>
        logFailure(log, error, { message: 'who fetched the keys could not be written yet' }),
      )
    },
  }
}

function joined<T extends { readonly firstSeenAt: number }>(
  older: ReadonlyMap<string, T>,
  newer: ReadonlyMap<string, T>,
): Map<string, T> {
  const all = new Map(older)
  for (const [key, { ...value }] of newer) {
    all.set(key, { ...value, firstSeenAt: Math.min(value.firstSeenAt, older.get(key)?.firstSeenAt ?? Infinity) })
  }
  return all
}

const isWebOrigin = (text: string): boolean => text.length <= LONGEST_ORIGIN && /^https?:\/\/[\w.:[\]-]+$/.test(text)

/** A stranger's words. */
const shown = (userAgent: string): string => withoutLookalikes(userAgent.replace(/[^ -~]/g, '')).slice(0, LONGEST_AGENT)
