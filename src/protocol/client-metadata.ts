/**
 * A client's metadata as it comes from the client itself, at registration or in a document of its own: read, checked and
 * completed with the defaults of OpenID Connect Registration §2 and RFC 7591 §2. Members that we do not know, and those in
 * other languages (`logo_uri#de`) but for the name, are ignored.
 */
import { SECOND } from '../base/duration.ts'
import type { ClientJwks, ClientMetadata } from './client.ts'
import { keyFaults } from './client-authentication/registration.ts'
import { clientNameFault } from './client-name.ts'
import { type ClientDraft, encryptionFaults, grantFaults, nameFaults, sectorFaults, uriFaults } from './client-rules.ts'
import { type JsonObject, type Members, membersOf } from './json-members.ts'
import { isLanguageTag } from './locales.ts'
import { OAuthError } from './oauth-error.ts'
import { parseResponseType } from './response-type.ts'
import { redirectHosts } from './subject.ts'
import {
  APPLICATION_TYPES,
  CLIENT_AUTHENTICATION_METHODS,
  CLIENT_SIGNING_ALGORITHMS,
  CONTENT_ENCRYPTION_ALGORITHMS,
  type EncryptionAlgorithm,
  type GrantType,
  KEY_MANAGEMENT_ALGORITHMS,
  MANDATORY_SIGNING_ALGORITHM,
  RESPONSE_TYPES,
  type ResponseType,
  SECRET_ALGORITHMS,
  type SigningAlgorithm,
  SUBJECT_TYPES,
} from './vocabulary.ts'

/** What a registration does not say itself. */
export interface MetadataDefaults {
  /** Those that it may have; others are left out, and what the client is told says so (RFC 7591 §3.2.1). */
  readonly grantTypes: readonly GrantType[]
  /** Without a `scope`. */
  readonly scope: readonly string[]
  /** Without a `client_name` and without one host that all redirection URIs are on. */
  readonly name: string
  /** What we have keys for. */
  readonly signingAlgorithms: readonly SigningAlgorithm[]
  readonly encryptionAlgorithms: readonly EncryptionAlgorithm[]
}

const MOST_REDIRECT_URIS = 50

/** Throws `invalid_redirect_uri` or `invalid_client_metadata` (RFC 7591 §3.2.2). */
export function readClientMetadata(json: JsonObject, defaults: MetadataDefaults): ClientMetadata {
  const members = membersOf(json, (name, wanted) => {
    throw refusal(name, `must be ${wanted}`)
  })
  const grantTypes = readGrantTypes(members, defaults.grantTypes)
  const redirectUris = members.texts('redirect_uris') ?? []
  if (redirectUris.length > MOST_REDIRECT_URIS) throw refusal('redirect_uris', `must be at most ${MOST_REDIRECT_URIS}`)
  const metadata = withoutGaps<ClientMetadata>({
    client_name: members.text('client_name')?.trim() ?? hostOf(redirectUris) ?? defaults.name,
    client_names: readNames(json, members),
    client_uri: members.text('client_uri'),
    logo_uri: members.text('logo_uri'),
    policy_uri: members.text('policy_uri'),
    tos_uri: members.text('tos_uri'),
    application_type: members.oneOf('application_type', APPLICATION_TYPES) ?? 'web',
    redirect_uris: redirectUris,
    post_logout_redirect_uris: members.texts('post_logout_redirect_uris') ?? [],
    grant_types: grantTypes,
    response_types: readResponseTypes(members, grantTypes),
    scope: readScope(members) ?? defaults.scope,
    token_endpoint_auth_method:
      members.oneOf('token_endpoint_auth_method', CLIENT_AUTHENTICATION_METHODS) ?? 'client_secret_basic',
    ...readKeys(members),
    ...readResponses(members, defaults.signingAlgorithms),
    ...readRequests(members, defaults.encryptionAlgorithms),
    initiate_login_uri: members.text('initiate_login_uri'),
    backchannel_logout_uri: members.text('backchannel_logout_uri'),
    backchannel_logout_session_required: members.flag('backchannel_logout_session_required') ?? false,
    frontchannel_logout_uri: members.text('frontchannel_logout_uri'),
    frontchannel_logout_session_required: members.flag('frontchannel_logout_session_required') ?? false,
  })
  refuseContradictions(metadata)
  return metadata
}

