/** What a restore turns back, and may not: sessions, codes and refresh tokens do not come alive again (docs/decisions/0010). */
import type { Timestamp } from '../../base/clock.ts'
import type { Row, Value } from '../archive.ts'
import type { RevocationReason } from '../storage.ts'

export interface Head {
  readonly table: string
  readonly columns: readonly string[]
}

/** Undefined: the row is not wanted. */
export type Change = (row: Row) => Row | undefined

export interface RewindCounts {
  sessionsEnded: number
  grantsRevoked: number
}

const RESTORED: RevocationReason = 'restored'

/** The change for the rows of one table of a backup; adds to `counts`. */
export function rewind({ table, columns }: Head, now: Timestamp, counts: RewindCounts): Change {
  const at = (name: string): number => columns.indexOf(name)
  switch (table) {
    case 'interactions':
    case 'pushed_requests':
    case 'totp_setups':
    case 'remembered_devices':
      // Where a sign-in that was under way stood: it begins again. Who was not asked for the second factor is asked once.
      return () => undefined
    case 'sessions':
      return filled([[at('ended_at'), now]], () => counts.sessionsEnded++)
    case 'grants':
      return filled(
        [
          [at('revoked_at'), now],
          [at('revoked_because'), RESTORED],
        ],
        () => counts.grantsRevoked++,
      )
    default:
      return (row) => row
  }
}

/** Fills these columns in every row whose first of them is empty. */
function filled(values: readonly (readonly [index: number, value: Value])[], count: () => void): Change {
  const [first = -1] = values.map(([index]) => index)
  if (values.some(([index]) => index < 0)) throw new Error('the backup lacks a column that every version has')
  const byIndex = new Map(values)
  return (row) => {
    if (row[first] !== null) return row
    count()
    return row.map((value, index) => byIndex.get(index) ?? value)
  }
}
