/** A plan for machines: docs/plan.md describes it, and it only ever gets more members. */
import type { Timestamp } from '../../base/clock.ts'
import { formatDuration } from '../../base/duration.ts'
import { type Facts, USED_WITHIN_DAYS } from '../../plan/facts.ts'
import type { EntryChange, KeyChange, Meaning, Plan } from '../../plan/plan.ts'
import { toIso } from '../table.ts'
import { isSecret, shownValue } from './shown.ts'
import { type Compared, isKnown } from './text.ts'

export function planJson({ changes, weight }: Plan, compared: Compared, { countedSince }: Facts): string {
  const plan = {
    version: 1,
    compared_with: compared.with,
    in_force_since: isoOrNull(compared.since),
    uses: { days: USED_WITHIN_DAYS, counted_since: isoOrNull(countedSince) },
    outcome: outcomeOf(weight, compared),
    needs_restart: changes.some(({ keys }) => keys.some(({ needsRestart }) => needsRestart === true)),
    changes: changes.map(changeJson),
  }
  return `${JSON.stringify(plan, undefined, 2)}\n`
}

function outcomeOf(weight: Plan['weight'], compared: Compared): string {
  if (weight === 'ends' || weight === 'breaks' || isKnown(compared)) return weight ?? 'nothing'
  return 'unknown'
}

const changeJson = ({ kind, id, change, held, keys, ...meaning }: EntryChange) => ({
  kind,
  ...(kind !== 'installation' && { id }),
  change,
  ...meaningJson(meaning),
  ...(held && {
    alive: {
      people: held.people,
      sessions: held.sessions,
      grants: held.grants,
      refresh_tokens: held.refreshTokens,
      consents: held.consents,
    },
  }),
  ...(change === 'changes' && { keys: keys.map(keyJson) }),
})

const keyJson = ({ key, from, to, needsRestart = false, ...meaning }: KeyChange) => ({
  key,
  from: shownValue(key, from),
  to: shownValue(key, to),
  ...(isSecret(key) && { secret: true }),
  ...meaningJson(meaning),
  ...(needsRestart && { needs_restart: true }),
})

const meaningJson = ({ weight, notes, ends, uses, signing }: Meaning) => ({
  weight,
  notes,
  ...(ends && {
    ends: {
      sessions: ends.sessions ?? 0,
      grants: ends.grants ?? 0,
      refresh_tokens: ends.refreshTokens ?? 0,
      consents: ends.consents ?? 0,
    },
  }),
  ...(uses && {
    uses: uses.map(({ kind, redirectUri, count, lastAt }) => ({
      kind,
      ...(redirectUri !== '' && { redirect_uri: redirectUri }),
      count,
      last_used_at: toIso(lastAt),
    })),
  }),
  ...(signing && {
    signing: {
      algorithm: signing.algorithm,
      key: signing.key,
      published_at: isoOrNull(signing.publishedAt),
      fetched_within: formatDuration(signing.fetchedWithin),
      safe_from: isoOrNull(signing.safeFrom),
      next_published_at: isoOrNull(signing.nextPublishedAt),
    },
  }),
})

const isoOrNull = (at: Timestamp | undefined): string | null => (at === undefined ? null : toIso(at))
