/** Moments, numbers and long texts as the pages for admins say them. */
import type { Timestamp } from '../../base/clock.ts'
import type { AdminFact, AdminText } from '../../http/admin-view-models.ts'
import { fromNow, inUtc } from '../../protocol/shown-time.ts'

/** Of a list; a page of it stays small. */
export const PER_PAGE = 15

/** `3 min ago`; undefined when there is no such moment. */
export const age = (at: Timestamp | undefined, now: Timestamp, words = ''): AdminText =>
  at === undefined
    ? { text: `${words}never` }
    : { text: `${words}${fromNow(at - now)}`, at: new Date(at).toISOString() }

/** `2026-03-03 10:15:00 UTC` */
export const moment = (at: Timestamp): AdminText => ({ text: inUtc(at), at: new Date(at).toISOString() })

/** `1 session`, `3 sessions` */
export const counted = (count: number, one: string, more = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : more}`

/** Room for a line. */
export const clip = (text: string, most = 120): string => (text.length > most ? `${text.slice(0, most)}…` : text)

/** Nothing for what is not there. */
export const fact = (name: string, ...values: readonly (AdminText | string | undefined)[]): readonly AdminFact[] => {
  const given = values.filter((value) => value !== undefined)
  if (given.length === 0) return []
  return [{ name, values: given.map((value) => (typeof value === 'string' ? { text: value } : value)) }]
}

/** The first few, and how many more there are. */
export function firstOf(texts: readonly string[], most: number): readonly string[] {
  const more = texts.length - most
  return more > 0 ? [...texts.slice(0, most), `and ${more.toLocaleString('en')} more`] : texts
}
