/** A plan for people: what ends first, what is harmless last. */
import type { Timestamp } from '../../base/clock.ts'
import type { EntryValue } from '../../config/entry.ts'
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
  /** `nothing`: there is no database yet. */
  readonly with: 'database' | 'file' | 'nothing'
  readonly since: Timestamp | undefined
}

interface Surroundings {
  readonly path: string
  readonly compared: Compared
  readonly facts: Facts
}

export function planText({ changes, weight }: Plan, { path, compared, facts }: Surroundings): string {
  const head = `${path}, compared with ${COMPARED[compared.with](compared.since)}`
  if (weight === undefined) return `${head}:\nnothing changes for clients, APIs and people. ${NOT_COMPARED}\n`
  const groups = WEIGHTS.toReversed().flatMap((each) => group(each, changes))
  return `${[`${head}:`, '', ...groups, ...afterwards(changes, facts), summary(changes, weight)].map(printable).join('\n')}\n`
}

/** What is not remembered of the configuration in force. */
const NOT_COMPARED =
  'Not compared: listen, which only a restart changes, log, trusted_proxies, password_hashing, passwords, throttling, refusals, audit.'

const COMPARED: Readonly<Record<Compared['with'], (since: Timestamp | undefined) => string>> = {
  database: (since) => `what is in force since ${toIso(since)}`,
  file: () => 'the running file',
  nothing: () => 'nothing: there is no database yet',
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

const SIGNS = { comes: '+', goes: '-', changes: '~' } as const

function lines(change: EntryChange): readonly string[] {
  const { kind, id, keys } = change
  const name = kind === 'installation' ? 'settings' : `${kind === 'api' ? 'API' : kind} ${id}`
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
  ...indented(meaningLines(change), 2),
]

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

function meaningLines({ notes, ends, uses = [], signing, needsRestart = false }: Meaning): readonly string[] {
  return [
    ...notes,
    ...(ends ? [`Ends: ${endsText(ends)}.`] : []),
    ...uses.map(({ kind, redirectUri, count, lastAt }) => {
      const what = kind === 'sign_on' ? `Sign-ins that return to ${redirectUri}` : `Uses of ${kind}`
      return `${what} in the last ${USED_WITHIN_DAYS} days: ${count}, the last at ${toIso(lastAt)}.`
    }),
    ...(signing ? [signingText(signing)] : []),
    ...(needsRestart ? ['It takes a restart.'] : []),
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

const plural = (count: number, word: string): string | undefined =>
  count === 0 ? undefined : `${count} ${word}${count === 1 ? '' : 's'}`

function signingText({ algorithm, key, publishedAt, safeFrom, nextPublishedAt }: SigningNeed): string {
  switch (key) {
    case 'missing':
      return `There is no key for ${algorithm} yet. Add it to keys.signing_algorithms first, and sign with it when every app has fetched it (plan tells from when on).`
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

function summary(changes: readonly EntryChange[], weight: Weight): string {
  const count = (change: EntryChange['change']) =>
    changes.filter((each) => each.kind === 'client' && each.change === change).length
  const clients = `Clients that go: ${count('goes')}, change: ${count('changes')}, come: ${count('comes')}.`
  const outcome = {
    ends: 'Something that is alive ends.',
    breaks: 'Something breaks.',
    harmless: 'All of it is harmless.',
  }
  return `${clients} ${outcome[weight]}`
}
