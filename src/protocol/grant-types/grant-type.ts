/** What a grant type is: it parses its parameters, names the grant it needs, and decides from the facts. */
import type { KeyObject } from 'node:crypto'
import type { Timestamp } from '../../base/clock.ts'
import type { Client } from '../client.ts'
import type { LiveGrant } from '../grant.ts'
import type { OAuthError } from '../oauth-error.ts'
import type { Parameters } from '../parameters.ts'
import type { Grant, GrantFacts, RevocationReason } from '../records.ts'
import type { AccessTokenTarget, ResourceRules } from '../resource.ts'
import type { GrantType as GrantTypeName } from '../vocabulary.ts'

export interface GrantTypeRule {
  readonly name: GrantTypeName
  /** Pure. Throws an OAuthError when the parameters alone are wrong. */
  parse(parameters: Parameters, client: Client, context: TokenContext): TokenRequest
}

export interface TokenContext {
  readonly refreshTokenKey: KeyObject
  readonly refreshRetryWindow: number
  readonly resources: ResourceRules
}

export interface TokenRequest {
  /** The grant whose facts `decide` wants; undefined when it needs none. */
  readonly grantId: string | undefined
  /** Pure. A refusal without consequences may be thrown as an OAuthError. */
  decide(facts: GrantFacts | undefined, now: Timestamp): TokenDecision
}

/** A write that a decision asks for. One that gives false has lost a race, and the decision is taken again on fresh facts. */
export type TokenChange =
  | { readonly kind: 'consume_code'; readonly grantId: string; readonly refreshExpiresAt: Timestamp | undefined }
  | {
      readonly kind: 'rotate_refresh_token'
      readonly grantId: string
      readonly from: number
      readonly expiresAt: Timestamp
    }
  | { readonly kind: 'extend_refresh_token'; readonly grantId: string; readonly expiresAt: Timestamp }

export type TokenDecision =
  | { readonly kind: 'issue'; readonly change: TokenChange | undefined; readonly issue: Issue }
  /** A refusal can have a consequence: theft noticed is theft answered. */
  | {
      readonly kind: 'refuse'
      readonly error: OAuthError
      readonly revoke?: { readonly grant: Grant; readonly because: RevocationReason }
    }

/** What the token response will hold. */
export interface Issue {
  readonly scopes: readonly string[]
  /** What the access token is for, and which of the scopes it has; left out when no resource was named. */
  readonly target?: AccessTokenTarget
  /** Undefined: the client acts for itself. */
  readonly subject: LiveGrant | undefined
  readonly refreshGeneration: number | undefined
  /** OpenID Connect Core §3.1.3.6 and §12.2: the nonce goes into the first ID token only. */
  readonly idToken: 'first' | 'refreshed' | undefined
}
