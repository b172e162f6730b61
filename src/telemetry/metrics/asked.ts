/** An answer of the database, for everybody who asks within a while: no scraper can load it. */
import type { Clock } from '../../base/clock.ts'
import { type Duration, SECOND } from '../../base/duration.ts'

/** A question that takes longer is answered by nothing; it is not asked again before it has ended. */
const PATIENCE: Duration = SECOND

export interface Asked<T> {
  /** Undefined: it failed, or takes too long. Never rejects. */
  get(): Promise<T | undefined>
}

export function asked<T>(ask: () => Promise<T>, { keepFor, steady }: { keepFor: Duration; steady: Clock }): Asked<T> {
  let kept: { readonly answer: Promise<T | undefined>; endedAt: number | undefined } | undefined
  const isFresh = (): boolean =>
    kept !== undefined && (kept.endedAt === undefined || steady.now() - kept.endedAt < keepFor)

  function begin(): Promise<T | undefined> {
    const answer = ask().catch(() => undefined)
    const mine: NonNullable<typeof kept> = { answer, endedAt: undefined }
    kept = mine
    void answer.then(() => {
      mine.endedAt = steady.now()
    })
    return answer
  }

  return { get: () => within(PATIENCE, isFresh() && kept ? kept.answer : begin()) }
}

function within<T>(limit: Duration, answer: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), limit)
    void answer.then(resolve).finally(() => clearTimeout(timer))
  })
}
