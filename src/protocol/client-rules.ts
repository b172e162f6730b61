/**
 * What the members of a client's metadata must be like together, whether an operator wrote them into the configuration
 * file or a client registered them itself: OpenID Connect Registration §2, RFC 7591 §2.
 */
import { clientNameFault } from './client-name.ts'
import { backChannelUriFault, frontChannelUriFault } from './logout-uri.ts'
import { redirectUriFault } from './redirect-uri.ts'
import { redirectHosts } from './subject.ts'
import type { ApplicationType, ClientAuthenticationMethod, GrantType, ResponseType, SubjectType } from './vocabulary.ts'
import { webUriFault } from './web-uri.ts'

/** Metadata of which some may be missing, because it could not be read. */
export interface ClientDraft {
  readonly client_name?: string | undefined
  readonly application_type?: ApplicationType | undefined
  readonly token_endpoint_auth_method?: ClientAuthenticationMethod | undefined
  readonly grant_types?: readonly (GrantType | undefined)[] | undefined
  readonly response_types?: readonly (ResponseType | undefined)[] | undefined
  readonly subject_type?: SubjectType | undefined
  readonly redirect_uris?: Uris
  readonly post_logout_redirect_uris?: Uris
  readonly request_uris?: Uris
  readonly client_uri?: string | undefined
  readonly logo_uri?: string | undefined
  readonly policy_uri?: string | undefined
  readonly tos_uri?: string | undefined
  readonly initiate_login_uri?: string | undefined
  readonly jwks_uri?: string | undefined
  readonly sector_identifier_uri?: string | undefined
  readonly backchannel_logout_uri?: string | undefined
  readonly frontchannel_logout_uri?: string | undefined
  readonly id_token_encrypted_response_alg?: string | undefined
  readonly id_token_encrypted_response_enc?: string | undefined
  readonly userinfo_encrypted_response_alg?: string | undefined
  readonly userinfo_encrypted_response_enc?: string | undefined
  readonly introspection_encrypted_response_alg?: string | undefined
  readonly introspection_encrypted_response_enc?: string | undefined
}

/** Whether the whole of a member could be read: a rule that needs it would only repeat that it could not. */
export type IsKnown = (member: keyof ClientDraft) => boolean

type Uris = readonly (string | undefined)[] | undefined

export interface MetadataFault {
  readonly member: keyof ClientDraft
  /** Of the faulty item of a list. */
  readonly index?: number
  readonly message: string
  /** What would be right there. */
  readonly allowed: string
}

const WEB_URIS = [
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'initiate_login_uri',
  'jwks_uri',
  'sector_identifier_uri',
] as const

const REDIRECT_ALLOWED =
  'an absolute https URI (http only on loopback; com.example.app:/… for native clients) without fragment, user or wildcard'
const LOGOUT_ALLOWED = 'an https URL (http only on loopback) without fragment'
const WEB_ALLOWED = 'an https URL (http only on loopback)'

/** RFC 7591 §5: what people read must be what is there. */
export function nameFaults({ client_name: name }: ClientDraft): readonly MetadataFault[] {
  const message = name === undefined ? undefined : clientNameFault(name)
  return message === undefined ? [] : [{ member: 'client_name', message, allowed: 'one line that people can read' }]
}

/** The faults of every URI. */
export function uriFaults(client: ClientDraft, isKnown: IsKnown): readonly MetadataFault[] {
  const faults: MetadataFault[] = []
  // Unknown is lenient: what is wrong with application_type has been said.
  const type = client.application_type ?? 'native'
  for (const member of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
    for (const [index, uri] of (client[member] ?? []).entries()) {
      const message = uri === undefined ? undefined : redirectUriFault(uri, type)
      if (message !== undefined) faults.push({ member, index, message, allowed: REDIRECT_ALLOWED })
    }
  }
  for (const [index, uri] of (client.request_uris ?? []).entries()) {
    const message = uri === undefined ? undefined : webUriFault(uri)
    if (message !== undefined) faults.push({ member: 'request_uris', index, message, allowed: WEB_ALLOWED })
  }
  for (const member of WEB_URIS) {
    const uri = client[member]
    const message = uri === undefined ? undefined : webUriFault(uri)
    if (message !== undefined) faults.push({ member, message, allowed: WEB_ALLOWED })
  }
  return [...faults, ...logoutUriFaults(client, isKnown)]
}

function logoutUriFaults(
  { backchannel_logout_uri: back, frontchannel_logout_uri: front, redirect_uris: redirects }: ClientDraft,
  isKnown: IsKnown,
): readonly MetadataFault[] {
  const faults: MetadataFault[] = []
  const backFault = back === undefined ? undefined : backChannelUriFault(back)
  if (backFault !== undefined) {
    faults.push({ member: 'backchannel_logout_uri', message: backFault, allowed: LOGOUT_ALLOWED })
  }
  if (front === undefined || !isKnown('redirect_uris')) return faults
  const frontFault = frontChannelUriFault(
    front,
    (redirects ?? []).filter((uri) => uri !== undefined),
  )
  if (frontFault === undefined) return faults
  const allowed = `${LOGOUT_ALLOWED}, where a redirect_uri is`
  return [...faults, { member: 'frontchannel_logout_uri', message: frontFault, allowed }]
}

