import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ecPair, jwkOf, type KeyPair } from '../fixtures/client-keys.ts'
import { assertBroken, type Broken, CONFIDENTIAL, configOf, PUBLIC, SECRET, warningsOf, withClient } from './loading.ts'

const ISSUER = 'issuer: https://sso.example\n'
const [ID, URIS, CLIENT_SECRET] = CONFIDENTIAL
const HASH = 'sha256:5FnxZ8JjRXqAkEvKRNuIOpEPiPTHdqXUJsJMzuWPrnE'

const PRIVATE_KEY_JWT = 'token_endpoint_auth_method: private_key_jwt'
const jwk = (pair: KeyPair, more = {}): string => JSON.stringify(jwkOf(pair, more))

const issuer = (value: string, says: RegExp): Broken => ({
  rule: `[OIDC Core 2] issuer ${value}`,
  text: `issuer: ▶${value}`,
  path: 'issuer',
  says,
})

const SERVER: readonly Broken[] = [
  issuer('http://sso.example', /plain http/),
  issuer('http://127.evil.example', /plain http/),
  issuer('ftp://sso.example', /must begin with https/),
  issuer('sso.example', /must begin with https/),
  issuer('https://', /not a valid URL/),
  issuer('https://sso.example/?x=1', /contains a query/),
  issuer('"https://sso.example/#x"', /contains a fragment/),
  issuer('https://user@sso.example', /user name/),
  issuer('https://SSO.example', /did you mean "https:\/\/sso.example"\?/),
  issuer('https://sso.example:443/a/../b', /did you mean "https:\/\/sso.example\/b"\?/),
  {
    rule: 'a proxy that is no address',
    text: `${ISSUER}trusted_proxies: [10.0.0.0/8, ▶proxy.example]`,
    path: 'trusted_proxies[1]',
    says: /CIDR/,
  },
  {
    rule: 'a range that is too narrow',
    text: `${ISSUER}trusted_proxies: [▶10.0.0.0/33]`,
    path: 'trusted_proxies[0]',
    says: /CIDR/,
  },
  {
    rule: 'an allowed host that is a URL',
    text: `${ISSUER}egress: { allowed_hosts: [wiki.internal, ▶"https://wiki.internal"] }`,
    path: 'egress.allowed_hosts[1]',
    says: /is a URL, not a host/,
  },
  {
    rule: 'an allowed host that is a wildcard',
    text: `${ISSUER}egress: { allowed_hosts: [10.0.0.0/8, ▶"*.internal"] }`,
    path: 'egress.allowed_hosts[1]',
    says: /no host and no CIDR range/,
  },
  {
    rule: 'a database of another kind',
    text: `${ISSUER}database: { url: ▶"mysql://h/d" }`,
    path: 'database.url',
    says: /postgresql:\/\//,
  },
  {
    rule: 'a SQLite file with parameters',
    text: `${ISSUER}database: { url: ▶"file:a.db?mode=memory" }`,
    path: 'database.url',
    says: /without parameters/,
  },
  {
    rule: 'a database in memory',
    text: `${ISSUER}database: { url: ▶"file::memory:" }`,
    path: 'database.url',
    says: /file:PATH/,
  },
  {
    rule: 'a database URL that does not parse',
    text: `${ISSUER}database: { url: ▶"postgresql://h:port/d" }`,
    path: 'database.url',
    says: /not the URL of a database/,
  },
  {
    rule: 'two database URLs',
    text: `${ISSUER}database: { url: "file:a.db", url_file: ▶u }`,
    files: { u: 'file:b.db' },
    path: 'database.url_file',
    says: /one of the two/,
  },
  {
    rule: 'a database URL file with another thing in it',
    text: `${ISSUER}database: { url_file: ▶u }`,
    files: { u: 'hello' },
    path: 'database.url_file',
    says: /not the URL of a database/,
  },
  {
    rule: 'two sealing keys',
    text: `${ISSUER}keys: { sealing_key: ${'A'.repeat(43)}, sealing_key_file: ▶k }`,
    path: 'keys.sealing_key_file',
    says: /one of the two/,
  },
  {
    rule: 'a key that signs before it is seen',
    text: `${ISSUER}keys: { publish_before_use: ▶59m }`,
    path: 'keys.publish_before_use',
    says: /at least 1h/,
  },
  {
    rule: '[OIDC Discovery 3] signing algorithms without RS256',
    text: `${ISSUER}keys: { signing_algorithms: ▶[ES256, EdDSA] }`,
    path: 'keys.signing_algorithms',
    says: /lacks RS256.*allowed: \[RS256, ES256, EdDSA\]/s,
  },
  {
    rule: 'no signing algorithm at all',
    text: `${ISSUER}keys: { signing_algorithms: ▶[] }`,
    path: 'keys.signing_algorithms',
    says: /allowed: \[RS256\]/,
  },
  {
    rule: 'a key that is not ready in time',
    text: `${ISSUER}keys: { rotate_every: ▶23h }`,
    path: 'keys.rotate_every',
    says: /at least 24h/,
  },
  {
    rule: 'a session that idles beyond its end',
    text: `${ISSUER}lifetimes: { session_idle: ▶8d }`,
    path: 'lifetimes.session_idle',
    says: /at most 7d/,
  },
  {
    rule: 'a refresh token beyond its end',
    text: `${ISSUER}lifetimes: { refresh_token: ▶31d }`,
    path: 'lifetimes.refresh_token',
    says: /at most 30d/,
  },
  {
    rule: '[RFC7591 3] registration that nobody could use',
    text: `${ISSUER}registration: { enabled: true, initial_access_tokens: ▶[] }`,
    path: 'registration.initial_access_tokens',
    says: /`countersign secret` makes one/,
  },
  {
    rule: '[RFC7591 5] open registration that leads anywhere',
    text: `${ISSUER}registration: { enabled: true, open: true, allowed_redirect_hosts: ▶[] }`,
    path: 'registration.allowed_redirect_hosts',
    says: /lead anywhere/,
  },
  {
    rule: 'registration without a scope to have',
    text: `${ISSUER}registration: { enabled: true, open: true, allowed_redirect_hosts: [a.example], allowed_scopes: ▶[] }`,
    path: 'registration.allowed_scopes',
    says: /no client could register/,
  },
  {
    rule: 'registration without a grant type to have',
    text: `${ISSUER}registration: { enabled: true, open: true, allowed_redirect_hosts: [a.example], allowed_grant_types: ▶[] }`,
    path: 'registration.allowed_grant_types',
    says: /no client could register/,
  },
  ...['https://a.example', 'A.example', '*', '*.*.example', 'a.example/', 'a.example:443'].map((host) => ({
    rule: `a redirect host written as ${host}`,
    text: `${ISSUER}registration: { allowed_redirect_hosts: [▶"${host}"] }`,
    path: 'registration.allowed_redirect_hosts[0]',
    says: /a host name in small letters/,
  })),
  {
    rule: 'a document domain written as a URL',
    text: `${ISSUER}client_id_metadata_documents: { allowed_domains: [▶"https://a.example"] }`,
    path: 'client_id_metadata_documents.allowed_domains[0]',
    says: /a host name in small letters/,
  },
]

