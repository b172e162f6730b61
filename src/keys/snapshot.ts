/** Everything that the key ring knows at one moment, never changed, swapped as one: keys to sign, to verify, to publish. */
import type { KeyObject } from 'node:crypto'
import type { CryptoKey } from 'jose'
import type { Timestamp } from '../base/clock.ts'
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../protocol/vocabulary.ts'
import type { SigningKeyState, StoredSigningKey } from '../storage/storage.ts'
import { buildJwks, type Jwks } from './jwks.ts'
import { isPublished } from './rotation.ts'
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
}

export interface Snapshot {
  /** Equal for equal contents. */
  readonly version: string
  /** By kid; revoked keys are not among them. */
  readonly keys: ReadonlyMap<string, VerificationKey>
  readonly signers: ReadonlyMap<SigningAlgorithm, Signer>
  /** Imported already, so that the moment of a rotation costs nothing: current and next keys by kid. */
  readonly privateKeys: ReadonlyMap<string, KeyObject>
  readonly jwks: Jwks
}

/** Opens the sealed private half of a key; throws when it cannot. */
export type OpenPrivateJwk = (key: StoredSigningKey) => string

const ORDER: Readonly<Record<SigningKeyState, number>> = { current: 0, next: 1, retired: 2, withdrawn: 3 }

/**
 * The snapshot of these rows; `previous` itself when nothing changed. Keys that it has imported already are taken
 * over. Throws SigningKeyError for a row that is no key of ours, and whatever `open` throws.
 */
export async function takeSnapshot(
  rows: readonly StoredSigningKey[],
  { previous, open, now }: { previous: Snapshot | undefined; open: OpenPrivateJwk; now: Timestamp },
): Promise<Snapshot> {
  const believed = rows.filter((row) => row.revokedAt === undefined).sort(inPublishingOrder)
  const version = JSON.stringify(believed.map((row) => [row.kid, row.state, isPublished(row, now)]))
  if (previous?.version === version) return previous

  const keys = new Map<string, VerificationKey>()
  const privateKeys = new Map<string, KeyObject>()
  const signers = new Map<SigningAlgorithm, Signer>()
  for (const row of believed) {
    const known = previous?.keys.get(row.kid)
    const publicJwk = known?.publicJwk ?? (await readPublicJwk(row.publicJwk, row))
    const publicKey = known?.publicKey ?? (await importPublicKey(publicJwk))
    keys.set(row.kid, { algorithm: row.algorithm, publicJwk, publicKey, isPublished: isPublished(row, now) })
    if (row.state !== 'current' && row.state !== 'next') continue
    const privateKey = previous?.privateKeys.get(row.kid) ?? (await importPrivateKey(open(row), publicJwk))
    privateKeys.set(row.kid, privateKey)
    if (row.state === 'current') signers.set(row.algorithm, { kid: row.kid, privateKey })
  }
  const published = [...keys.values()].filter((key) => key.isPublished).map((key) => key.publicJwk)
  return { version, keys, signers, privateKeys, jwks: buildJwks(published) }
}

/** By algorithm, the signing one first: some clients take the first key that fits. */
const inPublishingOrder = (a: StoredSigningKey, b: StoredSigningKey): number =>
  SIGNING_ALGORITHMS.indexOf(a.algorithm) - SIGNING_ALGORITHMS.indexOf(b.algorithm) ||
  ORDER[a.state] - ORDER[b.state] ||
  b.publishedAt - a.publishedAt
