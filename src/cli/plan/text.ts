/** A plan for people: what ends first, what is harmless last. */

import type { Timestamp } from '../../base/clock.ts'
import { counted } from '../../base/counted.ts'
import { formatDuration } from '../../base/duration.ts'
import type { EntryValue } from '../../config/entry-value.ts'
import { type Facts, USED_WITHIN_DAYS } from '../../plan/facts.ts'
import {
  type Ends,
  type EntryChange,
  type KeyChange,
  type Meaning,
  type Plan,
  type SigningNeed,
  WEIGHTS,
  type Weight,
} from '../../plan/plan.ts'
import { printable, toIso } from '../table.ts'
import { isSecret } from './shown.ts'

export interface Compared {
  /** `nothing`: nothing was ever in force in this database, so that nothing can be told. */
  readonly with: 'database' | 'file' | 'nothing'
  readonly since: Timestamp | undefined
  /** The database that was asked, by its name. */
  readonly database: string
  /** Whether it was there. */
  readonly hasDatabase: boolean
}

/** Whether what is alive is known, too. Otherwise no change is known to be harmless. */
export const isKnown = (compared: Compared): boolean => compared.with !== 'nothing' && compared.hasDatabase

interface Surroundings {
  readonly path: string
  readonly compared: Compared
  readonly facts: Facts
}

export function planText({ changes, weight }: Plan, { path, compared, facts }: Surroundings): string {
  const head = `${path}, compared with ${comparedWith(compared)}`
  const unknown = isKnown(compared) ? [] : unknownText(compared)
  if (weight === undefined) return `${[`${head}:`, 'Nothing changes.', ...unknown].map(printable).join('\n')}\n`
  const groups =
    compared.with === 'nothing'
      ? ['Comes', ...changes.flatMap(lines), '']
      : WEIGHTS.toReversed().flatMap((each) => group(each, changes))
  const outcome = isKnown(compared) || weight !== 'harmless' ? ` ${OUTCOMES[weight]}` : ''
  const last = [`${summary(changes)}${outcome}`, ...howInForce(changes, compared), ...unknown]
  return `${[`${head}:`, '', ...groups, ...afterwards(changes, facts), ...last].map(printable).join('\n')}\n`
}

function comparedWith({ with: what, since }: Compared): string {
  if (what === 'nothing') return 'nothing'
  return what === 'file' ? 'the running file' : `what is in force since ${toIso(since)}`
}

function unknownText({ with: what, database, hasDatabase }: Compared): readonly string[] {
  if (what === 'file') return [`There is no database at ${database}, so nothing is known of what is alive.`]
  return [
    `Nothing was ever in force in the database ${database}${hasDatabase ? '' : ', which is not there yet'}: it cannot be told what ends or breaks.`,
    'That is right before the first start. Otherwise it is another database than that of what runs: look at database.url and at the environment. --running FILE compares with a file.',
    ...(hasDatabase
      ? ['Or what runs is of a version that does not remember it: one of this version writes it down within seconds.']
      : []),
  ]
}

const HEADINGS: Readonly<Record<Weight, string>> = {
  ends: 'Ends something that is alive',
  breaks: 'Breaks something, unless apps are changed with it',
  harmless: 'Harmless',
}

function group(weight: Weight, changes: readonly EntryChange[]): readonly string[] {
  const of = changes.filter((change) => change.weight === weight)
  return of.length === 0 ? [] : [HEADINGS[weight], ...of.flatMap(lines), '']
}

const KINDS = { api: 'API', client: 'client', upstream: 'provider', installation: 'settings' } as const

const SIGNS = { comes: '+', goes: '-', changes: '~' } as const

function lines(change: EntryChange): readonly string[] {
  const { kind, id, keys } = change
  const name = kind === 'installation' ? 'settings' : `${KINDS[kind]} ${id}`
  const sorted = keys.toSorted((a, b) => WEIGHTS.indexOf(b.weight) - WEIGHTS.indexOf(a.weight))
  return [
    `  ${SIGNS[change.change]} ${name}`,
    ...indented(meaningLines(change), 6),
    ...indented(sorted.flatMap(keyLines), 6),
  ]
}

const indented = (of: readonly string[], by: number): readonly string[] => of.map((line) => `${' '.repeat(by)}${line}`)

const keyLines = (change: KeyChange): readonly string[] => [
  `${change.key}: ${difference(change)}`,
  ...indented(meaningLines(shownMeaning(change)), 2),
  ...(change.needsRestart ? ['  It takes a restart.'] : []),
]

