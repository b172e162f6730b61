/** The public keys of a client, from its entry or from where it publishes them. */
import type { KeyObject } from 'node:crypto'
import type { Client, ClientJwks } from '../protocol/client.ts'
import { type ClientKey, mayEncrypt, mayVerify, readClientJwks } from '../protocol/client-jwks.ts'
import { type Published, type PublishedKeysNeeds, publishedKeys } from './published-keys.ts'

export interface NamedKey {
  readonly kid: string | undefined
  readonly key: KeyObject
}

export interface ClientKeys {
  /**
   * The keys that may verify a signature by this algorithm: those that have this `kid` or none, the former first, at most
   * five. Asks `jwks_uri` once more when there is none.
   */
  verificationKeys(
    client: Client,
    wanted: { readonly alg: string; readonly kid?: string | undefined },
  ): Promise<readonly NamedKey[]>
  /** A key to encrypt to with this key management algorithm; undefined when the client has none that fits. */
  encryptionKey(client: Client, alg: string): Promise<NamedKey | undefined>
}

/** Everybody can send a forged signature, and each key that is tried takes its time. */
const MOST_TRIED = 5

export function clientKeys(needs: PublishedKeysNeeds): ClientKeys {
  const published = publishedKeys(needs)
  const registered = registeredKeys()

  /** Those keys that `fits`. A new key is published before it is used, so one that is missing is worth a second look. */
  async function keysThat(fits: (key: ClientKey) => boolean, client: Client): Promise<readonly ClientKey[]> {
    const { jwks, jwks_uri } = client.metadata
    if (jwks !== undefined) return registered(jwks).filter(fits)
    if (jwks_uri === undefined) return []
    const held: Published = await published.get(jwks_uri)
    const fitting = held.keys.filter(fits)
    return fitting.length > 0 ? fitting : (await published.refresh(jwks_uri, held)).keys.filter(fits)
  }

  return {
    async verificationKeys(client, { alg, kid }) {
      const hasName = (key: ClientKey): boolean => kid === undefined || key.kid === undefined || key.kid === kid
      const keys = await keysThat((key) => mayVerify(key, alg) && hasName(key), client)
      return bestFirst(keys, (key) => kid !== undefined && key.kid === kid).slice(0, MOST_TRIED)
    },
    async encryptionKey(client, alg) {
      const keys = await keysThat((key) => mayEncrypt(key, alg), client)
      return bestFirst(keys, (key) => key.use === 'enc')[0]
    },
  }
}

const bestFirst = (keys: readonly ClientKey[], isBest: (key: ClientKey) => boolean): readonly ClientKey[] =>
  keys.length < 2 ? keys : keys.toSorted((one, other) => Number(isBest(other)) - Number(isBest(one)))

/** Reading a set takes a millisecond, and the same entry is asked again and again. */
function registeredKeys(): (jwks: ClientJwks) => readonly ClientKey[] {
  const read = new WeakMap<ClientJwks, readonly ClientKey[]>()
  return (jwks) => {
    const known = read.get(jwks)
    if (known) return known
    const reading = readClientJwks(jwks)
    const keys = 'keys' in reading ? reading.keys : []
    read.set(jwks, keys)
    return keys
  }
}
