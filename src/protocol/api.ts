/** A resource server as the rules know it: one of `apis` of the configuration. */
import type { Duration } from '../base/duration.ts'
import type { AccessTokenType, SigningAlgorithm } from './vocabulary.ts'

export interface Api {
  /** Its resource identifier (RFC 8707 §2), and the `aud` of tokens for it (RFC 9068 §3). */
  readonly audience: string
  /** As people know it. */
  readonly name: string
  /** What it understands; a token that is for it alone has no others. */
  readonly scopes: readonly string[]
  readonly accessTokenType: AccessTokenType
  /** Undefined: that of the client that asks. */
  readonly accessTokenAlgorithm: SigningAlgorithm | undefined
  /** Undefined: that of the client that asks. */
  readonly accessTokenLifetime: Duration | undefined
  /** The client_id with which it introspects the tokens that are for it. */
  readonly introspectionClient: string | undefined
}

/** By `audience`. */
export type Apis = ReadonlyMap<string, Api>

export const apisByAudience = (apis: readonly Api[]): Apis => new Map(apis.map((api) => [api.audience, api]))