/** That a key is missing for an algorithm which just comes is no fault: its notes say that it is made. */
function shownMeaning({ signing, ...change }: KeyChange): Meaning {
  const isMade = change.key === 'keys.signing_algorithms' && signing?.key === 'missing'
  return isMade || signing === undefined ? change : { ...change, signing }
}

function difference({ key, from, to }: KeyChange): string {
  if (isSecret(key)) return from === null ? 'set' : to === null ? 'taken away' : 'changed'
  if (!(Array.isArray(from) && Array.isArray(to))) return `${shown(from)} → ${shown(to)}`
  const gone = from.filter((one) => !to.includes(one)).map((one) => `- ${one}`)
  const come = to.filter((one) => !from.includes(one)).map((one) => `+ ${one}`)
  return [...gone, ...come].join('  ') || 'in another order'
}

function shown(value: EntryValue): string {
  if (value === null) return '(not set)'
  return Array.isArray(value) ? value.join(' ') : String(value)
}

function meaningLines({ notes, ends, uses = [], signing }: Meaning): readonly string[] {
  return [
    ...notes,
    ...(ends ? [`Ends: ${endsText(ends)}.`] : []),
    ...uses.map(({ kind, redirectUri, count, lastAt }) => {
      const what = kind === 'sign_on' ? `Sign-ins that return to ${redirectUri}` : `Uses of ${kind}`
      return `${what} in the last ${USED_WITHIN_DAYS} days: ${count}, the last at ${toIso(lastAt)}.`
    }),
    ...(signing ? [signingText(signing)] : []),
  ]
}

function endsText({ sessions = 0, grants = 0, refreshTokens = 0, consents = 0 }: Ends): string {
  const parts = [
    plural(sessions, 'session'),
    plural(grants, 'grant'),
    plural(refreshTokens, 'refresh token'),
    plural(consents, 'consent'),
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? 'nothing that is alive' : parts.join(', ')
}

const plural = (count: number, word: string): string | undefined => (count === 0 ? undefined : counted(count, word))

function signingText({ algorithm, key, publishedAt, fetchedWithin, safeFrom, nextPublishedAt }: SigningNeed): string {
  switch (key) {
    case 'missing':
      return `There is no key for ${algorithm} yet: it is made when this is in force, and signs at once, while some hold the key set from before for up to ${formatDuration(fetchedWithin)} and refuse it. Put a file in force first that only adds ${algorithm} to keys.signing_algorithms; then plan says when it is time for this.`
    case 'fresh':
      return `The key for ${algorithm} is published since ${toIso(publishedAt)} only: wait until ${toIso(safeFrom)}, when every app has fetched it.`
    case 'published':
      return `The key for ${algorithm} is published since ${toIso(publishedAt)}, ${nextText(nextPublishedAt)}.`
  }
}

const nextText = (publishedAt: Timestamp | undefined): string =>
  publishedAt === undefined ? 'and no next one yet' : `the next one since ${toIso(publishedAt)}`

/** What has to be known of the facts themselves. */
function afterwards(changes: readonly EntryChange[], { countedSince, isCountedInFull }: Facts): readonly string[] {
  const asksForUses = changes.some(
    ({ change, uses, keys }) => change === 'goes' || uses || keys.some((key) => key.uses),
  )
  if (isCountedInFull || !asksForUses) return []
  const since =
    countedSince === undefined ? 'not counted yet' : `counted since ${toIso(countedSince).slice(0, 10)} only`
  return [`Uses are ${since}, so one that is not among them may be older.`, '']
}

function summary(changes: readonly EntryChange[]): string {
  const count = (change: EntryChange['change']) =>
    changes.filter((each) => each.kind === 'client' && each.change === change).length
  return `Clients that go: ${count('goes')}, change: ${count('changes')}, come: ${count('comes')}.`
}

const OUTCOMES: Readonly<Record<Weight, string>> = {
  ends: 'Something that is alive ends.',
  breaks: 'Something breaks.',
  harmless: 'All of it is harmless.',
}

/** A file of which something needs a restart is refused as a whole by what runs (live/reloads.ts). */
function howInForce(changes: readonly EntryChange[], { with: what }: Compared): readonly string[] {
  if (what === 'nothing') return []
  const keys = changes.flatMap((each) => each.keys).flatMap(({ key, needsRestart }) => (needsRestart ? [key] : []))
  if (keys.length === 0) return ['It needs no restart: what runs follows the file.']
  return [`It needs a restart, because of ${keys.join(', ')}: until then what runs refuses the whole file.`]
}
