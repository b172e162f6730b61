/**
 * When signing keys are made, put to use and taken out. Pure: keys and time in, steps out. What happened is read from
 * the stored states alone, never worked out from the time, so a clock that jumps can neither skip a step nor double one.
 */
import type { Timestamp } from '../base/clock.ts'
import { isEncryptionAlgorithm, type KeyAlgorithm, MANDATORY_SIGNING_ALGORITHM } from '../protocol/vocabulary.ts'
import type { StoredSigningKey } from '../storage/storage.ts'
import type { RotationPolicy } from './rotation-policy.ts'

export type RotationStep =
  | { readonly kind: 'clamp'; readonly kid: string }
  | { readonly kind: 'create'; readonly algorithm: KeyAlgorithm; readonly state: 'current' | 'next' }
  | {
      readonly kind: 'promote'
      readonly next: string
      readonly current: string | undefined
      readonly withdrawAt: Timestamp
    }
  /** A current key whose algorithm was taken out of the configuration. */
  | { readonly kind: 'retire'; readonly kid: string; readonly withdrawAt: Timestamp }
  /** A next key of such an algorithm: it has signed nothing. */
  | { readonly kind: 'discard'; readonly kid: string }
  | { readonly kind: 'withdraw'; readonly kid: string }
  | { readonly kind: 'revoke'; readonly kid: string }

/** What is due now; to be taken in this order. At most one promotion for each algorithm. */
export function decideRotation(
  keys: readonly StoredSigningKey[],
  policy: RotationPolicy,
  now: Timestamp,
): readonly RotationStep[] {
  return [
    ...keys.filter((key) => liesAhead(key, now)).map(({ kid }): RotationStep => ({ kind: 'clamp', kid })),
    ...inOrderOfMaking(policy).flatMap((algorithm) => rotate(ofAlgorithm(keys, algorithm), algorithm, policy, now)),
    ...leavingAlgorithms(keys, policy).flatMap((algorithm) => leave(ofAlgorithm(keys, algorithm), policy, now)),
    ...keys.filter((key) => isOver(key, now)).map(({ kid }): RotationStep => ({ kind: 'withdraw', kid })),
  ]
}

interface Pair {
  readonly current: StoredSigningKey | undefined
  readonly next: StoredSigningKey | undefined
}

/**
 * The one that every installation has comes last: no process serves without a key for it, so all that ever served show the
 * keys that were made before the first one of it (settling.ts).
 */
function inOrderOfMaking({ algorithms }: RotationPolicy): readonly KeyAlgorithm[] {
  const others = algorithms.filter((algorithm) => algorithm !== MANDATORY_SIGNING_ALGORITHM)
  return [...others, ...algorithms.filter((algorithm) => algorithm === MANDATORY_SIGNING_ALGORITHM)]
}

function rotate(
  { current, next }: Pair,
  algorithm: KeyAlgorithm,
  policy: RotationPolicy,
  now: Timestamp,
): readonly RotationStep[] {
  const createNext: RotationStep = { kind: 'create', algorithm, state: 'next' }
  // Nobody has fetched anything yet, so the very first key may sign at once.
  if (next === undefined) {
    return current === undefined ? [{ kind: 'create', algorithm, state: 'current' }, createNext] : [createNext]
  }
  if (current !== undefined && now < rotationDue(current, next, policy, now)) return []
  return [promote(next, current, policy, now), createNext]
}

const leavingAlgorithms = (keys: readonly StoredSigningKey[], policy: RotationPolicy): readonly KeyAlgorithm[] => [
  ...new Set(keys.map(({ algorithm }) => algorithm).filter((algorithm) => !policy.algorithms.includes(algorithm))),
]

/**
 * The keys of an algorithm that we no longer have. In a rolling restart another process may still have it, and makes new
 * ones when it must sign; those are left alone for a while, so that the two do not chase each other.
 */