/** Where grant types, response types, redirect URIs and the authentication method do not fit together. */
export function grantFaults(client: ClientDraft, isKnown: IsKnown): readonly MetadataFault[] {
  const faults: MetadataFault[] = []
  const grants = client.grant_types ?? []
  const at = (grant: GrantType) => ({ member: 'grant_types', index: grants.indexOf(grant) }) as const
  if (grants.includes('client_credentials') && client.token_endpoint_auth_method === 'none') {
    // RFC 6749 §4.4
    const message = 'a public client (token_endpoint_auth_method: none) cannot use it'
    faults.push({
      ...at('client_credentials'),
      message,
      allowed: 'client_credentials for clients with a secret only',
    })
  }
  if (isKnown('grant_types') && grants.includes('refresh_token') && !grants.includes('authorization_code')) {
    // RFC 6749 §4.4.3: client_credentials gives no refresh token, so nothing would ever be there to refresh.
    const message = 'there is nothing to refresh without authorization_code'
    faults.push({ ...at('refresh_token'), message, allowed: '[authorization_code, refresh_token]' })
  }
  const hasUris = (client.redirect_uris ?? []).length > 0 || !isKnown('redirect_uris')
  const signsIn = SIGN_IN_GRANTS.find((grant) => grants.includes(grant))
  if (signsIn !== undefined && !hasUris) {
    const message = `is missing: the ${signsIn} grant needs at least one`
    faults.push({ member: 'redirect_uris', message, allowed: 'a list of the URIs that sign-ins may return to' })
  }
  return [...faults, ...responseTypeFaults(client, isKnown)]
}

const SIGN_IN_GRANTS = ['authorization_code', 'implicit'] as const

/** OpenID Connect Registration §2: each response type goes together with a grant type. */
function responseTypeFaults(
  { grant_types: grants, response_types: types, application_type: application, redirect_uris: uris }: ClientDraft,
  isKnown: IsKnown,
): readonly MetadataFault[] {
  if (!grants || !types || !isKnown('grant_types') || !isKnown('response_types')) return []
  const hasCode = types.includes('code')
  const hasTokens = types.some((type) => type !== 'code')
  const fault = (message: string, allowed: string): MetadataFault => ({ member: 'response_types', message, allowed })
  if (hasCode && !grants.includes('authorization_code')) {
    return [fault('needs grant_types with authorization_code', 'response_types without code')]
  }
  if (!hasCode && grants.includes('authorization_code')) {
    return [fault('lacks code, which authorization_code needs', '[code]')]
  }
  if (hasTokens && !grants.includes('implicit')) return [fault('needs grant_types with implicit', '[code]')]
  if (!hasTokens && grants.includes('implicit')) {
    return [fault('lacks what implicit is for', 'id_token or id_token token')]
  }
  // OpenID Connect Registration §2, application_type: the tokens are in the address.
  const index = (uris ?? []).findIndex((uri) => /^http:/i.test(uri ?? ''))
  if (!hasTokens || application === 'native' || index < 0) return []
  const message = 'is plain http: the implicit flow of a web client needs https'
  return [{ member: 'redirect_uris', index, message, allowed: 'an https URI, or application_type: native' }]
}

const ENCRYPTED = ['id_token', 'userinfo', 'introspection'] as const

/** @param hasKeys whether the client has keys of its own that we could encrypt to */
export function encryptionFaults(
  client: ClientDraft,
  { isKnown, hasKeys }: { isKnown: IsKnown; hasKeys: boolean },
): readonly MetadataFault[] {
  return ENCRYPTED.flatMap((answer): MetadataFault[] => {
    const [alg, enc] = [`${answer}_encrypted_response_alg`, `${answer}_encrypted_response_enc`] as const
    const faults: MetadataFault[] = []
    if (client[enc] !== undefined && client[alg] === undefined && isKnown(alg)) {
      // OpenID Connect Registration §2, RFC 9701 §6
      faults.push({ member: enc, message: `does nothing without ${alg}`, allowed: `${alg} beside it` })
    }
    if (client[alg] !== undefined && !hasKeys) {
      const message = 'there is no key of the client to encrypt to'
      faults.push({ member: alg, message, allowed: 'its public keys in jwks, jwks_file or jwks_uri' })
    }
    return faults
  })
}

/** OpenID Connect Core §8.1: every sign-on of a pairwise client must have one sector. */
export function sectorFaults(client: ClientDraft, isKnown: IsKnown): readonly MetadataFault[] {
  const { subject_type: type, sector_identifier_uri: uri, redirect_uris: uris } = client
  if (!isKnown('redirect_uris') || !isKnown('sector_identifier_uri')) return []
  if (type !== 'pairwise' || uri !== undefined) return []
  const hosts = redirectHosts((uris ?? []).filter((one) => one !== undefined))
  if (hosts.length <= 1) return []
  const shown = hosts.map((host) => host || 'none').join(', ')
  const message = `is missing: the redirect URIs of this pairwise client are on several hosts (${shown})`
  const allowed = 'an https URL on the host that stands for all of its redirect URIs'
  return [{ member: 'sector_identifier_uri', message, allowed }]
}
