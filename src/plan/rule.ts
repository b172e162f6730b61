/** The shape of a rule, and the ones that several keys share. */
import { counted } from '../base/counted.ts'
import { type Duration, parseDuration } from '../base/duration.ts'
import type { Entry, EntryValue } from '../config/entry-value.ts'
import { type Facts, heldBy, signingNeed } from './facts.ts'
import { breaks, harmless, type Meaning } from './plan.ts'

/** One key that changes, and everything about it. */
export interface Changed {
  /** Of the entry. */
  readonly id: string
  readonly key: string
  readonly from: EntryValue
  readonly to: EntryValue
  /** Of a list. */
  readonly gone: readonly string[]
  readonly come: readonly string[]
  /** The whole entry, before and after. */
  readonly before: Entry
  readonly after: Entry
  readonly facts: Facts
}

export type Rule = (changed: Changed) => Meaning
/** A key without a rule is harmless. */
export type Rules = Readonly<Record<string, Rule>>

export function changedKey(key: string, of: Pick<Changed, 'id' | 'before' | 'after' | 'facts'>): Changed {
  const [from, to] = [of.before[key] ?? null, of.after[key] ?? null]
  const [was, is] = [listOf(from), listOf(to)]
  const gone = was.filter((one) => !is.includes(one))
  return { ...of, key, from, to, gone, come: is.filter((one) => !was.includes(one)) }
}

export const listOf = (value: EntryValue | undefined): readonly string[] => (Array.isArray(value) ? value : [])

/** Something that the app uses is taken from a list. */
export const whenGone =
  (note: (gone: string) => string): Rule =>
  ({ gone }) =>
    gone.length === 0 ? harmless() : breaks(note(gone.join(' ')))

/** What is switched on, and asks more of the app than before. */
export const whenOn =
  (note: string): Rule =>
  ({ to }) =>
    to === true ? breaks(note) : harmless()

export const whenOff =
  (note: string): Rule =>
  ({ to }) =>
    to === false ? breaks(note) : harmless()

/** What is set, or set to something else; to take it away asks less. */
export const whenSet =
  (note: string): Rule =>
  ({ to }) =>
    to === null ? harmless() : breaks(note)

export const always =
  (note: string): Rule =>
  () =>
    breaks(note)

export const durationOf = (value: EntryValue | undefined): Duration =>
  (typeof value === 'string' ? parseDuration(value) : undefined) ?? 0

export const isShorter = ({ from, to }: Changed): boolean => durationOf(to) < durationOf(from)

/** Signed with another algorithm: whoever verifies must expect it, and must have its key. */
export const signedOtherwise =
  (note: string): Rule =>
  ({ to, facts }) => {
    if (typeof to !== 'string') return breaks(note)
    const signing = signingNeed(facts, to)
    return { ...breaks(note), ...(signing && { signing }) }
  }

/** People whom the change concerns, in words. */
export const peopleOf = (facts: Facts, clientId: string): string =>
  counted(heldBy(facts, clientId).people, 'person', 'people')