/** RFC 7591 §3.2.2; what is wrong with the redirection URIs has a code of its own. */
export function refusal(member: string, message: string, detail?: string): OAuthError {
  const code = member.startsWith('redirect_uris') ? 'invalid_redirect_uri' : 'invalid_client_metadata'
  // On the wire there is ASCII alone (RFC 6749 §5.2).
  return new OAuthError(code, `${member}: ${message.replaceAll('’', "'")}`, { check: 'metadata', came: detail })
}

const NAMED = 'client_name#'
/** More languages than anybody has translated to. */
const MOST_NAMES = 50

/** OpenID Connect Registration §2.1, RFC 7591 §2.2 */
function readNames(json: JsonObject, members: Members): Readonly<Record<string, string>> | undefined {
  const found = Object.keys(json).filter((member) => member.startsWith(NAMED))
  if (found.length > MOST_NAMES) throw refusal(NAMED, `must be in at most ${MOST_NAMES} languages`)
  const names = found.flatMap((member) => {
    const [name, tag] = [members.text(member)?.trim(), member.slice(NAMED.length)]
    if (name === undefined) return []
    if (!isLanguageTag(tag)) throw refusal(NAMED, 'must be followed by a language (BCP 47)')
    const fault = clientNameFault(name)
    if (fault !== undefined) throw refusal(member, fault)
    return [[tag, name]]
  })
  return names.length === 0 ? undefined : Object.fromEntries(names)
}

/** The members as they were, but for those that nobody gave. */
const withoutGaps = <Whole extends object>(given: { [Key in keyof Whole]: Whole[Key] | undefined }): Whole =>
  // Those of Whole that must be there have a value by its type.
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Whole

/** The host that the client goes by when it has no name: the one of all its redirection URIs. */
function hostOf(redirectUris: readonly string[]): string | undefined {
  const [host, ...others] = redirectHosts(redirectUris)
  return others.length === 0 ? host || undefined : undefined
}

function readGrantTypes(members: Members, allowed: readonly GrantType[]): readonly GrantType[] {
  const asked = members.texts('grant_types') ?? ['authorization_code']
  const granted = allowed.filter((name) => asked.includes(name))
  if (granted.length === 0) throw refusal('grant_types', `must have one of ${allowed.join(', ')}`)
  return granted
}

function readResponseTypes(members: Members, grantTypes: readonly GrantType[]): readonly ResponseType[] {
  const asked = members.texts('response_types')
  if (asked === undefined) return grantTypes.includes('authorization_code') ? ['code'] : []
  const known = RESPONSE_TYPES.filter((type) => type === 'code' || grantTypes.includes('implicit'))
  const types = asked.map((text) => {
    const type = parseResponseType(text)
    return type !== undefined && known.includes(type) ? type : refuseResponseType(known)
  })
  return [...new Set(types)]
}

function refuseResponseType(known: readonly ResponseType[]): never {
  throw refusal('response_types', `must be among ${known.join(', ')}`)
}

/** RFC 6749 §3.3 */
function readScope(members: Members): readonly string[] | undefined {
  const scopes = members.text('scope')?.split(' ')
  if (scopes?.some((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))) {
    throw refusal('scope', 'must be scopes separated by single spaces')
  }
  return scopes && [...new Set(scopes)]
}

function readKeys(members: Members) {
  const jwks = members.object('jwks')
  return {
    // What is in it is judged by keyFaults.
    jwks: jwks as ClientJwks | undefined,
    jwks_uri: members.text('jwks_uri'),
    token_endpoint_auth_signing_alg: members.oneOf('token_endpoint_auth_signing_alg', [
      ...CLIENT_SIGNING_ALGORITHMS,
      ...SECRET_ALGORITHMS,
    ]),
  }
}

function readResponses(members: Members, signingAlgorithms: readonly SigningAlgorithm[]) {
  const encryption = <Of extends string>(of: Of) => ({
    alg: members.oneOf(`${of}_encrypted_response_alg`, KEY_MANAGEMENT_ALGORITHMS),
    enc: members.oneOf(`${of}_encrypted_response_enc`, CONTENT_ENCRYPTION_ALGORITHMS),
  })
  const [idToken, userinfo, introspection] = [
    encryption('id_token'),
    encryption('userinfo'),
    encryption('introspection'),
  ]
  return {
    subject_type: members.oneOf('subject_type', SUBJECT_TYPES) ?? 'public',
    sector_identifier_uri: members.text('sector_identifier_uri'),
    id_token_signed_response_alg:
      members.oneOf('id_token_signed_response_alg', [...signingAlgorithms, ...SECRET_ALGORITHMS]) ??
      MANDATORY_SIGNING_ALGORITHM,
    id_token_encrypted_response_alg: idToken.alg,
    id_token_encrypted_response_enc: idToken.enc,
    userinfo_signed_response_alg: members.oneOf('userinfo_signed_response_alg', signingAlgorithms),
    userinfo_encrypted_response_alg: userinfo.alg,
    userinfo_encrypted_response_enc: userinfo.enc,
    introspection_signed_response_alg: members.oneOf('introspection_signed_response_alg', signingAlgorithms),
    introspection_encrypted_response_alg: introspection.alg,
    introspection_encrypted_response_enc: introspection.enc,
  }
}

