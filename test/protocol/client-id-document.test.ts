/** What a client_id that is an address must look like, and what the document there must say. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, MINUTE } from '../../src/base/duration.ts'
import { documentLifetime, isClientIdUrl, readClientIdDocument } from '../../src/protocol/client-id-document.ts'
import { OAuthError } from '../../src/protocol/oauth-error.ts'

const DOMAINS = ['example.com', '*.apps.example', 'dev.example:8443']
const ID = 'https://example.com/client.json'
const GOOD = { client_id: ID, client_name: 'Tool', redirect_uris: ['https://example.com/callback'] }
const TERMS = { allowedScopes: ['openid', 'email'], signingAlgorithms: ['RS256' as const], encryptionAlgorithms: [] }

describe('[CIMD 3] the client_id', () => {
  for (const id of [
    ID,
    'https://a.apps.example/client',
    'https://a.b.apps.example/client',
    'https://dev.example:8443/c',
    'https://example.com/a/b?c=d',
  ]) {
    test(`${id} is one`, () => assert.equal(isClientIdUrl(id, DOMAINS), true))
  }

  for (const [what, id] of [
    ['a name', 'wiki'],
    ['http', 'http://example.com/client.json'],
    ['no path', 'https://example.com'],
    ['no path but a slash', 'https://example.com/'],
    ['a fragment', `${ID}#x`],
    ['an empty fragment', `${ID}#`],
    ['a user', 'https://user@example.com/client.json'],
    ['a user and a password', 'https://user:password@example.com/client.json'],
    ['another host behind a user', 'https://example.com@evil.example/client.json'],
    ['a dot segment', 'https://example.com/./client.json'],
    ['a double-dot segment', 'https://example.com/a/../client.json'],
    ['an encoded double-dot segment', 'https://example.com/a/%2e%2E/client.json'],
    ['a backslash', 'https://example.com\\client.json'],
    ['a host in capitals', 'https://EXAMPLE.com/client.json'],
    ['the default port', 'https://example.com:443/client.json'],
    ['another port', 'https://example.com:8443/client.json'],
    ['no port where one is listed', 'https://dev.example/c'],
    ['a host that ends alike', 'https://evil-example.com/client.json'],
    ['a host that begins alike', 'https://example.com.evil/client.json'],
    ['a host below the one that is listed', 'https://www.example.com/client.json'],
    ['the domain of a pattern itself', 'https://apps.example/client.json'],
    ['a host that ends like a pattern', 'https://evilapps.example/client.json'],
    ['a host with a dot at its end', 'https://example.com./client.json'],
    ['white space', 'https://example.com/client .json'],
  ] as const) {
    test(`${what}: not one`, () => assert.equal(isClientIdUrl(id, DOMAINS), false))
  }

  test('without a list there is none', () => assert.equal(isClientIdUrl(ID, []), false))
})

describe('[CIMD 4] the document', () => {
  const read = (document: unknown) => readClientIdDocument(ID, JSON.stringify(document), TERMS)

  test('is metadata of a public client unless it says otherwise', () => {
    const metadata = read(GOOD)
    assert.equal(metadata.token_endpoint_auth_method, 'none')
    assert.deepEqual(metadata.scope, TERMS.allowedScopes)
    assert.deepEqual(metadata.grant_types, ['authorization_code'])
    assert.equal(metadata.client_name, 'Tool')
  })

  test('scopes and grant types that it may not have are left out', () => {
    const metadata = read({ ...GOOD, scope: 'openid admin', grant_types: ['authorization_code', 'urn:example:x'] })
    assert.deepEqual([metadata.scope, metadata.grant_types], [['openid'], ['authorization_code']])
  })

  for (const [what, document] of [
    ['a list', [GOOD]],
    ['no client_id', { ...GOOD, client_id: undefined }],
    ['another client_id', { ...GOOD, client_id: 'https://example.com/other.json' }],
    ['a client_id that is nearly its own', { ...GOOD, client_id: `${ID}/` }],
    ['a secret', { ...GOOD, client_secret: 'x' }],
    ['the end of a secret', { ...GOOD, client_secret_expires_at: 0 }],
    ['an authentication by secret', { ...GOOD, token_endpoint_auth_method: 'client_secret_basic' }],
    ['another authentication by secret', { ...GOOD, token_endpoint_auth_method: 'client_secret_post' }],
    ['a JWT of a secret', { ...GOOD, token_endpoint_auth_method: 'client_secret_jwt' }],
    ['ID tokens signed with a secret', { ...GOOD, id_token_signed_response_alg: 'HS256' }],
    ['no redirect URI', { ...GOOD, redirect_uris: undefined }],
    ['a redirect URI of http', { ...GOOD, redirect_uris: ['http://example.com/'] }],
    ['a private key', { ...GOOD, jwks: { keys: [{ kty: 'EC', d: 'x' }] } }],
    ['a scope that nobody may have', { ...GOOD, scope: 'admin' }],
  ] as const) {
    test(`with ${what} it is refused`, () => assert.throws(() => read(document), OAuthError))
  }

  test('that is no JSON is refused', () => assert.throws(() => readClientIdDocument(ID, '{', TERMS), OAuthError))
})

describe('[CIMD 5.2] how long a document is good', () => {
  for (const [header, expected] of [
    [null, 5 * MINUTE],
    ['public', 5 * MINUTE],
    ['public, max-age=3600', 60 * MINUTE],
    ['Max-Age="600"', 10 * MINUTE],
    ['max-age=1', MINUTE],
    ['max-age=31536000', DAY],
    ['no-store', MINUTE],
    ['no-cache, max-age=3600', MINUTE],
    ['max-age=-1', 5 * MINUTE],
  ] as const) {
    test(`Cache-Control: ${header}`, () => assert.equal(documentLifetime(header), expected))
  }
})
