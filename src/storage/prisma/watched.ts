/** The one way to the stores: says "not now" in our own words, and tells the log when an outage begins and ends. */
import type { Clock, Timestamp } from '../../base/clock.ts'
import { SECOND } from '../../base/duration.ts'
import type { Log } from '../../base/log.ts'
import { DatabaseUnavailable, type Storage } from '../storage.ts'
import { translated } from './unavailable.ts'

/** A single answer among failures ends nothing: an overloaded database would fill the log with beginnings and ends. */
const QUIET = SECOND

export interface WatchDeps {
  readonly log: Log
  readonly clock: Clock
  /** Told when an outage begins. */
  readonly onOutage?: (() => void) | undefined
}

/**
 * The same storage, whose questions reject with `DatabaseUnavailable` when the database cannot be asked. Whichever way
 * a store takes to the database, through Prisma or past it, it passes here.
 */
export function watched(storage: Storage, deps: WatchDeps): Storage {
  const watch = outageWatch(deps)
  const parts = Object.entries(storage).map(([name, part]) => [
    name,
    typeof part === 'object' ? watchedStore(part, watch) : part,
  ])
  return {
    ...(Object.fromEntries(parts) as Storage),
    ping: () => watch(() => storage.ping()),
    describe: () => watch(() => storage.describe()),
    isMigrated: () => watch(() => storage.isMigrated()),
    sweep: (now, limit) => watch(() => storage.sweep(now, limit)),
  }
}

type Watch = <T>(ask: () => PromiseLike<T>) => Promise<T>

/** Every property of a store is a question: a function that gives a promise. */
function watchedStore<Store extends object>(store: Store, watch: Watch): Store {
  const questions = Object.entries(store).map(([name, ask]) => [
    name,
    (...args: unknown[]) => watch(() => ask(...args)),
  ])
  return Object.fromEntries(questions) as Store
}

function outageWatch({ log, clock, onOutage }: WatchDeps): Watch {
  let outage: { readonly since: Timestamp; lastFailure: Timestamp } | undefined

  function failed(error: unknown): never {
    const ours = translated(error)
    if (!(ours instanceof DatabaseUnavailable)) throw ours
    const now = clock.now()
    if (outage === undefined) {
      outage = { since: now, lastFailure: now }
      onOutage?.()
      log.error({ err: ours.cause }, 'the database cannot be asked: requests that need it are refused until it answers')
    }
    outage.lastFailure = now
    throw ours
  }

  function answered(askedAt: Timestamp): void {
    if (outage === undefined || askedAt < outage.lastFailure + QUIET) return
    log.warn({ ms: clock.now() - outage.since }, 'the database answers again')
    outage = undefined
  }

  return async (ask) => {
    const askedAt = clock.now()
    try {
      const answer = await ask()
      if (outage !== undefined) answered(askedAt)
      return answer
    } catch (error) {
      return failed(error)
    }
  }
}
