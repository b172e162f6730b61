/** The facts that the rules ask: what clients hold, how they were used, which keys are published. */
import type { Timestamp } from '../base/clock.ts'
import { DAY, type Duration } from '../base/duration.ts'
import type { Held, InForce } from '../storage/in-force.ts'
import type { ClientUse, UseKind } from '../storage/storage.ts'
import type { SigningNeed } from './plan.ts'

/** How far back uses are looked at. */
export const USED_WITHIN_DAYS = 30

export interface Facts {
  readonly now: Timestamp
  /** How long a key has to be published until every app and API knows it. */
  readonly publishedFor: Duration
  readonly held: ReadonlyMap<string, Held>
  /** Undefined: not counted for all of the last 30 days, so that no use may mean nothing. */
  readonly isCountedInFull: boolean
  readonly countedSince: Timestamp | undefined
  readonly inForce: Pick<InForce, 'refreshTokens' | 'idleSessions' | 'uses' | 'keys' | 'linked'>
}

export const NOTHING_STORED: InForce = {
  ...{
    entries: [],
    held: [],
    refreshTokens: [],
    idleSessions: [],
    uses: [],
    countedSince: undefined,
    keys: [],
    linked: [],
  },
}

export function factsOf(inForce: InForce, { now, publishedFor }: Pick<Facts, 'now' | 'publishedFor'>): Facts {
  const { countedSince } = inForce
  return {
    ...{ now, publishedFor, inForce, countedSince },
    held: new Map(inForce.held.map((held) => [held.clientId, held])),
    isCountedInFull: countedSince !== undefined && countedSince <= usesSince(now),
  }
}

/** The day that the look back begins with. */
export const usesSince = (now: Timestamp): Timestamp => now - (now % DAY) - (USED_WITHIN_DAYS - 1) * DAY

export const heldBy = ({ held }: Facts, clientId: string): Held =>
  held.get(clientId) ?? {
    ...{ clientId, people: 0, sessions: 0, grants: 0, refreshTokens: 0, withoutPkce: 0, consents: 0 },
  }

export const usesOf = (
  { inForce }: Facts,
  clientId: string,
  { kind, redirectUri }: { kind?: UseKind; redirectUri?: string } = {},
): readonly ClientUse[] =>
  inForce.uses.filter(
    (use) =>
      use.clientId === clientId &&
      (kind === undefined || use.kind === kind) &&
      (redirectUri === undefined || use.redirectUri === redirectUri),
  )

/** Refresh tokens of sign-ons that are older than that; those of the day in between count. */
export const refreshTokensOlderThan = ({ inForce, now }: Facts, clientId: string, age: Duration): number =>
  inForce.refreshTokens
    .filter((of) => of.clientId === clientId && of.day <= now - age)
    .reduce((sum, { count }) => sum + count, 0)

/** Sessions that have been idle for that long; those of the hour in between count. */
export const sessionsIdleFor = ({ inForce }: Facts, { least, most }: { least: Duration; most: Duration }): number =>
  inForce.idleSessions
    .filter(({ hours }) => (hours + 1) * HOUR_MS > least && hours * HOUR_MS < most)
    .reduce((sum, { count }) => sum + count, 0)

const HOUR_MS = DAY / 24

/** Undefined for what is signed with a client's secret. */
export function signingNeed({ inForce, now, publishedFor }: Facts, algorithm: string): SigningNeed | undefined {
  if (algorithm.startsWith('HS')) return undefined
  const ofState = (state: 'current' | 'next') =>
    inForce.keys.find((key) => key.algorithm === algorithm && key.state === state && key.revokedAt === undefined)
  const publishedAt = ofState('current')?.publishedAt
  const safeFrom = publishedAt === undefined ? undefined : publishedAt + publishedFor
  const isFresh = safeFrom !== undefined && safeFrom > now
  return {
    algorithm,
    key: publishedAt === undefined ? 'missing' : isFresh ? 'fresh' : 'published',
    publishedAt,
    fetchedWithin: publishedFor,
    safeFrom,
    nextPublishedAt: ofState('next')?.publishedAt,
  }
}
