/** Names from the IANA registries that Countersign speaks, as closed lists: discovery, config and parsers read them here. */

export const RESPONSE_TYPES = ['code'] as const
export const RESPONSE_MODES = ['query', 'form_post'] as const
export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'] as const
export const CLIENT_AUTHENTICATION_METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const
export const SIGNING_ALGORITHMS = ['RS256', 'ES256'] as const
export const CODE_CHALLENGE_METHODS = ['S256'] as const
export const PROMPTS = ['none', 'login', 'consent', 'select_account'] as const
export const APPLICATION_TYPES = ['web', 'native'] as const
export const SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'groups', 'offline_access'] as const

export type ResponseMode = (typeof RESPONSE_MODES)[number]
export type GrantType = (typeof GRANT_TYPES)[number]
export type ClientAuthenticationMethod = (typeof CLIENT_AUTHENTICATION_METHODS)[number]
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]
export type Prompt = (typeof PROMPTS)[number]
export type ApplicationType = (typeof APPLICATION_TYPES)[number]
