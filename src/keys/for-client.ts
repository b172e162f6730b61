/** JWTs that are made for one client, signed and encrypted as its entry says. */
import type { KeyObject } from 'node:crypto'
import { CompactEncrypt } from 'jose'
import type { Client } from '../protocol/client.ts'
import { type ClientResponse, type Encryption, protectionOf } from '../protocol/client-responses.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import type { IdTokenAlgorithm } from '../protocol/vocabulary.ts'
import type { KeyRing } from './key-ring.ts'
import { signWithSecret } from './secret-token.ts'

export interface ForClientDeps {
  readonly keyRing: Pick<KeyRing, 'sign'>
  readonly clientKeys: EncryptionKeys
}

/** Where the public keys of clients are found (clients/client-keys.ts). */
export interface EncryptionKeys {
  /** One that the client published for `alg`; undefined when none fits. */
  encryptionKey(
    client: Client,
    alg: string,
  ): Promise<{ readonly kid: string | undefined; readonly key: KeyObject } | undefined>
}

interface Jwt {
  readonly typ: string
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * Signed, encrypted, or signed and then encrypted (OpenID Connect Core §10.2, §5.3.2; RFC 9701 §5). Rejects with
 * `invalid_client_metadata` when it is to be encrypted and no key of the client fits: it is never sent in the clear.
 */
export function jwtForClient(
  deps: ForClientDeps,
  client: Client,
  { response, ...jwt }: Jwt & { readonly response: ClientResponse },
): Promise<string> {
  const { signing, encryption } = protectionOf(client.metadata, response)
  // The way of nearly every token: nothing more is waited for than the signature.
  if (encryption === undefined && signing !== undefined) return sign(deps, client, signing, jwt)
  return nested(deps, client, { ...jwt, response, signing, encryption })
}

/**
 * Rejects as jwtForClient would where no key of the client fits, so that nothing is used up for what cannot be sent.
 * Undefined: nothing is encrypted, so there is nothing to wait for.
 */
export function requireEncryptionKey(
  { clientKeys }: Pick<ForClientDeps, 'clientKeys'>,
  client: Client,
  response: ClientResponse,
): Promise<void> | undefined {
  const { encryption } = protectionOf(client.metadata, response)
  return encryption && findKey(clientKeys, client, { response, encryption }).then(() => undefined)
}

async function findKey(
  clientKeys: EncryptionKeys,
  client: Client,
  { response, encryption }: { readonly response: ClientResponse; readonly encryption: Encryption },
) {
  const key = await clientKeys.encryptionKey(client, encryption.alg)
  if (key === undefined) throw noKey(client, response, encryption)
  return key
}

interface Nesting extends Jwt {
  readonly response: ClientResponse
  readonly signing: IdTokenAlgorithm | undefined
  readonly encryption: Encryption | undefined
}

async function nested(deps: ForClientDeps, client: Client, { response, signing, ...how }: Nesting): Promise<string> {
  const { encryption } = how
  if (encryption === undefined) throw new Error(`A JWT for ${client.id} would be neither signed nor encrypted.`)
  // Before it is signed: what cannot be sent need not be made.
  const to = await findKey(deps.clientKeys, client, { response, encryption })
  const isSigned = signing !== undefined
  const content = isSigned ? await sign(deps, client, signing, how) : JSON.stringify(how.claims)
  return new CompactEncrypt(Buffer.from(content))
    .setProtectedHeader({
      ...encryption,
      ...(to.kid !== undefined && { kid: to.kid }),
      typ: how.typ,
      // RFC 7519 §5.2: only what holds another JWT says so.
      ...(isSigned && { cty: 'JWT' }),
    })
    .encrypt(to.key)
}

/** By one of our keys, or by the client's secret where its entry says HS256 (OpenID Connect Core §10.1). */
function sign({ keyRing }: ForClientDeps, client: Client, algorithm: IdTokenAlgorithm, jwt: Jwt): Promise<string> {
  if (algorithm !== 'HS256') return keyRing.sign(algorithm, jwt.typ, jwt.claims)
  if (client.sharedSecret === undefined) {
    return Promise.reject(new Error(`The client ${client.id} is to get HS256, and its secret is not known.`))
  }
  return Promise.resolve(signWithSecret(client.sharedSecret, jwt))
}

/** RFC 7591 §3.2.2 has the word for metadata of a client that cannot be followed; no other error says whose fault it is. */
function noKey(client: Client, response: ClientResponse, { alg }: Encryption): OAuthError {
  const member = `${response}_encrypted_response_alg`
  const detail =
    `No key of the client ${client.id} fits ${member} ${alg}, so nothing was sent. Its jwks, or what its jwks_uri ` +
    `gives, needs a public key for ${alg} that is not for signatures alone (use: enc); or take ${member} out.`
  return new OAuthError('invalid_client_metadata', `no key of the client fits ${member} ${alg}`, {
    check: 'encryption_key',
    came: detail,
  })
}
