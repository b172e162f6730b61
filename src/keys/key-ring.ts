/** The signing keys of a running process: signs, verifies and publishes from one snapshot, and keeps it up to date. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Clock, steadyClock } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import { type Random, systemRandom } from '../base/random.ts'
import { isEncryptionAlgorithm, type KeyAlgorithm, type SigningAlgorithm } from '../protocol/vocabulary.ts'
import { DatabaseUnavailable, type SigningKeyStore } from '../storage/storage.ts'
import type { CommitDeps } from './commit.ts'
import { decryptWith, readJweHeader } from './decryption.ts'
import { holdSnapshot, type SnapshotHolder } from './held-snapshot.ts'
import type { Jwks } from './jwks.ts'
import type { RotationPolicy } from './rotation-policy.ts'
import { deriveKey } from './sealing.ts'
import type { SealingKey } from './sealing-key.ts'
import { type GenerateSigningKey, signingKeyGenerator } from './signing-key.ts'
import { hasEveryKey, type Signer, type Snapshot, type VerificationKey } from './snapshot.ts'
import { readHeader, signToken, verifyToken } from './token.ts'
import { type Claims, verifiedTokens } from './verified-tokens.ts'

export interface KeyRing {
  /** Gives a compact JWS with the header {alg, typ, kid}; rejects when the store must be asked and does not answer. */
  sign(algorithm: SigningAlgorithm, typ: string, claims: Readonly<Record<string, unknown>>): Promise<string>
  /**
   * The claims of a token of ours; undefined for whatever is wrong with it. Its kid must be known and published
   * (`allowWithdrawn`: or withdrawn by age), never revoked; `typ` is compared exactly. `exp` is not judged here.
   */
  verify(token: string, expected: { typ: string; allowWithdrawn?: boolean }): Promise<Claims | undefined>
  /**
   * The text of a compact JWE that was encrypted to one of our keys with `use: enc`, which its kid names; undefined for
   * whatever is wrong with it. What a JWE says proves nothing of who made it.
   */
  decrypt(jwe: string): Promise<string | undefined>
  /** Next, current and retired keys, as they were when they were last read. */
  readonly jwks: Jwks
  /** To publish: read from the store within `reloadWithin`; rejects when the store must be asked and does not answer. */
  freshJwks(): Jwks | Promise<Jwks>
  state(): KeyRingState
  /** What it has keys for. */
  readonly algorithms: readonly KeyAlgorithm[]
  /** Reads the store again, and so learns what other processes did; swaps the snapshot only when something changed. */
  reload(): Promise<void>
  /** Takes the rotation steps that are due, then reloads. */
  tick(): Promise<void>
  /** Makes the keys that this policy needs, and waits until all processes publish them: then it may be followed. */
  prepare(policy: RotationPolicy): Promise<void>
}

export type KeyRingState =
  | 'usable'
  /** There is no key to sign with: the next tick makes one. */
  | 'missing'
  /** There is a key that some process may not publish yet. */
  | 'settling'
  /** The store has not answered for too long. */
  | 'stale'

export interface KeyRingDeps {
  readonly store: SigningKeyStore
  readonly sealingKey: SealingKey
  readonly policy: RotationPolicy
  readonly rsaBits: number
  readonly clock: Clock
  readonly log: Log
  readonly random?: Random
  /** Tests move it by hand. */
  readonly steady?: Clock
  readonly pause?: (duration: Duration) => Promise<unknown>
  /** Hears of every step that was taken. */
  readonly audited?: CommitDeps['audited']
  /** Tests hand in keys made before: RSA keys take a while. */
  readonly generate?: GenerateSigningKey
}

/** An unknown kid may be a key made moments ago; strangers can name unknown kids too, so they get one read in this time. */
const UNKNOWN_KID_PAUSE: Duration = 5 * SECOND

/**
 * Opens the ring; on an empty store makes the first keys. Rejects with SealingKeyError when the sealing key does not
 * open what is stored, and with SigningKeyError when a stored key is weak or not what its kid names.
 */
