/** What an operator does to the keys from the command line, while servers run on the same database. */
import type { Timestamp } from '../base/clock.ts'
import type { KeyAlgorithm } from '../protocol/vocabulary.ts'
import type { StoredSigningKey } from '../storage/storage.ts'
import { commitRotation } from './commit.ts'
import { type KeyRingDeps, toCommitDeps } from './key-ring.ts'
import { decideEarlyRotation, decideRevocation } from './rotation.ts'
import { takeSnapshot } from './snapshot.ts'
import { privateJwkOpener } from './unseal.ts'

export type EarlyRotation =
  /** Nothing was done: until then, clients may hold a JWKS without the key that would sign. */
  | { readonly kind: 'too_early'; readonly waiting: readonly WaitingKey[] }
  /** Another process changed the keys meanwhile. */
  | { readonly kind: 'overtaken' }
  | { readonly kind: 'rotated'; readonly keys: readonly StoredSigningKey[] }

export interface WaitingKey {
  readonly algorithm: KeyAlgorithm
  readonly safeFrom: Timestamp
}

export type Revocation =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'already_revoked'; readonly at: Timestamp }
  | { readonly kind: 'overtaken' }
  | { readonly kind: 'revoked'; readonly before: StoredSigningKey; readonly keys: readonly StoredSigningKey[] }

const ATTEMPTS = 5

/** Puts the next keys of these algorithms to use now: all of them, or none when one is not safe yet and not forced. */
export async function rotateByHand(
  deps: KeyRingDeps,
  { algorithms, force }: { algorithms: readonly KeyAlgorithm[]; force: boolean },
): Promise<EarlyRotation> {
  const now = deps.clock.now()
  const keys = await listOpened(deps, now)
  const decisions = algorithms.map((algorithm) => ({
    algorithm,
    ...decideEarlyRotation(keys, algorithm, deps.policy, now),
  }))
  const waiting = decisions.filter(({ safeFrom, steps }) => steps.length === 0 || (!force && safeFrom > now))
  if (waiting.length > 0) return { kind: 'too_early', waiting }
  const steps = decisions.flatMap((decision) => decision.steps)
  if (!(await commitRotation(steps, toCommitDeps(deps), now))) return { kind: 'overtaken' }
  return { kind: 'rotated', keys: await deps.store.list() }
}

/** Takes a key out at once; a current one is replaced in the same breath. */
export async function revokeByHand(deps: KeyRingDeps, kid: string): Promise<Revocation> {
  let before: StoredSigningKey | undefined
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const now = deps.clock.now()
    const keys = await listOpened(deps, now, kid)
    const key = keys.find((each) => each.kid === kid)
    if (key === undefined) return { kind: 'unknown' }
    if (key.revokedAt !== undefined) {
      return before ? { kind: 'revoked', before, keys } : { kind: 'already_revoked', at: key.revokedAt }
    }
    before ??= key
    const done = await commitRotation(decideRevocation(keys, key, deps.policy, now), toCommitDeps(deps), now)
    if (done) return { kind: 'revoked', before, keys: await deps.store.list() }
  }
  return { kind: 'overtaken' }
}

/**
 * Takes every key out and makes none: for when they all leaked, or the sealing key is lost for good. A running server
 * or the next start makes new ones. Gives how many went.
 */
export async function revokeAllByHand({ store, clock }: Pick<KeyRingDeps, 'store' | 'clock'>): Promise<number> {
  const now = clock.now()
  let revoked = 0
  for (const key of await store.list()) {
    if (key.state !== 'withdrawn' && (await store.revoke(key.kid, now))) revoked++
  }
  return revoked
}

/**
 * The keys, once it is sure that ours is the sealing key: a key sealed with another one would lock the servers out.
 * `except` is the kid of one that need not open, because it goes: it may be damaged.
 */
async function listOpened(deps: KeyRingDeps, now: Timestamp, except?: string): Promise<readonly StoredSigningKey[]> {
  const rows = await deps.store.list()
  const kept = rows.filter((row) => row.kid !== except)
  const open = privateJwkOpener({ ...toCommitDeps(deps), ...deps })
  await takeSnapshot(kept, { previous: undefined, now, open, isSettled: () => true })
  return rows
}
