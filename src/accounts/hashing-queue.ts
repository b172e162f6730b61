/** How many passwords are hashed at once and how many wait: beyond that a request is told to come back, not kept in memory. */
import type { Clock } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import type { PasswordHashingConfig } from '../config/config.ts'

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

/** So many pieces of work are under way at most, and so many wait. */
type Bounds = Pick<PasswordHashingConfig, 'concurrency' | 'queue'>

/**
 * @param bounds asked again and again: they may change while work is under way and waits, and none of that is given up then
 * @param clock measures how long one takes
 */
export function hashingQueue(bounds: () => Bounds, clock: Clock): HashingQueue {
  const waiting: (() => void)[] = []
  let underWay = 0
  let meanDuration = ASSUMED_DURATION

  /** When everything that is here now will be done. */
  const retryAfterSeconds = (): number =>
    Math.max(1, Math.ceil(((underWay + waiting.length) * meanDuration) / bounds().concurrency / SECOND))

  /** A place that is free goes straight to the next in line: nobody who comes in between can take it. */
  function letIn(): void {
    while (waiting.length > 0 && underWay < bounds().concurrency) {
      underWay++
      waiting.shift()?.()
    }
  }

  async function run<Result>(work: () => Promise<Result>): Promise<Result> {
    const { concurrency, queue } = bounds()
    letIn()
    if (underWay < concurrency) underWay++
    else if (waiting.length < queue) await new Promise<void>((resolve) => waiting.push(resolve))
    else throw new HashingQueueFull(retryAfterSeconds())
    const startedAt = clock.now()
    try {
      return await work()
    } finally {
      // The clock may have been set back meanwhile.
      meanDuration += (Math.max(0, clock.now() - startedAt) - meanDuration) * SMOOTHING
      underWay--
      letIn()
    }
  }

  return { run }
}
