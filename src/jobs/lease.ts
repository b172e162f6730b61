/**
 * Holds a lease for as long as this process lives, waits for it while another one holds it. No time stands in the
 * database: whoever waits watches the holder's turns with its own steady clock, so that no clock that is wrong or jumps
 * can hand one lease to two.
 */
import { type Clocks, stopwatch } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import { type LeaseStore, logFailure } from '../storage/storage.ts'

/** How often the holder renews, and everybody else looks. */
export const RENEW_EVERY: Duration = 3 * SECOND
/** A holder that could not renew for this long gives up; sooner than others take over. */
export const GIVE_UP_AFTER: Duration = 10 * SECOND
/** A lease whose turn has been the same for this long belongs to a process that is gone. */
export const TAKE_OVER_AFTER: Duration = 15 * SECOND
/** Giving back is a courtesy: a database that is away must not hold up the end. */
const GIVE_BACK_WITHIN: Duration = 2 * SECOND

export interface LeaseDeps extends Clocks {
  readonly leases: LeaseStore
  /** Names this process; another one after a restart. */
  readonly holder: string
  readonly log: Log
}

export interface HeldLease {
  /** Aborted as soon as the lease is lost; undefined while another process holds it. */
  held(): AbortSignal | undefined
  /** Gives it back, so that the next process takes it at once. What is done under it must have ended. */
  giveBack(): Promise<void>
}

/** Starts to take, renew and watch the lease of that name. Keeps no process alive. */
export function holdLease(name: string, deps: LeaseDeps): HeldLease {
  const { leases, holder, log } = deps
  const seen = watchTurns(deps)
  let mine: { readonly since: () => Duration; readonly lost: AbortController } | undefined
  let giveUp: NodeJS.Timeout | undefined
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  function lose(): void {
    if (mine) log.warn({ lease: name }, 'lost the lease: another process goes on with this work')
    mine?.lost.abort()
    mine = undefined
  }

  function renewed(since: () => Duration): void {
    if (!mine) log.info({ lease: name }, 'took the lease: this process does this work')
    mine = { since, lost: mine?.lost ?? new AbortController() }
    clearTimeout(giveUp)
    giveUp = setTimeout(lose, GIVE_UP_AFTER - since()).unref()
  }

  async function attempt(): Promise<void> {
    // Counted from before the database is asked: others count from after it has answered.
    const since = stopwatch(deps)
    const lease = await leases.find(name)
    const isFree = lease?.holder === undefined || lease.holder === holder || seen(lease) >= TAKE_OVER_AFTER
    const isTaken = isFree && !stopped && (await leases.take(name, { holder, from: lease?.turn ?? 0 }))
    if (isTaken && since() < GIVE_UP_AFTER) renewed(since)
    else lose()
  }

  async function turn(): Promise<void> {
    await attempt().catch((error: unknown) => {
      // What was renewed before still counts, until `giveUp`.
      logFailure(log, error, { message: 'the lease could not be asked for', lease: name })
    })
    if (!stopped) timer = setTimeout(begin, RENEW_EVERY).unref()
  }

  let underWay = Promise.resolve()
  function begin(): void {
    underWay = turn()
  }
  begin()

  return {
    held: () => (mine && mine.since() < GIVE_UP_AFTER ? mine.lost.signal : undefined),
    async giveBack() {
      stopped = true
      clearTimeout(timer)
      clearTimeout(giveUp)
      mine = undefined
      const given = underWay.then(() => leases.giveBack(name, holder))
      await within(GIVE_BACK_WITHIN, given).catch((error: unknown) => {
        logFailure(log, error, { message: 'the lease was not given back; others wait for it to run out', lease: name })
      })
    },
  }
}

/** Gives for how long the holder's turn has been the same, as this process saw it; by the steady clock alone. */
function watchTurns({ steady }: Clocks): (lease: { turn: number }) => Duration {
  let last: { readonly turn: number; readonly at: number } | undefined
  return ({ turn }) => {
    if (last?.turn !== turn) last = { turn, at: steady.now() }
    return steady.now() - last.at
  }
}

function within(limit: Duration, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limit} ms`)), limit)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
