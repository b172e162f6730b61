/** How a client wants what is made for it: OpenID Connect Registration §2, RFC 9701 §6. */
import type { ClientMetadata } from './client.ts'
import type { ContentEncryptionAlgorithm, IdTokenAlgorithm, KeyManagementAlgorithm } from './vocabulary.ts'

export type ClientResponse = 'id_token' | 'userinfo' | 'introspection'

export interface Protection {
  /** Undefined: not signed. */
  readonly signing: IdTokenAlgorithm | undefined
  /** Undefined: not encrypted. */
  readonly encryption: Encryption | undefined
}

export interface Encryption {
  readonly alg: KeyManagementAlgorithm
  readonly enc: ContentEncryptionAlgorithm
}

export function protectionOf(metadata: ClientMetadata, response: ClientResponse): Protection {
  const signing = metadata[`${response}_signed_response_alg`]
  const alg = metadata[`${response}_encrypted_response_alg`]
  const enc = metadata[`${response}_encrypted_response_enc`] ?? DEFAULT_CONTENT_ENCRYPTION
  return {
    // RFC 9701 §5 and §6: always signed, with RS256 unless the client says otherwise.
    signing: signing ?? (response === 'introspection' ? 'RS256' : undefined),
    encryption: alg && { alg, enc },
  }
}

/** OpenID Connect Registration §2, RFC 9701 §6 */
const DEFAULT_CONTENT_ENCRYPTION = 'A128CBC-HS256'

/** OpenID Connect Core §5.3.2: otherwise userinfo is plain JSON. */
export const isUserinfoJwt = ({ userinfo_signed_response_alg, userinfo_encrypted_response_alg }: ClientMetadata) =>
  userinfo_signed_response_alg !== undefined || userinfo_encrypted_response_alg !== undefined

/** RFC 9701 §4: when the request asks for one; and a client that registered for one never gets less. */
export function isIntrospectionJwt(metadata: ClientMetadata, accept: string | undefined): boolean {
  const { introspection_signed_response_alg: signed, introspection_encrypted_response_alg: encrypted } = metadata
  return signed !== undefined || encrypted !== undefined || (accept !== undefined && ASKED_FOR.test(accept))
}

export const INTROSPECTION_JWT_TYPE = 'token-introspection+jwt'

/** RFC 9110 §12.5.1: among the media ranges, and not with a weight of 0. */
const ASKED_FOR = /(?:^|,)\s*application\/token-introspection\+jwt\s*(?:;(?!\s*q=0(?:\.0*)?\s*(?:,|$))|,|$)/i
