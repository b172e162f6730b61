/** Where a list that is told newest first goes on: `?before=` the time and the id of the last row that was shown. */
import type { Parameters } from '../../protocol/parameters.ts'
import type { Before } from '../../storage/storage.ts'
import { PER_PAGE } from './words.ts'

export function readBefore(query: Parameters): Before | undefined {
  const [, at, id] = /^(\d{1,15})\.(.{1,600})$/s.exec(query.find('before') ?? '') ?? []
  return at === undefined || id === undefined || id.includes('\0') ? undefined : { at: Number(at), id }
}

const writeBefore = ({ at, id }: Before): string => `${at}.${id}`

export interface Paged<Row> {
  readonly rows: readonly Row[]
  /** The value of `before` for what follows; undefined: nothing does. */
  readonly next: string | undefined
}

/** One more than a page has is read: it says whether there is another page. */
export const READ = PER_PAGE + 1

export function paged<Row>(read: readonly Row[], positionOf: (row: Row) => Before): Paged<Row> {
  const rows = read.slice(0, PER_PAGE)
  const last = rows.at(-1)
  return { rows, next: read.length > PER_PAGE && last !== undefined ? writeBefore(positionOf(last)) : undefined }
}