describe('keys that contradict each other', () => {
  for (const broken of SERVER) test(`are reported: ${broken.rule}`, () => assertBroken(broken))

  for (const value of [
    'https://sso.example',
    'https://sso.example/',
    'https://sso.example:8443/login',
    'http://localhost:8080',
    'http://sso.localhost',
    'http://127.0.0.9:1',
    'http://[::1]:8080',
  ]) {
    test(`[OIDC Core 2] issuer ${value} is fine`, () => assert.equal(configOf(`issuer: ${value}`).issuer, value))
  }
})

const broken = (
  rule: string,
  lines: readonly (string | undefined)[],
  path: string,
  says: RegExp,
  files = {},
): Broken => ({
  rule,
  text: withClient(...lines.map((line) => line ?? '')),
  path: `clients[0].${path}`,
  says,
  files,
})

const switchedOn = (one: Broken): Broken => ({
  ...one,
  text: one.text.replace('clients:', 'implicit_flow: true\nclients:'),
})

const CLIENTS: readonly Broken[] = [
  {
    rule: 'two clients with one client_id',
    text: `${withClient(...CONFIDENTIAL)}  - client_id: ▶wiki\n    grant_types: []\n    client_secret: ${SECRET}`,
    path: 'clients[1].client_id',
    says: /client_id: "wiki" is already in \/etc\/countersign\/countersign\.yaml:3:16\n/,
  },
  broken(
    '[RFC6749 A.1] a client_id with other characters',
    ['client_id: ▶wíki', URIS, CLIENT_SECRET],
    'client_id',
    /printable ASCII/,
  ),
  broken('a client_id that ends in a space', ['client_id: ▶"wiki "', URIS, CLIENT_SECRET], 'client_id', /no space/),
  broken('a long client_id', [`client_id: ▶${'x'.repeat(201)}`, URIS, CLIENT_SECRET], 'client_id', /at most 200/),
  broken(
    '[RFC6749 2.1] a confidential client without a secret',
    [`▶${ID}`, URIS],
    'client_secret',
    /one of client_secret, client_secret_file, client_secret_hash \(`countersign secret`/,
  ),
  broken(
    'two forms of secret',
    [ID, URIS, CLIENT_SECRET, `client_secret_hash: ▶${HASH}`],
    'client_secret_hash',
    /contradicts client_secret/,
  ),
  broken(
    'a secret beside a secret file',
    [ID, URIS, CLIENT_SECRET, 'client_secret_file: ▶s'],
    'client_secret_file',
    /contradicts client_secret/,
    { s: SECRET },
  ),
  broken(
    '[RFC6749 2.1] a public client with a secret',
    [...PUBLIC, `client_secret: ▶${SECRET}`],
    'client_secret',
    /has no secret/,
  ),
  broken(
    '[RFC6749 2.1] a public client with a hash',
    [...PUBLIC, `client_secret_hash: ▶${HASH}`],
    'client_secret_hash',
    /has no secret/,
  ),
  broken(
    '[RFC6749 10.10] a short secret',
    [ID, URIS, `client_secret: ▶${'x'.repeat(31)}`],
    'client_secret',
    /too short[\s\S]*`countersign secret`/,
  ),
  broken(
    '[RFC6749 10.10] a short secret in a file',
    [ID, URIS, 'client_secret_file: ▶s'],
    'client_secret_file',
    /too short/,
    { s: 'short\n' },
  ),
  broken(
    '[RFC6749 A.2] a secret with other characters',
    [ID, URIS, `client_secret: ▶${'ä'.repeat(40)}`],
    'client_secret',
    /printable ASCII/,
  ),
  broken(
    '[RFC6749 2.1] a public client with a secret that it had before',
    [...PUBLIC, `client_secret_previous_hash: ▶${HASH}`],
    'client_secret_previous_hash',
    /has no secret/,
  ),
  broken(
    'a secret that it had before, and none now',
    [
      ID,
      URIS,
      'token_endpoint_auth_method: private_key_jwt',
      'jwks_uri: https://app.example/jwks',
      `client_secret_previous_hash: ▶${HASH}`,
    ],
    'client_secret_previous_hash',
    /does nothing without the secret that it has now/,
  ),
  broken(
    '[OIDC Core 9] client_secret_jwt with the hash of the secret before',
    [ID, URIS, CLIENT_SECRET, 'token_endpoint_auth_method: client_secret_jwt', `client_secret_previous_hash: ▶${HASH}`],
    'client_secret_previous_hash',
    /a hash does not tell it/,
  ),
  broken(
    'a hash of another kind',
    [ID, URIS, 'client_secret_hash: ▶sha256:abc'],
    'client_secret_hash',
    /base64url or hex/,
  ),
  broken(
    'an unknown authentication method',
    [ID, URIS, CLIENT_SECRET, 'token_endpoint_auth_method: ▶client_secret_pots'],
    'token_endpoint_auth_method',
    /did you mean client_secret_post\?/,
  ),
  broken(
    '[RFC9700 2.1.1] a public client without PKCE',
    [...PUBLIC, 'require_pkce: ▶false'],
    'require_pkce',
    /must use PKCE/,
  ),
  broken(
    '[RFC9700 4.14.2] a public client whose refresh tokens stay',
    [...PUBLIC, 'rotate_refresh_tokens: ▶false'],
    'rotate_refresh_tokens',
    /must rotate/,
  ),
  broken(
    '[RFC7662 2.1] a public client that introspects everything',
    [...PUBLIC, 'introspection: ▶any'],
    'introspection',
    /cannot prove/,
  ),
  broken(
    '[RFC6749 4.4] client_credentials for a public client',
    [...PUBLIC, 'grant_types: [authorization_code, ▶client_credentials]'],
    'grant_types[1]',
    /public client/,
  ),
  broken(
    'refresh_token alone',
    [ID, CLIENT_SECRET, 'grant_types: [▶refresh_token]'],
    'grant_types[0]',
    /nothing to refresh/,
  ),
  broken(
    'a grant that there is not',
    [ID, URIS, CLIENT_SECRET, 'grant_types: [authorization_code, ▶password]'],
    'grant_types[1]',
    /allowed: authorization_code, refresh_token, client_credentials/,
  ),
  broken('[RFC6749 3.1.2.2] no redirect_uris', [`▶${ID}`, CLIENT_SECRET], 'redirect_uris', /at least one/),
  broken('empty redirect_uris', [ID, CLIENT_SECRET, 'redirect_uris: ▶[]'], 'redirect_uris', /at least one/),
  broken(
    '[OIDC Registration 2] a response type without its grant',
    [ID, CLIENT_SECRET, 'grant_types: []', 'response_types: ▶[code]'],
    'response_types',
    /authorization_code/,
  ),
  broken(
    '[OIDC Registration 2] id_token without the implicit grant',
    [ID, URIS, CLIENT_SECRET, 'response_types: ▶[code, id_token]'],
    'response_types',
    /needs grant_types with implicit/,
  ),
  broken(
    '[OIDC Registration 2] the implicit grant without a response type for it',
    [ID, URIS, CLIENT_SECRET, 'grant_types: [authorization_code, implicit]', 'response_types: ▶[code]'],
    'response_types',
    /what implicit is for/,
  ),
  broken(
    '[RFC9700 2.1.2] the implicit grant while the flow is switched off',
    [ID, URIS, CLIENT_SECRET, 'grant_types: [authorization_code, ▶implicit]', 'response_types: [code, id_token]'],
    'grant_types[1]',
    /implicit_flow: true/,
  ),
  switchedOn(
    broken(
      '[OIDC Registration 2] a web client of the implicit flow on http',
      [
        ID,
        'redirect_uris: [▶http://localhost/cb]',
        CLIENT_SECRET,
        'grant_types: [implicit]',
        'response_types: [id_token]',
      ],
      'redirect_uris[0]',
      /needs https/,
    ),
  ),
  switchedOn(
    broken(
      '[OIDC Registration 2] the implicit grant without a redirect URI',
      [`▶${ID}`, CLIENT_SECRET, 'grant_types: [implicit]', 'response_types: [id_token]'],
      'redirect_uris',
      /at least one/,
    ),
  ),
  broken(
    '[OIDC Registration 2] a grant without its response type',
    [ID, URIS, CLIENT_SECRET, 'response_types: ▶[]'],
    'response_types',
    /allowed: \[code\]/,
  ),
  broken(
    '[RFC6749 3.3] a scope with two spaces',
    [ID, URIS, CLIENT_SECRET, 'scope: ▶openid  profile'],
    'scope',
    /single spaces/,
  ),
  broken('[RFC6749 3.3] a scope with a quote', [ID, URIS, CLIENT_SECRET, `scope: ▶openid "x"`], 'scope', /RFC 6749/),
  broken(
    'a signature that there is not',
    [ID, URIS, CLIENT_SECRET, 'id_token_signed_response_alg: ▶RS265'],
    'id_token_signed_response_alg',
    /did you mean RS256\?/,
  ),
  broken(
    'none as a signature',
    [ID, URIS, CLIENT_SECRET, 'access_token_signed_response_alg: ▶none'],
    'access_token_signed_response_alg',
    /allowed: RS256, ES256/,
  ),
  broken(
    '[OIDC Registration 2] a signature that there are no keys for',
    [ID, URIS, CLIENT_SECRET, 'id_token_signed_response_alg: ▶EdDSA'],
    'id_token_signed_response_alg',
    /no keys for EdDSA.*RS256, ES256; or add EdDSA to keys\.signing_algorithms/s,
  ),
  broken(
    'a signature of userinfo that there are no keys for',
    [ID, URIS, CLIENT_SECRET, 'userinfo_signed_response_alg: ▶PS256'],
    'userinfo_signed_response_alg',
    /add PS256 to keys\.signing_algorithms/,
  ),
  broken(
    '[OIDC Core 10.1] HS256 for a public client',
    [...PUBLIC, 'id_token_signed_response_alg: ▶HS256'],
    'id_token_signed_response_alg',
    /no secret/,
  ),
  broken(
    '[OIDC Core 10.1] HS256 where only a hash of the secret is known',
    [
      ID,
      URIS,
      'client_secret_hash: sha256:5FnxZ8JjRXqAkEvKRNuIOpEPiPTHdqXUJsJMzuWPrnE',
      'id_token_signed_response_alg: ▶HS256',
    ],
    'id_token_signed_response_alg',
    /client_secret or client_secret_file/,
  ),
  broken(
    '[RFC9101 10.5] signed request objects of a client that has nothing to sign with',
    [...PUBLIC, 'require_signed_request_object: ▶true'],
    'require_signed_request_object',
    /its public keys in jwks, jwks_file, jwks_uri; or its secret/,
  ),
  broken(
    '[OIDC Registration 2] request objects under an algorithm for which the client has no key',
    [ID, URIS, CLIENT_SECRET, 'request_object_signing_alg: ▶ES256'],
    'request_object_signing_alg',
    /no key for ES256[\s\S]*jwks, jwks_file, jwks_uri/,
  ),
  broken(
    '[OIDC Core 10.1] request objects under HS256 where only a hash of the secret is known',
    [
      ID,
      URIS,
      'client_secret_hash: sha256:5FnxZ8JjRXqAkEvKRNuIOpEPiPTHdqXUJsJMzuWPrnE',
      'request_object_signing_alg: ▶HS256',
    ],
    'request_object_signing_alg',
    /client_secret or client_secret_file/,
  ),
  broken(
    '[OIDC Core 10.2] encryption without a key of the client',
    [ID, URIS, CLIENT_SECRET, 'id_token_encrypted_response_alg: ▶ECDH-ES'],
    'id_token_encrypted_response_alg',
    /jwks, jwks_file or jwks_uri/,
  ),
  broken(
    '[OIDC Registration 2] how to encrypt, but not with what',
    [ID, URIS, CLIENT_SECRET, 'userinfo_encrypted_response_enc: ▶A256GCM'],
    'userinfo_encrypted_response_enc',
    /does nothing without userinfo_encrypted_response_alg/,
  ),
  broken(
    '[RFC9101 4] request objects that we have no key to read',
    [ID, URIS, CLIENT_SECRET, 'request_object_encryption_alg: ▶ECDH-ES'],
    'request_object_encryption_alg',
    /ECDH-ES added to keys\.encryption_algorithms/,
  ),
  broken(
    '[RFC9101 4] request objects that we never have a key to read',
    [ID, URIS, CLIENT_SECRET, 'request_object_encryption_alg: ▶RSA-OAEP'],
    'request_object_encryption_alg',
    /one of RSA-OAEP-256, ECDH-ES, which keys\.encryption_algorithms/,
  ),
  broken(
    '[RFC8725 3.2] RSA1_5',
    [ID, URIS, CLIENT_SECRET, 'jwks: { keys: [] }', 'id_token_encrypted_response_alg: ▶RSA1_5'],
    'id_token_encrypted_response_alg',
    /allowed: RSA-OAEP/,
  ),
  broken('a negative default_max_age', [ID, URIS, CLIENT_SECRET, 'default_max_age: ▶-1'], 'default_max_age', /0 to/),
  broken(
    'a redirect URI with a wildcard',
    [ID, CLIENT_SECRET, 'redirect_uris: ["https://a.example/", ▶"https://*.example/"]'],
    'redirect_uris[1]',
    /wildcard/,
  ),
  broken(
    'a redirect URI of a native app for a web client',
    [ID, CLIENT_SECRET, 'redirect_uris: [▶"com.example.app:/cb"]'],
    'redirect_uris[0]',
    /application_type: native/,
  ),
  broken(
    'a post-logout URI on plain http',
    [...CONFIDENTIAL, 'post_logout_redirect_uris: [▶"http://a.example/"]'],
    'post_logout_redirect_uris[0]',
    /plain http/,
  ),
  broken(
    'a client_uri that is a script',
    [...CONFIDENTIAL, 'client_uri: ▶javascript:alert(1)'],
    'client_uri',
    /web address/,
  ),
  broken('a logo_uri that is data', [...CONFIDENTIAL, 'logo_uri: ▶data:image/png,x'], 'logo_uri', /web address/),
  broken('a policy_uri on plain http', [...CONFIDENTIAL, 'policy_uri: ▶http://a.example/'], 'policy_uri', /plain http/),
  broken('a tos_uri with a user', [...CONFIDENTIAL, 'tos_uri: ▶https://me@a.example/'], 'tos_uri', /user name/),
  broken(
    'an initiate_login_uri on plain http',
    [...CONFIDENTIAL, 'initiate_login_uri: ▶http://a.example/'],
    'initiate_login_uri',
    /plain http/,
  ),
  ...['jwks_uri', 'sector_identifier_uri', 'backchannel_logout_uri', 'frontchannel_logout_uri'].map((key) =>
    broken(`a ${key} on plain http`, [...CONFIDENTIAL, `${key}: ▶http://a.example/`], key, /plain http/),
  ),
  broken(
    '[Back-Channel Logout 2.2] a backchannel_logout_uri with a fragment',
    [...CONFIDENTIAL, 'backchannel_logout_uri: ▶https://wiki.example/out#top'],
    'backchannel_logout_uri',
    /fragment/,
  ),
  broken(
    '[Front-Channel Logout 2] a frontchannel_logout_uri where no redirect URI is',
    [...CONFIDENTIAL, 'frontchannel_logout_uri: ▶https://elsewhere.example/out'],
    'frontchannel_logout_uri',
    /another origin/,
  ),
  broken(
    'a request_uri on plain http',
    [...CONFIDENTIAL, 'request_uris: [▶"http://a.example/r.jwt"]'],
    'request_uris[0]',
    /plain http/,
  ),
  broken(
    '[OIDC Registration 2] keys of its own and an address of keys',
    [...CONFIDENTIAL, 'jwks: { keys: [] }', 'jwks_uri: ▶https://a.example/jwks'],
    'jwks_uri',
    /contradicts jwks/,
  ),
  broken(
    '[RFC7523 3] private_key_jwt without keys',
    [`▶${ID}`, URIS, PRIVATE_KEY_JWT],
    'jwks',
    /is missing: private_key_jwt is verified with the client’s public keys/,
  ),
  broken(
    '[RFC7518 3.1] private_key_jwt without a key that could verify anything',
    [ID, URIS, PRIVATE_KEY_JWT, `jwks: ▶{ keys: [${jwk(ecPair('P-384'))}] }`],
    'jwks',
    /no key that could verify RS256, ES256, PS256, EdDSA/,
  ),
  broken(
    '[OIDC Registration 2] private_key_jwt without a key for its algorithm',
    [ID, URIS, PRIVATE_KEY_JWT, 'token_endpoint_auth_signing_alg: RS256', `jwks: ▶{ keys: [${jwk(ecPair())}] }`],
    'jwks',
    /no key that could verify RS256$/m,
  ),
  broken(
    '[RFC7517 4.2] private_key_jwt with a key for encryption',
    [ID, URIS, PRIVATE_KEY_JWT, `jwks: ▶{ keys: [${jwk(ecPair(), { use: 'enc' })}] }`],
    'jwks',
    /no key that could verify/,
  ),
  broken(
    '[RFC8725 2.1] private_key_jwt with the algorithm of a secret',
    [ID, URIS, PRIVATE_KEY_JWT, 'jwks_uri: https://a.example/jwks', 'token_endpoint_auth_signing_alg: ▶HS256'],
    'token_endpoint_auth_signing_alg',
    /does not fit private_key_jwt[\s\S]*one of RS256, ES256, PS256, EdDSA with/,
  ),
  broken(
    '[RFC8725 2.1] client_secret_jwt with the algorithm of a key',
    [...CONFIDENTIAL, 'token_endpoint_auth_method: client_secret_jwt', 'token_endpoint_auth_signing_alg: ▶RS256'],
    'token_endpoint_auth_signing_alg',
    /does not fit client_secret_jwt[\s\S]*one of HS256 with/,
  ),
  broken(
    '[OIDC Core 9] client_secret_jwt with a hash',
    [ID, URIS, 'token_endpoint_auth_method: client_secret_jwt', `client_secret_hash: ▶${HASH}`],
    'client_secret_hash',
    /a hash does not tell it/,
  ),
  broken(
    '[OIDC Core 9] client_secret_jwt without a secret',
    [`▶${ID}`, URIS, 'token_endpoint_auth_method: client_secret_jwt'],
    'client_secret',
    /is missing/,
  ),
  broken(
    '[OIDC Core 10.1] HS256 without a secret',
    [ID, URIS, PRIVATE_KEY_JWT, 'jwks_uri: https://a.example/jwks', 'id_token_signed_response_alg: ▶HS256'],
    'id_token_signed_response_alg',
    /there is none/,
  ),
  broken(
    '[RFC7517 4.5] two keys with one name',
    [...CONFIDENTIAL, `jwks: ▶{ keys: [${jwk(ecPair(), { kid: 'a' })}, ${jwk(ecPair(), { kid: 'a' })}] }`],
    'jwks',
    /two keys with one kid/,
  ),
  broken(
    'a jwks_file with a private key',
    [...CONFIDENTIAL, 'jwks_file: ▶keys.json'],
    'jwks_file',
    /has a private key in it/,
    { 'keys.json': `{"keys":[${jwk(ecPair(), { d: 'AAAA' })}]}` },
  ),
  broken(
    'a private key among its keys',
    [...CONFIDENTIAL, 'jwks: { keys: [{ kty: EC, ▶d: AAAA }] }'],
    'jwks.keys[0].d',
    /unknown key/,
  ),
  ...['not JSON', '[]', '{"keys": {}}', '{"keys": ["a"]}'].map((json) => ({
    ...broken(
      'a jwks_file that holds no JWK set',
      [...CONFIDENTIAL, 'jwks_file: ▶keys.json'],
      'jwks_file',
      /no JWK set/,
    ),
    files: { 'keys.json': json },
  })),
  broken(
    'an override beyond the limit',
    [...CONFIDENTIAL, 'lifetimes: { access_token: ▶25h }'],
    'lifetimes.access_token',
    /1s to 24h/,
  ),
  broken(
    'an override that outlives the default',
    [...CONFIDENTIAL, 'lifetimes: { refresh_token: ▶31d }'],
    'lifetimes.refresh_token',
    /at most 30d/,
  ),
  broken(
    'an override that ends before the default',
    [...CONFIDENTIAL, 'lifetimes: ▶{ refresh_token_absolute: 1h }'],
    'lifetimes.refresh_token',
    /longer than refresh_token_absolute \(1h\)/,
  ),
  broken(
    'an override of what no client has',
    [...CONFIDENTIAL, 'lifetimes: { ▶session_idle: 1h }'],
    'lifetimes.session_idle',
    /unknown key/,
  ),
]

describe('a client whose keys contradict each other', () => {
  test('plain http is fine where our server asks a host that egress.allowed_hosts names, and nowhere else', () => {
    const lines = [
      ...CONFIDENTIAL,
      'jwks_uri: http://wiki.internal/jwks',
      'backchannel_logout_uri: http://wiki.internal:8080/out',
      'request_uris: ["http://10.0.0.7:81/r.jwt"]',
    ]
    const text = `egress: { allowed_hosts: [wiki.internal, "10.0.0.7:81"] }\n${withClient(...lines)}`
    const [client] = configOf(text).clients
    assert.equal(client?.metadata.backchannel_logout_uri, 'http://wiki.internal:8080/out')
    assert.deepEqual(client?.metadata.request_uris, ['http://10.0.0.7:81/r.jwt'])
    for (const [key, uri] of [
      ['jwks_uri', 'http://other.internal/jwks'],
      ['backchannel_logout_uri', 'http://10.0.0.7:82/'],
      ['client_uri', 'http://wiki.internal/'],
    ]) {
      const hosts = 'egress: { allowed_hosts: [wiki.internal, "10.0.0.7:81"] }'
      assertBroken({
        rule: `${key}`,
        text: `${hosts}\n${withClient(...CONFIDENTIAL, `${key}: ▶${uri}`)}`,
        path: `clients[0].${key}`,
        says: /plain http/,
      })
    }
  })

  for (const one of CLIENTS) test(`is reported: ${one.rule}`, () => assertBroken(one))

  test('[RFC7591 5] a name that people cannot read is reported', () => {
    for (const name of ['"\\u3164"', '"Wi\\u200bki"', '"Wi\\u202eki"']) {
      assertBroken({
        rule: 'client_name',
        text: withClient(...CONFIDENTIAL, `client_name: ▶${name}`),
        path: 'clients[0].client_name',
        says: /nobody sees|no character that people see/,
      })
    }
  })

  test('[RFC7523 3] private_key_jwt needs no secret, and may have one', () => {
    const keys = [PRIVATE_KEY_JWT, `jwks: { keys: [${jwk(ecPair())}] }`]
    assert.equal(configOf(withClient(ID ?? '', URIS ?? '', ...keys)).clients[0]?.sharedSecret, undefined)
    assert.equal(configOf(withClient(...CONFIDENTIAL, ...keys)).clients[0]?.sharedSecret, SECRET)
    configOf(withClient(ID ?? '', URIS ?? '', PRIVATE_KEY_JWT, 'jwks_uri: https://wiki.example/jwks'))
  })

  test('compares client_ids to the letter', () => {
    const config = configOf(`${withClient(...PUBLIC)}  - ${PUBLIC.join('\n    ').replace('app', 'App')}\n`)
    assert.deepEqual(
      config.clients.map(({ id }) => id),
      ['app', 'App'],
    )
  })
})

describe('what works but is likely not meant', () => {
  const warned = (lines: readonly string[], says: RegExp) => {
    const [warning, ...others] = warningsOf(withClient(...lines))
    assert.equal(others.length, 0)
    assert.match(`${warning?.path} ${warning?.message} ${warning?.suggestion}`, says)
  }
  test('a scope that is nearly a known one', () =>
    warned([...PUBLIC, 'scope: openid profil'], /scope profil .* profile$/))
  test('[OIDC Core 11] offline_access without refresh tokens', () =>
    warned([...PUBLIC, 'scope: openid offline_access'], /offline_access/))
  test('[OIDC Core 3.1.2.1] signing in without openid', () => warned([...PUBLIC, 'scope: profile'], /no ID token/))
  test('[OIDC Registration 2] an algorithm of assertions that it does not send', () =>
    warned([...CONFIDENTIAL, 'token_endpoint_auth_signing_alg: ES256'], /token_endpoint_auth_signing_alg does nothing/))
  test('a scope of an API is not', () =>
    assert.deepEqual(warningsOf(withClient(...PUBLIC, 'scope: openid orders:read')), []))
  test('hashing that OWASP calls weak', () => {
    const [warning] = warningsOf(`${ISSUER}password_hashing: { memory: 18MiB }`)
    assert.match(`${warning?.path} ${warning?.message} ${warning?.allowed}`, /memory is less than OWASP .* 19456KiB/)
    assert.deepEqual(warningsOf(`${ISSUER}password_hashing: { memory: 12MiB, iterations: 3 }`), [])
  })
})
