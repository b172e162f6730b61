/** How many passwords are hashed at once and how many wait: beyond that a request is told to come back, not kept in memory. */
import type { Clock } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'

/** No place in the queue; answered 503 with Retry-After (RFC 9110 §15.6.4). */
export class HashingQueueFull extends Error {
  override readonly name = 'HashingQueueFull'
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super('too many passwords are being verified')
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export interface HashingQueue {
  /** Runs `work` when its turn comes, first come first served. Rejects with HashingQueueFull at once when nobody else may wait. */
  run<Result>(work: () => Promise<Result>): Promise<Result>
}

/** Of the first estimate; after that every measurement moves the mean by an eighth of its difference. */
const ASSUMED_DURATION: Duration = 100
const SMOOTHING = 1 / 8

/** At most `concurrency` pieces of work are under way and `queue` wait. The clock measures how long one takes. */
export function hashingQueue(limits: { concurrency: number; queue: number }, clock: Clock): HashingQueue {
  const waiting: (() => void)[] = []
  let underWay = 0
  let meanDuration = ASSUMED_DURATION

  /** When everything that is here now will be done. */
  const retryAfterSeconds = (): number =>
    Math.max(1, Math.ceil(((underWay + waiting.length) * meanDuration) / limits.concurrency / SECOND))

  /** The place of whoever leaves goes straight to the next in line: nobody who comes in between can take it. */
  function leave(): void {
    const next = waiting.shift()
    if (next) next()
    else underWay--
  }

  async function run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (underWay < limits.concurrency) underWay++
    else if (waiting.length < limits.queue) await new Promise<void>((resolve) => waiting.push(resolve))
    else throw new HashingQueueFull(retryAfterSeconds())
    const startedAt = clock.now()
    try {
      return await work()
    } finally {
      // The clock may have been set back meanwhile.
      meanDuration += (Math.max(0, clock.now() - startedAt) - meanDuration) * SMOOTHING
      leave()
    }
  }

  return { run }
}
