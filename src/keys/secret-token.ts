/** Tokens under HS256 with a client's secret as the key: OpenID Connect Core §10.1, RFC 7518 §3.2. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Client } from '../protocol/client.ts'
import { encodePart, isCanonicalBase64url, MAX_TOKEN_LENGTH, parseObject } from './token.ts'
import type { Claims } from './verified-tokens.ts'

/** Gives the compact JWS. The key is the UTF-8 octets of the secret, which has 32 characters at least. */
export function signWithSecret(
  secret: string,
  { typ, claims }: { typ: string; claims: Readonly<Record<string, unknown>> },
): string {
  const input = `${encodePart({ alg: 'HS256', typ })}.${encodePart(claims)}`
  return `${input}.${mac(secret, input).toString('base64url')}`
}

/**
 * The claims of such a token when the client that it is for signs with its secret, and the signature is right; undefined
 * otherwise. `findClient` is asked for the one that the token's `aud` names: only its own secret can vouch for that.
 */
export async function verifyWithSecret(
  token: string,
  { typ, findClient }: { typ: string; findClient: FindClient },
): Promise<Claims | undefined> {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.', 4)
  if (token.length > MAX_TOKEN_LENGTH || rest.length > 0 || ![header, payload, signature].every(isCanonicalBase64url))
    return undefined
  if (header !== encodePart({ alg: 'HS256', typ })) return undefined
  const claims = parseObject(Buffer.from(payload, 'base64url'))
  const audience = claims?.['aud']
  const client = typeof audience === 'string' ? await findClient(audience) : undefined
  // A client that no longer signs so has no such tokens: its secret may be in more hands than it was then.
  if (client?.sharedSecret === undefined || client.metadata.id_token_signed_response_alg !== 'HS256') return undefined
  const given = Buffer.from(signature, 'base64url')
  const expected = mac(client.sharedSecret, `${header}.${payload}`)
  return given.length === expected.length && timingSafeEqual(given, expected) ? claims : undefined
}

type FindClient = (id: string) => Client | undefined | Promise<Client | undefined>

const mac = (secret: string, input: string): Buffer => createHmac('sha256', secret).update(input).digest()
