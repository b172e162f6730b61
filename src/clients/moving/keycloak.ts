/**
 * Clients of a Keycloak realm export as entries of the configuration file: what there is here for what they have there, and
 * in words whatever a person has to decide.
 */
import { sha256 } from '../../base/hash.ts'
import { redirectUriFault } from '../../protocol/redirect-uri.ts'

export interface MovedClient {
  readonly clientId: string
  /** In the order in which they are to be written; undefined: there is no entry for it, and `remarks` say why. */
  readonly entry: Readonly<Record<string, unknown>> | undefined
  readonly remarks: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Those that every realm has, for Keycloak itself. */
const OWN = [
  'account',
  'account-console',
  'admin-cli',
  'broker',
  'realm-management',
  'security-admin-console',
  'master-realm',
]

const MIN_SECRET_LENGTH = 32

/** Undefined: it is one of Keycloak's own. */
export function keycloakClient(client: Fields): MovedClient | undefined {
  const clientId = String(client['clientId'] ?? '')
  if (OWN.includes(clientId)) return undefined
  const none = (remark: string): MovedClient => ({ clientId, entry: undefined, remarks: [remark] })
  if ((client['protocol'] ?? 'openid-connect') !== 'openid-connect')
    return none('it speaks SAML, which Countersign does not')
  if (client['enabled'] === false) return none('it is switched off')
  const remarks: string[] = []
  const attributes = fieldsOf(client['attributes'])
  const isPublic = client['publicClient'] === true
  const grants = grantTypes(client, remarks)
  const signsIn = grants.includes('authorization_code')
  const redirects = signsIn ? redirectUris(client, remarks) : []
  if (signsIn && redirects.length === 0)
    remarks.push('it has no redirect URI that can be taken over: add redirect_uris')
  return {
    clientId,
    remarks,
    entry: defined({
      client_id: clientId,
      client_name: nameOf(client, remarks),
      client_uri: webUri(client['baseUrl'], client['rootUrl']),
      application_type: redirects.some((uri) => !/^https?:/.test(uri)) ? 'native' : undefined,
      redirect_uris: signsIn ? redirects : undefined,
      post_logout_redirect_uris: signsIn ? postLogoutUris(attributes, client, redirects, remarks) : undefined,
      grant_types: grants,
      scope: signsIn ? scopeOf(client, remarks) : undefined,
      ...authentication(client, attributes, isPublic, remarks),
      first_party: signsIn && client['consentRequired'] !== true ? true : undefined,
      require_pkce: signsIn && !isPublic && attributes['pkce.code.challenge.method'] !== 'S256' ? false : undefined,
      subject_type: isPairwise(client, remarks) ? 'pairwise' : undefined,
      id_token_signed_response_alg: algorithmOf(attributes['id.token.signed.response.alg'], 'ID tokens', remarks),
      access_token_signed_response_alg:
        algorithmOf(attributes['access.token.signed.response.alg'], 'access tokens', remarks) ?? 'RS256',
      backchannel_logout_uri: webUri(attributes['backchannel.logout.url'], undefined),
      frontchannel_logout_uri:
        client['frontchannelLogout'] === true ? webUri(attributes['frontchannel.logout.url'], undefined) : undefined,
      lifetimes: lifetimesOf(attributes),
    }),
  }
}

const defined = (entry: Fields): Fields =>
  Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined))

/** `${client_account}` is a name in Keycloak's own translations. */
function nameOf(client: Fields, remarks: string[]): string | undefined {
  const name = textOf(client['name'])
  if (name === undefined || /^\$\{.*\}$/.test(name)) return undefined
  if (name.length <= 100) return name
  remarks.push('its name is longer than 100 characters and was left out')
  return undefined
}

function grantTypes(client: Fields, remarks: string[]): readonly string[] {
  if (client['directAccessGrantsEnabled'] === true) {
    remarks.push('direct access grants: apps never see passwords here; sign-ins go through the browser')
  }
  if (client['implicitFlowEnabled'] === true) remarks.push('the implicit flow: let it use the code flow with PKCE')
  if (fieldsOf(client['attributes'])['oauth2.device.authorization.grant.enabled'] === 'true') {
    remarks.push('the device authorization grant: there is none here')
  }
  if (client['bearerOnly'] === true) return []
  const signsIn = client['standardFlowEnabled'] !== false
  const usesRefresh = fieldsOf(client['attributes'])['use.refresh.tokens'] !== 'false'
  return [
    ...(signsIn ? ['authorization_code'] : []),
    ...(signsIn && usesRefresh ? ['refresh_token'] : []),
    ...(client['serviceAccountsEnabled'] === true && client['publicClient'] !== true ? ['client_credentials'] : []),
  ]
}

/** Relative ones belong to the root URL; one with a wildcard or another fault is told, not guessed at. */
function redirectUris(client: Fields, remarks: string[]): readonly string[] {
  return fitting(textsOf(client['redirectUris']), client, 'redirect_uris', remarks)
}

function fitting(uris: readonly string[], client: Fields, key: string, remarks: string[]): readonly string[] {
  const root = textOf(client['rootUrl']) ?? ''
  const whole = [...new Set(uris.map((uri) => (uri.startsWith('/') ? `${root.replace(/\/$/, '')}${uri}` : uri)))]
  const isNative = whole.some((uri) => !uri.includes('*') && /^[a-z][a-z0-9+.-]*:/i.test(uri) && !/^https?:/i.test(uri))
  return whole.filter((uri) => {
    const fault = uri.startsWith('/')
      ? 'is relative, and there is no root URL'
      : redirectUriFault(uri, isNative ? 'native' : 'web')
    if (fault !== undefined) remarks.push(`${key}: ${oneLine(uri)} ${fault}`)
    return fault === undefined
  })
}

