/** An upstream provider of the configuration, as the code uses it. */

/** A claim of an account that a provider may fill. */
export type UpstreamClaim =
  | 'name'
  | 'given_name'
  | 'family_name'
  | 'nickname'
  | 'picture'
  | 'locale'
  | 'zoneinfo'
  | 'email'
  | 'groups'

/** An OpenID Connect provider that people may sign in with. */
export interface UpstreamProvider {
  /** In our addresses. */
  readonly id: string
  /** As people know it. */
  readonly name: string
  readonly logoUri: string | undefined
  readonly issuer: string
  readonly clientId: string
  /** Undefined: we are a public client there. */
  readonly clientSecret: string | undefined
  readonly authentication: 'client_secret_basic' | 'client_secret_post' | 'none'
  readonly scope: string
  readonly prompt: string | undefined
  readonly signUp: 'nobody' | 'everyone'
  /** Of verified addresses of who signs up; empty: any. */
  readonly allowedDomains: readonly string[]
  readonly require: readonly { readonly claim: string; readonly values: readonly string[] }[]
  /** By our name theirs. */
  readonly claims: Readonly<Partial<Record<UpstreamClaim, string>>>
  /** Those that the provider decides about. */
  readonly allowedGroups: readonly string[]
  readonly trustsEmail: boolean
  readonly trustsAmr: boolean
  /** Two factors, here. */
  readonly trustedAcrs: readonly string[]
  /** Otherwise a sign-in of unknown age is taken for a fresh one. */
  readonly needsAuthTime: boolean
}