function leave({ current, next }: Pair, policy: RotationPolicy, now: Timestamp): readonly RotationStep[] {
  const activatedAt = Math.min(current?.activatedAt ?? current?.publishedAt ?? now, now)
  if (current !== undefined && now < activatedAt + policy.publishBeforeUse) return []
  return [
    ...(current ? [{ kind: 'retire', kid: current.kid, withdrawAt: now + policy.keepRetired } as const] : []),
    ...(next ? [{ kind: 'discard', kid: next.kid } as const] : []),
  ]
}

/** When `next` takes over from `current` by itself. Times that lie ahead count as now, as they will once clamped. */
export function rotationDue(
  current: StoredSigningKey,
  next: StoredSigningKey,
  policy: RotationPolicy,
  now: Timestamp,
): Timestamp {
  const activatedAt = Math.min(current.activatedAt ?? current.publishedAt, now)
  const publishedAt = Math.min(next.publishedAt, now)
  return Math.max(activatedAt + policy.rotateEvery, publishedAt + policy.publishBeforeUse)
}

/** A rotation by hand: its steps, and from when on no client can hold a JWKS without the key that would sign. */
export function decideEarlyRotation(
  keys: readonly StoredSigningKey[],
  algorithm: KeyAlgorithm,
  policy: RotationPolicy,
  now: Timestamp,
): { readonly steps: readonly RotationStep[]; readonly safeFrom: Timestamp } {
  const { current, next } = ofAlgorithm(keys, algorithm)
  if (next === undefined) return { steps: [], safeFrom: now + policy.publishBeforeEarlyUse }
  return {
    steps: [promote(next, current, policy, now), { kind: 'create', algorithm, state: 'next' }],
    safeFrom: Math.min(next.publishedAt, now) + policy.publishBeforeEarlyUse,
  }
}

/** Takes one key out at once. A current one is replaced first, so that there is always a key to sign with. */
export function decideRevocation(
  keys: readonly StoredSigningKey[],
  { kid, algorithm, state }: StoredSigningKey,
  policy: RotationPolicy,
  now: Timestamp,
): readonly RotationStep[] {
  const { current, next } = ofAlgorithm(keys, algorithm)
  const revoke: RotationStep = { kind: 'revoke', kid }
  const createNext: RotationStep = { kind: 'create', algorithm, state: 'next' }
  if (!policy.algorithms.includes(algorithm)) return [revoke]
  if (state === 'next') return [revoke, createNext]
  if (state !== 'current') return [revoke]
  if (next === undefined) return [revoke, { kind: 'create', algorithm, state: 'current' }, createNext]
  return [promote(next, current, policy, now), revoke, createNext]
}

/**
 * Whether the key belongs in the JWKS. Of those that others encrypt to us with, only the current one does: what is not to be
 * used is not shown, and the others still decrypt. A withdrawn one whose withdrawal lies ahead was withdrawn by a clock that ran
 * ahead and has been set right since: its tokens may be alive, so it is published again until then.
 */
export function isPublished(key: StoredSigningKey, now: Timestamp): boolean {
  if (key.revokedAt !== undefined) return false
  if (isEncryptionAlgorithm(key.algorithm)) return key.state === 'current'
  return key.state !== 'withdrawn' || (key.withdrawAt !== undefined && key.withdrawAt > now)
}

const promote = (
  next: StoredSigningKey,
  current: StoredSigningKey | undefined,
  policy: RotationPolicy,
  now: Timestamp,
): RotationStep => ({
  kind: 'promote',
  next: next.kid,
  current: current?.kid,
  withdrawAt: now + policy.keepRetired,
})

const ofAlgorithm = (keys: readonly StoredSigningKey[], algorithm: KeyAlgorithm): Pair => ({
  current: keys.find((key) => key.algorithm === algorithm && key.state === 'current'),
  next: keys.find((key) => key.algorithm === algorithm && key.state === 'next'),
})

const liesAhead = (key: StoredSigningKey, now: Timestamp): boolean =>
  (key.state === 'next' || key.state === 'current') && (key.publishedAt > now || (key.activatedAt ?? now) > now)

const isOver = (key: StoredSigningKey, now: Timestamp): boolean =>
  key.state === 'retired' && key.withdrawAt !== undefined && key.withdrawAt <= now
