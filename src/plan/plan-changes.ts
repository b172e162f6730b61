/** What changes from one configuration to another, and what each change means. */
import type { EntryKind, NamedEntry } from '../config/entry.ts'
import type { Entry } from '../config/entry-value.ts'
import { keyNeedsRestart } from '../config/needs-restart.ts'
import { API_RULES, apiComes, apiGoes } from './api-rules.ts'
import { CLIENT_RULES, clientGoes } from './client-rules.ts'
import type { Facts } from './facts.ts'
import { followers, INSTALLATION_RULES } from './installation-rules.ts'
import { type EntryChange, harmless, heaviest, type KeyChange, type Meaning, type Plan, WEIGHTS } from './plan.ts'
import { type Changed, changedKey, listOf, type Rules } from './rule.ts'
import { UPSTREAM_RULES, upstreamGoes } from './upstream-rules.ts'

const RULES: Readonly<Record<EntryKind, Rules>> = {
  client: CLIENT_RULES,
  api: API_RULES,
  upstream: UPSTREAM_RULES,
  installation: INSTALLATION_RULES,
}

/** @param before what is in force; empty: nothing is known, so that nothing can be said to come, go or change */
export function planChanges(before: readonly NamedEntry[], after: readonly NamedEntry[], facts: Facts): Plan {
  const followed = followedDefaults(before, after)
  const [was, is] = [byKey(before), byKey(after)]
  const changes = [
    ...after.flatMap((entry) => {
      const known = was.get(keyOf(entry))
      return known ? changedEntry(known, entry, { facts, followed, all: { before, after } }) : [comes(entry, before)]
    }),
    ...before.filter((entry) => !is.has(keyOf(entry))).map((entry) => goes(entry, after, facts)),
  ]
  const sorted = changes.toSorted((a, b) => WEIGHTS.indexOf(b.weight) - WEIGHTS.indexOf(a.weight))
  return { changes: sorted, weight: heaviest(sorted) }
}

const keyOf = ({ kind, id }: NamedEntry): string => `${kind}\n${id}`
const byKey = (entries: readonly NamedEntry[]) => new Map(entries.map((entry) => [keyOf(entry), entry]))

function comes({ kind, id }: NamedEntry, before: readonly NamedEntry[]): EntryChange {
  const meaning = kind === 'api' ? apiComes(clientsFor(id, before)) : harmless()
  return { ...meaning, kind, id, change: 'comes', keys: [] }
}

function goes(gone: NamedEntry, after: readonly NamedEntry[], facts: Facts): EntryChange {
  const { kind, id } = gone
  const meaning = meaningOfEnd(gone, after, facts)
  return { ...meaning, ...heldIn(kind, id, facts), kind, id, change: 'goes', keys: [] }
}

function meaningOfEnd({ kind, id, entry }: NamedEntry, after: readonly NamedEntry[], facts: Facts): Meaning {
  if (kind === 'client') return clientGoes(id, facts)
  return kind === 'upstream' ? upstreamGoes(entry, facts) : apiGoes(clientsFor(id, after))
}

const clientsFor = (audience: string, entries: readonly NamedEntry[]): readonly string[] =>
  entries.filter(({ entry }) => listOf(entry['access_token_audience']).includes(audience)).map(({ id }) => id)

function heldIn(kind: EntryKind, id: string, facts: Facts): Pick<EntryChange, 'held'> {
  const held = kind === 'client' ? facts.held.get(id) : undefined
  return held ? { held } : {}
}

interface Surroundings {
  readonly facts: Facts
  readonly followed: Followed
  readonly all: { readonly before: readonly NamedEntry[]; readonly after: readonly NamedEntry[] }
}

function changedEntry(before: NamedEntry, after: NamedEntry, around: Surroundings): readonly EntryChange[] {
  const { kind, id } = after
  const { facts, followed } = around
  const of = { id, before: before.entry, after: after.entry, facts }
  const keys = changedKeys(before.entry, after.entry)
    .filter((key) => kind !== 'client' || !follows(followed, key, of))
    .map((key): KeyChange => {
      const changed = changedKey(key, of)
      const meaning = kind === 'installation' && followed.has(key) ? ofDefault(changed, around) : ruled(kind, changed)
      const needsRestart = kind === 'installation' && keyNeedsRestart(key, changed)
      return { key, from: changed.from, to: changed.to, ...meaning, ...(needsRestart && { needsRestart }) }
    })
  const weight = heaviest(keys)
  return weight === undefined
    ? []
    : [{ kind, id, change: 'changes', weight, notes: [], keys, ...heldIn(kind, id, facts) }]
}

/** A key that the older entry does not have at all was not there in the version that wrote it. */
const changedKeys = (before: Entry, after: Entry): readonly string[] =>
  Object.keys(after).filter((key) => before[key] !== undefined && !isEqual(before[key], after[key]))

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const ruled = (kind: EntryKind, changed: Changed): Meaning => RULES[kind][changed.key]?.(changed) ?? harmless()

// ---- lifetimes that clients take over from the installation ---------------------------------------------------------

/** The lifetimes of the installation that change, and how. */
type Followed = ReadonlyMap<string, Pick<Changed, 'from' | 'to'>>

function followedDefaults(before: readonly NamedEntry[], after: readonly NamedEntry[]): Followed {
  const [was, is] = [installationOf(before), installationOf(after)]
  const keys = changedKeys(was, is).filter((key) => key.startsWith('lifetimes.'))
  return new Map(keys.map((key) => [key, { from: was[key] ?? null, to: is[key] ?? null }]))
}

const installationOf = (entries: readonly NamedEntry[]): Entry =>
  entries.find(({ kind }) => kind === 'installation')?.entry ?? {}

/** Whether the client's changes just as the installation's does. Told with that, once. */
function follows(followed: Followed, key: string, of: Pick<Changed, 'before' | 'after'>): boolean {
  const how = followed.get(key)
  return how !== undefined && isEqual(of.before[key], how.from) && isEqual(of.after[key], how.to)
}

function ofDefault(changed: Changed, { all, facts, followed }: Surroundings): Meaning {
  const was = byKey(all.before)
  const meanings = all.after.flatMap((after) => {
    const before = was.get(keyOf(after))
    if (after.kind !== 'client' || before === undefined) return []
    if (!follows(followed, changed.key, { before: before.entry, after: after.entry })) return []
    return [ruled('client', changedKey(changed.key, { id: after.id, before: before.entry, after: after.entry, facts }))]
  })
  return meanings.length === 0 ? ruled('installation', changed) : followers(changed, meanings)
}
