/**
 * How often something was tried, in the database: one number for each bucket, when it will have run empty (the "generic
 * cell rate algorithm"), and one conditional statement, so that no two processes fill the last place.
 */
import { CLOCK_SKEW } from '../../base/clock.ts'
import { HOUR } from '../../base/duration.ts'
import type { Bucket, ThrottleStore } from '../throttles.ts'
import type { Statements } from './statement.ts'

/** No clock of ours that is right says more. A bucket may be asked about as a smaller one than it was a moment ago. */
const latest = ({ most, every }: Bucket, now: number): number => now + Math.max(most * every, HOUR) + CLOCK_SKEW

export function throttleStore(statements: Statements): ThrottleStore {
  // What lies further ahead than a full bucket can is from a clock that was wrong, or from a bucket that was larger: begun anew.
  const fill = statements.execute(
    `INSERT INTO throttles (id, empty_at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET empty_at = CASE
       WHEN throttles.empty_at + ? > excluded.empty_at AND throttles.empty_at <= ? THEN throttles.empty_at + ?
       ELSE excluded.empty_at END
     WHERE throttles.empty_at <= ? OR throttles.empty_at > ?`,
  )
  const find = statements.lookup({
    asked: ['id'],
    select: 't.empty_at',
    joins: 'JOIN throttles AS t ON t.id = asked.id',
  })
  const takeBack = statements.execute('UPDATE throttles SET empty_at = empty_at - ? WHERE id = ?')
  const empty = statements.execute('DELETE FROM throttles WHERE id = ?')

  const emptyAt = async (id: string): Promise<number> => Number((await find(id))?.[0] ?? 0)

  return {
    async fill(id, bucket, now) {
      const { most, every } = bucket
      const leaksOneBy = now + (most - 1) * every
      const possible = latest(bucket, now)
      if ((await fill(id, now + every, every, possible, every, leaksOneBy, possible)) === 1) return undefined
      return Math.max(now + 1, (await emptyAt(id)) - (most - 1) * every)
    },
    async roomAt(id, bucket, now) {
      const { most, every } = bucket
      const at = await emptyAt(id)
      const isFull = at > now + (most - 1) * every && at <= latest(bucket, now)
      return isFull ? at - (most - 1) * every : undefined
    },
    async takeBack(id, { every }) {
      await takeBack(every, id)
    },
    async empty(id) {
      await empty(id)
    },
  }
}
