/** Carries out the steps that rotation.ts decided, each by the store's compare-and-set. */
import type { AuditEvent } from '../audit/event.ts'
import type { Timestamp } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { SigningKeyStore } from '../storage/storage.ts'
import type { RotationStep } from './rotation.ts'
import { seal } from './sealing.ts'
import type { GenerateSigningKey } from './signing-key.ts'

export interface CommitDeps {
  readonly store: SigningKeyStore
  /** `deriveKey(sealingKey, 'signing-keys')`. */
  readonly key: Buffer
  readonly generate: GenerateSigningKey
  readonly random: Random
  readonly log: Log
  /** Hears of every step that was taken. */
  readonly audited?: ((event: AuditEvent) => void) | undefined
}

/**
 * Takes the steps in order. False as soon as one of them found that another process was first: what is left was
 * decided from a state that is gone, so the caller reads again and decides anew.
 */
export async function commitRotation(
  steps: readonly RotationStep[],
  deps: CommitDeps,
  now: Timestamp,
): Promise<boolean> {
  for (const step of steps) {
    const done = await commitStep(step, deps, now)
    deps.log.info({ step, done }, done ? 'signing key step' : 'signing key step was taken by another process')
    if (!done) return false
    const event = eventOf(step)
    if (event !== undefined) deps.audited?.(event)
  }
  return true
}

function eventOf(step: RotationStep): AuditEvent | undefined {
  switch (step.kind) {
    case 'clamp':
      return undefined
    case 'create':
      return { kind: 'key_made', algorithm: step.algorithm, state: step.state }
    case 'promote':
      return { kind: 'key_promoted', kid: step.next, ...(step.current !== undefined && { replaced: step.current }) }
    case 'retire':
      return { kind: 'key_retired', kid: step.kid }
    case 'discard':
    case 'withdraw':
      return { kind: 'key_withdrawn', kid: step.kid }
    case 'revoke':
      return { kind: 'key_revoked', kid: step.kid }
  }
}

async function commitStep(step: RotationStep, deps: CommitDeps, now: Timestamp): Promise<boolean> {
  switch (step.kind) {
    case 'clamp':
      // Just before now: it stays older than a key that is made now (settling.ts).
      await deps.store.clampTimes(step.kid, now - 1)
      return true
    case 'create':
      return create(step, deps, now)
    case 'promote':
      return deps.store.promote({ next: step.next, current: step.current, now, withdrawAt: step.withdrawAt })
    case 'retire':
      return deps.store.retire(step.kid, { now, withdrawAt: step.withdrawAt })
    case 'discard':
      return deps.store.withdraw(step.kid, now, 'next')
    case 'withdraw':
      return deps.store.withdraw(step.kid, now)
    case 'revoke':
      return deps.store.revoke(step.kid, now)
  }
}

async function create(
  { algorithm, state }: Extract<RotationStep, { kind: 'create' }>,
  { store, key, generate, random }: CommitDeps,
  now: Timestamp,
): Promise<boolean> {
  const { kid, publicJwk, privateJwk } = await generate(algorithm)
  return store.insert({
    kid,
    algorithm,
    state,
    publicJwk,
    sealedPrivateJwk: seal(key, privateJwk, { kid, random }),
    publishedAt: now,
    activatedAt: state === 'current' ? now : undefined,
    retiredAt: undefined,
    withdrawAt: undefined,
    revokedAt: undefined,
  })
}