/** `+` stands for the redirect URIs; `-` for none. */
function postLogoutUris(attributes: Fields, client: Fields, redirects: readonly string[], remarks: string[]) {
  const text = textOf(attributes['post.logout.redirect.uris'])
  if (text === undefined || text === '-') return undefined
  const parts = text.split('##').filter((part) => part !== '')
  const own = fitting(
    parts.filter((part) => part !== '+'),
    client,
    'post_logout_redirect_uris',
    remarks,
  )
  const all = [...new Set([...(parts.includes('+') ? redirects : []), ...own])]
  return all.length > 0 ? all : undefined
}

const SCOPES = ['profile', 'email', 'address', 'phone', 'offline_access', 'groups']
/** What these add is in the tokens anyway, or has a place of its own. */
const WITHOUT_WORDS = [
  'roles',
  'web-origins',
  'acr',
  'basic',
  'microprofile-jwt',
  'role_list',
  'saml_organization',
  'organization',
]

function scopeOf(client: Fields, remarks: string[]): string {
  const all = [...textsOf(client['defaultClientScopes']), ...textsOf(client['optionalClientScopes'])]
  if (all.includes('roles')) remarks.push('roles in its tokens: there are groups here (the scope groups)')
  const others = all.filter((name) => !SCOPES.includes(name) && !WITHOUT_WORDS.includes(name))
  if (others.length > 0) {
    remarks.push(
      `scopes that are not taken over: ${others.map(oneLine).join(', ')}; those of an API are listed below apis`,
    )
  }
  const mapsGroups = mappers(client).includes('oidc-group-membership-mapper')
  const known = SCOPES.filter((name) => all.includes(name) || (name === 'groups' && mapsGroups))
  return ['openid', ...known].join(' ')
}

const mappers = (client: Fields): readonly string[] =>
  (Array.isArray(client['protocolMappers']) ? client['protocolMappers'] : []).map((mapper: unknown) =>
    String(fieldsOf(mapper)['protocolMapper'] ?? ''),
  )

function isPairwise(client: Fields, remarks: string[]): boolean {
  const names = mappers(client)
  const known = ['oidc-group-membership-mapper', 'oidc-sha256-pairwise-sub-mapper', 'oidc-usersessionmodel-note-mapper']
  const others = new Set(names.filter((name) => !known.includes(name)))
  if (others.size > 0) remarks.push(`mappers that are not taken over: ${[...others].map(oneLine).join(', ')}`)
  const found = names.includes('oidc-sha256-pairwise-sub-mapper')
  if (found) remarks.push('pairwise subjects: what it calls people cannot be taken over, it will see new ones')
  return found
}

function authentication(client: Fields, attributes: Fields, isPublic: boolean, remarks: string[]): Fields {
  if (isPublic) return { token_endpoint_auth_method: 'none' }
  const type = textOf(client['clientAuthenticatorType']) ?? 'client-secret'
  if (type === 'client-jwt') {
    const uri = attributes['use.jwks.url'] === 'true' ? webUri(attributes['jwks.url'], undefined) : undefined
    if (uri === undefined) remarks.push('its keys: write them to jwks, or to jwks_uri where it publishes them')
    return { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: uri }
  }
  if (type === 'client-secret-jwt') {
    remarks.push('its secret signs what it sends, so a hash will not do: put it into client_secret_file')
    return { token_endpoint_auth_method: 'client_secret_jwt' }
  }
  if (type !== 'client-secret')
    remarks.push(`it proves who it is by ${oneLine(type)}, which there is not here: give it a secret or a key`)
  return { client_secret_hash: secretHash(client['secret'], remarks) }
}

/** The configuration file holds no secret: the app keeps the one that it has. */
function secretHash(value: unknown, remarks: string[]): string | undefined {
  const secret = textOf(value)
  const wanted = 'give it a new one (countersign secret)'
  if (secret === undefined) remarks.push(`there is no secret in the export: ${wanted}`)
  else if (/^\*+$/.test(secret))
    remarks.push(`its secret is masked in this export (kc.sh export writes it): ${wanted}, or export again`)
  else if (/^\$[({]/.test(secret)) remarks.push(`its secret is a placeholder in this export: ${wanted}`)
  else if (secret.length < MIN_SECRET_LENGTH)
    remarks.push(`its secret has fewer than ${MIN_SECRET_LENGTH} characters: ${wanted}`)
  else return `sha256:${sha256(secret)}`
  return undefined
}

function algorithmOf(value: unknown, of: string, remarks: string[]): string | undefined {
  const algorithm = textOf(value)
  if (algorithm === undefined) return undefined
  if (['RS256', 'ES256', 'PS256', 'EdDSA'].includes(algorithm)) return algorithm
  remarks.push(`${of} signed with ${oneLine(algorithm)}: they are signed with RS256 here`)
  return undefined
}

function lifetimesOf(attributes: Fields): Fields | undefined {
  const seconds = Number(attributes['access.token.lifespan'])
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400 ? { access_token: `${seconds}s` } : undefined
}

function webUri(value: unknown, root: unknown): string | undefined {
  const text = textOf(value) ?? (root === undefined ? undefined : textOf(root))
  const whole = text?.startsWith('/') ? `${(textOf(root) ?? '').replace(/\/$/, '')}${text}` : text
  return whole !== undefined && /^https?:\/\//.test(whole) && URL.canParse(whole) && !whole.includes('#')
    ? whole
    : undefined
}

/** It comes to stand in a comment. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 200)