/** A year: longer is no limit. */
const LONGEST_AGE = 31_536_000

function readRequests(members: Members, encryptionAlgorithms: readonly EncryptionAlgorithm[]) {
  const maxAge = members.wholeNumber('default_max_age')
  if (maxAge !== undefined && maxAge > LONGEST_AGE) throw refusal('default_max_age', `must be at most ${LONGEST_AGE}`)
  return {
    request_uris: members.texts('request_uris') ?? [],
    request_object_signing_alg: members.oneOf('request_object_signing_alg', [
      ...CLIENT_SIGNING_ALGORITHMS,
      ...SECRET_ALGORITHMS,
    ]),
    request_object_encryption_alg: members.oneOf('request_object_encryption_alg', encryptionAlgorithms),
    request_object_encryption_enc: members.oneOf('request_object_encryption_enc', CONTENT_ENCRYPTION_ALGORITHMS),
    require_signed_request_object: members.flag('require_signed_request_object') ?? false,
    require_pushed_authorization_requests: members.flag('require_pushed_authorization_requests') ?? false,
    default_max_age: maxAge === undefined ? undefined : maxAge * SECOND,
    require_auth_time: members.flag('require_auth_time') ?? false,
    default_acr_values: members.texts('default_acr_values') ?? [],
  }
}

function refuseContradictions(metadata: ClientMetadata): void {
  const draft: ClientDraft = metadata
  const hasKeys = metadata.jwks !== undefined || metadata.jwks_uri !== undefined
  const [fault] = [
    ...nameFaults(draft),
    ...uriFaults(draft, () => true),
    ...grantFaults(draft, () => true),
    ...encryptionFaults(draft, { isKnown: () => true, hasKeys }),
    ...keyFaults(metadata),
    ...sectorFaults(draft, () => true),
  ]
  if (fault) throw refusal(placeOf(fault), fault.message)
  // OpenID Connect Registration §2: they exclude each other.
  if (metadata.jwks && metadata.jwks_uri) throw refusal('jwks_uri', 'contradicts jwks')
  // OpenID Connect Core §10.1: the key is the secret.
  if (needsSharedSecret(metadata) && metadata.token_endpoint_auth_method === 'none') {
    throw refusal('token_endpoint_auth_method', `must be one with a secret, which is the key of ${SECRET_ALGORITHMS}`)
  }
  if (/^http:/i.test(metadata.sector_identifier_uri ?? '')) {
    // OpenID Connect Registration §5
    throw refusal('sector_identifier_uri', 'must be an https URL')
  }
}

const placeOf = ({ member, index }: { readonly member: string; readonly index?: number }): string =>
  index === undefined ? member : `${member}[${index}]`

/** Whether we must know the secret itself, not its hash: it is the key of what is signed with it (OpenID Connect Core §10.1). */
export function needsSharedSecret(metadata: ClientMetadata): boolean {
  const secret: readonly (string | undefined)[] = SECRET_ALGORITHMS
  return (
    metadata.token_endpoint_auth_method === 'client_secret_jwt' ||
    secret.includes(metadata.id_token_signed_response_alg) ||
    secret.includes(metadata.userinfo_signed_response_alg) ||
    secret.includes(metadata.request_object_signing_alg)
  )
}

/** Whether the client is given a secret (RFC 6749 §2.3.1). */
export const hasSecret = (metadata: ClientMetadata): boolean =>
  metadata.token_endpoint_auth_method.startsWith('client_secret_') || needsSharedSecret(metadata)

/** The metadata as it is sent and kept: RFC 7591 §3.2.1. */
export function metadataOnWire({
  scope,
  default_max_age: maxAge,
  client_names: names = {},
  ...same
}: ClientMetadata): JsonObject {
  return {
    ...same,
    ...Object.fromEntries(Object.entries(names).map(([tag, name]) => [`${NAMED}${tag}`, name])),
    scope: scope.join(' '),
    ...(maxAge !== undefined && { default_max_age: maxAge / SECOND }),
  }
}
