/** Everything that the key ring knows at one moment, never changed, swapped as one: keys to sign, to verify, to publish. */
import type { KeyObject } from 'node:crypto'
import type { CryptoKey } from 'jose'
import type { Timestamp } from '../base/clock.ts'
import { isEncryptionAlgorithm, KEY_ALGORITHMS, type SigningAlgorithm } from '../protocol/vocabulary.ts'
import type { SigningKeyState, StoredSigningKey } from '../storage/storage.ts'
import { type DecryptionKeys, takeDecryptionKeys } from './decryption.ts'
import { buildJwks, type Jwks } from './jwks.ts'
import { isPublished } from './rotation.ts'
import type { RotationPolicy } from './rotation-policy.ts'
import { importPrivateKey, importPublicKey, type PublicJwk, readPublicJwk } from './signing-key.ts'

export interface VerificationKey {
  readonly algorithm: SigningAlgorithm
  readonly publicJwk: PublicJwk
  readonly publicKey: CryptoKey
  readonly isPublished: boolean
}

export interface Signer {
  readonly kid: string
  readonly privateKey: KeyObject
  /** False: some process may not publish it yet. */
  readonly isSettled: boolean
}

export interface Snapshot {
  /** Equal for equal contents. */
  readonly version: string
  /** By kid; revoked keys are not among them. */
  readonly keys: ReadonlyMap<string, VerificationKey>
  readonly signers: ReadonlyMap<SigningAlgorithm, Signer>
  /** Imported already, so that the moment of a rotation costs nothing: current and next keys by kid. */
  readonly privateKeys: ReadonlyMap<string, KeyObject>
  /** By kid. */
  readonly decryptionKeys: DecryptionKeys
  readonly jwks: Jwks
}

/** Opens the sealed private half of a key; throws when it cannot. */
export type OpenPrivateJwk = (key: StoredSigningKey) => string

const ORDER: Readonly<Record<SigningKeyState, number>> = { current: 0, next: 1, retired: 2, withdrawn: 3 }

export interface Surroundings {
  readonly previous: Snapshot | undefined
  readonly open: OpenPrivateJwk
  readonly now: Timestamp
  /** Whether every process is sure to publish it (settling.ts). */
  isSettled(kid: string): boolean
}

/**
 * The snapshot of these rows; `previous` itself when nothing changed. Keys that it has imported already are taken
 * over. Throws SigningKeyError for a row that is no key of ours, and whatever `open` throws.
 */
export async function takeSnapshot(
  rows: readonly StoredSigningKey[],
  { previous, open, now, isSettled }: Surroundings,
): Promise<Snapshot> {
  const believed = rows.filter((row) => row.revokedAt === undefined).sort(inPublishingOrder)
  const signing = believed.filter((row) => row.state === 'current').map((row) => signerFor(row, believed, isSettled))
  const facts = believed.map((row) => [row.kid, row.state, isPublished(row, now)])
  const version = JSON.stringify([facts, signing.map(({ kid }) => [kid, isSettled(kid)])])
  if (previous?.version === version) return previous

  const keys = new Map<string, VerificationKey>()
  const privateKeys = new Map<string, KeyObject>()
  const signers = new Map<SigningAlgorithm, Signer>()
  for (const row of believed.filter(signs)) {
    const known = previous?.keys.get(row.kid)
    const publicJwk = known?.publicJwk ?? (await readPublicJwk(row.publicJwk, row))
    const publicKey = known?.publicKey ?? (await importPublicKey(publicJwk))
    keys.set(row.kid, { algorithm: row.algorithm, publicJwk, publicKey, isPublished: isPublished(row, now) })
    const isSigner = signing.includes(row)
    if (row.state !== 'current' && row.state !== 'next' && !isSigner) continue
    const privateKey = previous?.privateKeys.get(row.kid) ?? (await importPrivateKey(open(row), publicJwk))
    privateKeys.set(row.kid, privateKey)
    if (isSigner) signers.set(row.algorithm, { kid: row.kid, privateKey, isSettled: isSettled(row.kid) })
  }
  const decryptionKeys = await takeDecryptionKeys(believed, { previous: previous?.decryptionKeys, open })
  const published = [
    ...[...keys.values()].filter((key) => key.isPublished),
    // Only what every process can decrypt with.
    ...[...decryptionKeys.values()].filter(({ state, publicJwk }) => state === 'current' && isSettled(publicJwk.kid)),
  ]
  const jwks = buildJwks(published.map((key) => key.publicJwk))
  return { version, keys, signers, privateKeys, decryptionKeys, jwks }
}

type RowThatSigns = StoredSigningKey & { readonly algorithm: SigningAlgorithm }

const signs = (row: StoredSigningKey): row is RowThatSigns => !isEncryptionAlgorithm(row.algorithm)

/** Until all publish the current key, the one before it goes on; it stays published for long enough (`keepRetired`). */
function signerFor(
  current: StoredSigningKey,
  believed: readonly StoredSigningKey[],
  isSettled: (kid: string) => boolean,
): StoredSigningKey {
  if (isSettled(current.kid)) return current
  const retired = believed
    .filter(({ algorithm, state, kid }) => algorithm === current.algorithm && state === 'retired' && isSettled(kid))
    .sort((a, b) => (b.retiredAt ?? 0) - (a.retiredAt ?? 0))
  return retired[0] ?? current
}

/** By algorithm, the signing one first: some clients take the first key that fits. */
const inPublishingOrder = (a: StoredSigningKey, b: StoredSigningKey): number =>
  KEY_ALGORITHMS.indexOf(a.algorithm) - KEY_ALGORITHMS.indexOf(b.algorithm) ||
  ORDER[a.state] - ORDER[b.state] ||
  b.publishedAt - a.publishedAt

/** Whether there is a current key of each algorithm. */
export const hasEveryKey = (
  { signers, decryptionKeys }: Snapshot,
  { algorithms }: Pick<RotationPolicy, 'algorithms'>,
) =>
  algorithms.every((algorithm) =>
    isEncryptionAlgorithm(algorithm)
      ? [...decryptionKeys.values()].some((key) => key.algorithm === algorithm && key.state === 'current')
      : signers.has(algorithm),
  )
