/** How often something was tried of late, shared by every process (docs/decisions/0021). */
import type { Timestamp } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'

/** A leaking bucket: each try puts one in, `every` so often one leaks out, and it holds `most`. */
export interface Bucket {
  readonly most: number
  readonly every: Duration
}

export interface ThrottleStore {
  /**
   * Puts one in where there is room, of several at once never too many; undefined when it is in, and else when there will
   * be room. Times are the asker's: processes whose clocks differ by a second differ by a second in what they answer.
   */
  fill(id: string, bucket: Bucket, now: Timestamp): Promise<Timestamp | undefined>
  /** The same answer, and nothing is put in. */
  roomAt(id: string, bucket: Bucket, now: Timestamp): Promise<Timestamp | undefined>
  /** Takes one out again: it did not count. */
  takeBack(id: string, bucket: Pick<Bucket, 'every'>): Promise<void>
  empty(id: string): Promise<void>
}
