/** What an app of each type needs in its entry, as far as the defaults do not say it. */
import type { NewEntry } from '../../config/edit/add-client.ts'
import type { ClientAuthenticationMethod, GrantType } from '../../protocol/vocabulary.ts'

export const APP_TYPES = ['web', 'spa', 'native', 'service'] as const
export type AppType = (typeof APP_TYPES)[number]

export const isAppType = (word: string): word is AppType => APP_TYPES.some((type) => type === word)

export interface NewClient {
  readonly id: string
  readonly name: string | undefined
  readonly type: AppType
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly scope: string | undefined
  /** Undefined: that of the type. */
  readonly authenticationMethod: string | undefined
  readonly jwksUri: string | undefined
  /** Whether it stays signed in by refresh tokens. */
  readonly refreshes: boolean
  readonly isFirstParty: boolean
}

interface Traits {
  readonly method: ClientAuthenticationMethod
  readonly grants: readonly GrantType[]
  readonly isNative: boolean
}

const TRAITS: Readonly<Record<AppType, Traits>> = {
  web: { method: 'client_secret_basic', grants: ['authorization_code'], isNative: false },
  // RFC 6749 §2.1: whatever is in a browser or on a device is no secret.
  spa: { method: 'none', grants: ['authorization_code'], isNative: false },
  native: { method: 'none', grants: ['authorization_code'], isNative: true },
  service: { method: 'client_secret_basic', grants: ['client_credentials'], isNative: false },
}

export const signsPeopleIn = (type: AppType): boolean => TRAITS[type].grants.includes('authorization_code')

/** How it proves who it is: by its secret (`hash`), by what needs the secret itself (`plain`), or without one. */
export type SecretForm = 'hash' | 'plain' | 'none'

export function secretFormOf(client: NewClient): SecretForm {
  const method = methodOf(client)
  if (method === 'none' || method === 'private_key_jwt') return 'none'
  // OpenID Connect Core §9: the secret is the key.
  return method === 'client_secret_jwt' ? 'plain' : 'hash'
}

/** @param secret the line that holds its secret or the hash of it, where it has one */
export function newEntry(client: NewClient, secret: Readonly<Record<string, string>>): NewEntry {
  const { type, redirectUris, postLogoutRedirectUris } = client
  const method = methodOf(client)
  const grants = grantsOf(client)
  return {
    client_id: client.id,
    ...(client.name && { client_name: client.name }),
    ...(TRAITS[type].isNative && { application_type: 'native' }),
    ...(method !== 'client_secret_basic' && { token_endpoint_auth_method: method }),
    ...((grants.length > 1 || grants[0] !== 'authorization_code') && { grant_types: grants }),
    ...(redirectUris.length > 0 && { redirect_uris: redirectUris }),
    ...(postLogoutRedirectUris.length > 0 && { post_logout_redirect_uris: postLogoutRedirectUris }),
    ...(client.scope !== undefined && { scope: client.scope }),
    ...(client.isFirstParty && { first_party: true }),
    ...(client.jwksUri !== undefined && { jwks_uri: client.jwksUri }),
    ...secret,
  }
}

const methodOf = ({ type, authenticationMethod }: NewClient): string => authenticationMethod ?? TRAITS[type].method

const grantsOf = ({ type, refreshes }: NewClient): readonly GrantType[] =>
  refreshes ? [...TRAITS[type].grants, 'refresh_token'] : TRAITS[type].grants
