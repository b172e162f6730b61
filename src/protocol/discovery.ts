/** The metadata document: OpenID Connect Discovery §3 and RFC 8414 §2. It advertises exactly what works. */
import { CLAIMS_OF_SCOPE } from './claims.ts'
import type { ClientResponse } from './client-responses.ts'
import { grantTypes } from './grant-types/index.ts'
import { type PromptRules, promptsOf } from './prompt.ts'
import { REQUEST_OBJECT_ALGORITHMS } from './request-object.ts'
import {
  ACR_VALUES,
  CLIENT_AUTHENTICATION_METHODS,
  CLIENT_SIGNING_ALGORITHMS,
  CODE_CHALLENGE_METHODS,
  CONTENT_ENCRYPTION_ALGORITHMS,
  DISPLAYS,
  type EncryptionAlgorithm,
  KEY_MANAGEMENT_ALGORITHMS,
  RESPONSE_MODES,
  RESPONSE_TYPES,
  SCOPES,
  SECRET_ALGORITHMS,
  type SigningAlgorithm,
  SUBJECT_TYPES,
} from './vocabulary.ts'

/** Where each endpoint is, below the issuer. */
export const PATHS = {
  authorization: '/authorize',
  pushedAuthorization: '/par',
  token: '/token',
  userinfo: '/userinfo',
  introspection: '/introspect',
  revocation: '/revoke',
  endSession: '/end-session',
  checkSession: '/check-session',
  jwks: '/jwks',
  registration: '/register',
  openidConfiguration: '/.well-known/openid-configuration',
  authorizationServerMetadata: '/.well-known/oauth-authorization-server',
} as const

/** The issuer and a path: the only way to make a URL of ours. Never from a Host header. */
export const urlOf = (issuer: string, path: string): string => `${issuer.replace(/\/$/, '')}${path}`

/** What differs from one installation to the next. */
export interface Installation extends PromptRules {
  /** What it has keys for. */
  readonly signingAlgorithms: readonly SigningAlgorithm[]
  /** What it has keys for that others encrypt to. */
  readonly encryptionAlgorithms: readonly EncryptionAlgorithm[]
  /** BCP 47 tags of those that pages are shown in. */
  readonly languages: readonly string[]
  /** `op_policy_uri` and `op_tos_uri`. */
  readonly policyUri: string | undefined
  readonly tosUri: string | undefined
  readonly sessionManagement: boolean
  readonly implicitFlow: boolean
  /** Otherwise no sign-in is phishing-resistant. */
  readonly hasPasskeys: boolean
  /** RFC 7591 */
  readonly hasRegistration: boolean
  /** draft-ietf-oauth-client-id-metadata-document-02 §6 */
  readonly hasMetadataDocuments: boolean
}

/** Back-Channel Logout §2.1, Front-Channel Logout §3, Session Management §3.3. */
const logout = (issuer: string, sessionManagement: boolean) => ({
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
  frontchannel_logout_supported: true,
  frontchannel_logout_session_supported: true,
  ...(sessionManagement && { check_session_iframe: urlOf(issuer, PATHS.checkSession) }),
})

/** How clients come by themselves, where they may. */
const registration = (issuer: string, { hasRegistration, hasMetadataDocuments }: Installation) => ({
  ...(hasRegistration && { registration_endpoint: urlOf(issuer, PATHS.registration) }),
  ...(hasMetadataDocuments && { client_id_metadata_document_supported: true }),
})

const endpoints = (issuer: string) => ({
  authorization_endpoint: urlOf(issuer, PATHS.authorization),
  pushed_authorization_request_endpoint: urlOf(issuer, PATHS.pushedAuthorization),
  token_endpoint: urlOf(issuer, PATHS.token),
  userinfo_endpoint: urlOf(issuer, PATHS.userinfo),
  jwks_uri: urlOf(issuer, PATHS.jwks),
  introspection_endpoint: urlOf(issuer, PATHS.introspection),
  revocation_endpoint: urlOf(issuer, PATHS.revocation),
  end_session_endpoint: urlOf(issuer, PATHS.endSession),
})

export function discoveryDocument(issuer: string, installation: Installation): Readonly<Record<string, unknown>> {
  const { signingAlgorithms, encryptionAlgorithms, sessionManagement, implicitFlow } = installation
  const confidentialMethods = CLIENT_AUTHENTICATION_METHODS.filter((method) => method !== 'none')
  // RFC 8414 §2: what client_secret_jwt and private_key_jwt are signed with.
  const assertionAlgorithms = [...CLIENT_SIGNING_ALGORITHMS, ...SECRET_ALGORITHMS]
  return {
    issuer,
    ...endpoints(issuer),
    ...registration(issuer, installation),
    ...logout(issuer, sessionManagement),
    scopes_supported: SCOPES,
    response_types_supported: RESPONSE_TYPES.filter((type) => type === 'code' || implicitFlow),
    response_modes_supported: RESPONSE_MODES,
    grant_types_supported: [...grantTypes.map((grantType) => grantType.name), ...(implicitFlow ? ['implicit'] : [])],
    subject_types_supported: SUBJECT_TYPES,
    id_token_signing_alg_values_supported: [...signingAlgorithms, ...SECRET_ALGORITHMS],
    ...encryptionOf('id_token'),
    userinfo_signing_alg_values_supported: signingAlgorithms,
    ...encryptionOf('userinfo'),
    introspection_signing_alg_values_supported: signingAlgorithms,
    ...encryptionOf('introspection'),
    token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    introspection_endpoint_auth_methods_supported: confidentialMethods,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    code_challenge_methods_supported: CODE_CHALLENGE_METHODS,
    prompt_values_supported: promptsOf(installation),
    display_values_supported: DISPLAYS,
    ui_locales_supported: installation.languages,
    ...(installation.policyUri !== undefined && { op_policy_uri: installation.policyUri }),
    ...(installation.tosUri !== undefined && { op_tos_uri: installation.tosUri }),
    acr_values_supported: ACR_VALUES.filter((acr) => acr !== 'phr' || installation.hasPasskeys),
    claim_types_supported: ['normal'],
    claims_supported: [
      'sub',
      'iss',
      'aud',
      'exp',
      'iat',
      'auth_time',
      'acr',
      'amr',
      'sid',
      'nonce',
      ...Object.values(CLAIMS_OF_SCOPE).flat(),
    ],
    authorization_response_iss_parameter_supported: true,
    claims_parameter_supported: true,
    require_pushed_authorization_requests: false,
    request_parameter_supported: true,
    request_uri_parameter_supported: true,
    require_request_uri_registration: true,
    request_object_signing_alg_values_supported: REQUEST_OBJECT_ALGORITHMS,
    ...(encryptionAlgorithms.length > 0 && {
      request_object_encryption_alg_values_supported: encryptionAlgorithms,
      request_object_encryption_enc_values_supported: CONTENT_ENCRYPTION_ALGORITHMS,
    }),
  }
}

/** RFC 7518 §4.1 and §5.1; RFC 9701 §7 for introspection. */
const encryptionOf = (response: ClientResponse): Readonly<Record<string, readonly string[]>> => ({
  [`${response}_encryption_alg_values_supported`]: KEY_MANAGEMENT_ALGORITHMS,
  [`${response}_encryption_enc_values_supported`]: CONTENT_ENCRYPTION_ALGORITHMS,
})
