/** What an import tells about the file as a whole. */
import { counted } from '../../base/counted.ts'

/** A line for each kind of hash that is not ours. */
export function hashReport(hashes: ReadonlyMap<string, { count: number; isWeak: boolean }>): string {
  if (hashes.size === 0) return ''
  const lines = [...hashes]
    .toSorted(([, a], [, b]) => b.count - a.count)
    .map(
      ([cost, { count, isWeak }]) =>
        `  ${count} of ${cost}${isWeak ? ': weaker than what is recommended today' : ''}\n`,
    )
  return `Password hashes from elsewhere, replaced as their owners sign in unless they are stronger than ours:\n${lines.join('')}`
}

/** A line for each kind of thing that is not taken over. */
export function remarkReport(remarks: ReadonlyMap<string, number>): string {
  if (remarks.size === 0) return ''
  const lines = [...remarks]
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, count]) => `  ${counted(count, 'time')}: ${kind}\n`)
  return `Not taken over:\n${lines.join('')}`
}