export async function openKeyRing(deps: KeyRingDeps): Promise<KeyRing> {
  const { policy, pause = wait } = deps
  const held = await holdSnapshot({ steady: steadyClock, ...toCommitDeps(deps), ...deps })
  const verified = verifiedTokens()
  const verify: KeyRing['verify'] = async (token, { typ, allowWithdrawn = false }) => {
    await held.reloadIfOlderThan(policy.reloadWithin)
    const known = typeof token === 'string' ? verified.find(token) : undefined
    // As long as the key that verified it is still in the snapshot, and published: a new snapshot has new ones.
    if (
      known &&
      known.typ === typ &&
      known.key.isPublished &&
      held.get().keys.get(known.key.publicJwk.kid) === known.key
    ) {
      return known.claims
    }
    const header = readHeader(token)
    if (header === undefined || header.typ !== typ) return undefined
    const key = await findKey<VerificationKey>(held, deps.log, ({ keys }) => keys.get(header.kid))
    if (key === undefined || header.alg !== key.algorithm || !(key.isPublished || allowWithdrawn)) return undefined
    const claims = await verifyToken(token, key)
    if (claims) verified.remember(token, { typ, key, claims })
    return claims
  }
  return {
    sign: async (algorithm, typ, claims) =>
      signToken(await getSigner(held, algorithm, { policy, pause }), algorithm, { typ, claims }),
    verify,
    async decrypt(jwe) {
      await held.reloadIfOlderThan(policy.reloadWithin)
      const header = readJweHeader(jwe)
      const key = header && (await findKey(held, deps.log, ({ decryptionKeys }) => decryptionKeys.get(header.kid)))
      return key === undefined || key.algorithm !== header?.alg ? undefined : decryptWith(key, jwe)
    },
    get jwks() {
      return held.get().jwks
    },
    freshJwks() {
      const reloading = held.reloadIfOlderThan(policy.reloadWithin)
      return reloading === undefined ? held.get().jwks : reloading.then(() => held.get().jwks)
    },
    state: () => stateOf(held, policy),
    get algorithms() {
      return policy.algorithms
    },
    reload: held.reload,
    tick: () => held.rotate(),
    prepare: (wanted) => prepare(held, wanted, pause),
  }
}

async function prepare(
  held: SnapshotHolder,
  policy: RotationPolicy,
  pause: (duration: Duration) => Promise<unknown>,
): Promise<void> {
  const unsettled = (): readonly Duration[] => {
    const { signers } = held.get()
    return policy.algorithms.flatMap((algorithm) => {
      const signer = isEncryptionAlgorithm(algorithm) ? undefined : signers.get(algorithm)
      return signer === undefined || signer.isSettled ? [] : [held.settlesIn(signer.kid)]
    })
  }
  await held.rotate(policy)
  if (!hasEveryKey(held.get(), policy)) throw new Error('the keys of a new algorithm could not be made')
  for (let waits = unsettled(); waits.length > 0; waits = unsettled()) {
    await pause(Math.max(1, ...waits))
    await held.reload()
  }
}

interface SigningRules {
  readonly policy: RotationPolicy
  readonly pause: (duration: Duration) => Promise<unknown>
}

/** The key to sign with; one that was replaced longer ago than `keepRetired` allows for is never used. */
async function getSigner(held: SnapshotHolder, algorithm: SigningAlgorithm, rules: SigningRules): Promise<Signer> {
  await held.reloadIfOlderThan(rules.policy.reloadWithin)
  const found = held.get().signers.get(algorithm)
  if (found?.isSettled) return found
  if (found === undefined && !rules.policy.algorithms.includes(algorithm)) {
    throw new Error(`There are no keys for ${algorithm}: add it to keys.signing_algorithms.`)
  }
  // Both only after an operator took out the keys, a clock was wrong, or an algorithm was added.
  if (found === undefined) await held.rotate()
  else await held.reload()
  const made = held.get().signers.get(algorithm)
  if (!made) throw new Error(`There is no ${algorithm} key to sign with.`)
  if (made.isSettled) return made
  await rules.pause(Math.max(1, held.settlesIn(made.kid)))
  return getSigner(held, algorithm, rules)
}

function stateOf(held: SnapshotHolder, policy: RotationPolicy): KeyRingState {
  if (held.isOlderThan(policy.reloadWithin)) return 'stale'
  const snapshot = held.get()
  if (!hasEveryKey(snapshot, policy)) return 'missing'
  const isSettled = [...snapshot.signers].every(
    ([name, signer]) => signer.isSettled || !policy.algorithms.includes(name),
  )
  return isSettled ? 'usable' : 'settling'
}

async function findKey<Key>(
  held: SnapshotHolder,
  log: Log,
  find: (snapshot: Snapshot) => Key | undefined,
): Promise<Key | undefined> {
  const found = find(held.get())
  if (found) return found
  try {
    await held.reloadIfOlderThan(UNKNOWN_KID_PAUSE)
  } catch (error) {
    // A key made moments ago may be among those that cannot be read now: "no such key" would be a wrong answer.
    if (error instanceof DatabaseUnavailable) throw error
    log.warn({ err: error }, 'the signing keys could not be read again')
  }
  return find(held.get())
}

/** What carrying out rotation steps takes; the command line has no ring and takes them by itself. */
export function toCommitDeps({
  store,
  sealingKey,
  rsaBits,
  log,
  random = systemRandom,
  generate = signingKeyGenerator(rsaBits),
  audited,
}: Omit<KeyRingDeps, 'policy' | 'clock'>): CommitDeps {
  return { store, key: deriveKey(sealingKey.bytes, 'signing-keys'), generate, random, log, audited }
}
