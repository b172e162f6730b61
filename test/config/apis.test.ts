import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MINUTE } from '../../src/base/duration.ts'
import { assertBroken, type Broken, configOf, SECRET, warningsOf } from './loading.ts'

/** A file with these APIs and, below them, these clients; each a list of lines. */
function fileOf(apis: readonly (readonly string[])[], clients: readonly (readonly string[])[] = []): string {
  const list = (items: readonly (readonly string[])[]) =>
    items.length === 0 ? ' []' : `\n${items.map((lines) => `  - ${lines.join('\n    ')}`).join('\n')}`
  return `issuer: https://sso.example\napis:${list(apis)}\nclients:${list(clients)}\n`
}

const JOB = ['client_id: job', 'grant_types: [client_credentials]', `client_secret: ${SECRET}`]
const SPA = ['client_id: spa', 'redirect_uris: [https://spa.example/cb]', 'token_endpoint_auth_method: none']

describe('an API', () => {
  test('needs an audience alone', () => {
    assert.deepEqual(configOf(fileOf([['audience: orders']])).apis, [
      {
        audience: 'orders',
        name: 'orders',
        scopes: [],
        accessTokenType: 'at+jwt',
        accessTokenAlgorithm: undefined,
        accessTokenLifetime: undefined,
        introspectionClient: undefined,
      },
    ])
  })

  test('arrives with everything that the file says', () => {
    const lines = [
      'audience: https://orders.example',
      'name: Orders',
      'scopes: [orders:read, orders:write]',
      'access_token_typ: JWT',
      'access_token_signed_response_alg: RS256',
      'introspection_client: job',
      'lifetimes: { access_token: 2m }',
    ]
    assert.deepEqual(configOf(fileOf([lines], [JOB])).apis, [
      {
        audience: 'https://orders.example',
        name: 'Orders',
        scopes: ['orders:read', 'orders:write'],
        accessTokenType: 'JWT',
        accessTokenAlgorithm: 'RS256',
        accessTokenLifetime: 2 * MINUTE,
        introspectionClient: 'job',
      },
    ])
  })
})

const BROKEN: readonly Broken[] = [
  {
    rule: '[RFC8707 2] a fragment in its audience',
    text: fileOf([['audience: ▶"https://a.example/#x"']]),
    path: 'apis[0].audience',
    says: /without a fragment/,
  },
  {
    rule: 'a space in its audience',
    text: fileOf([['audience: ▶my api']]),
    path: 'apis[0].audience',
    says: /without spaces/,
  },
  {
    rule: 'the audience of another one',
    text: fileOf([['audience: a'], ['audience: b'], ['audience: ▶a']]),
    path: 'apis[2].audience',
    says: /audience of apis\[0\], too/,
  },
  {
    rule: 'the issuer as its audience',
    text: fileOf([['audience: ▶https://sso.example']]),
    path: 'apis[0].audience',
    says: /audience of userinfo/,
  },
  {
    rule: '[RFC9068 5] a client_id as the audience of tokens with the typ JWT',
    text: fileOf([['audience: ▶job', 'access_token_typ: JWT']], [JOB]),
    path: 'apis[0].audience',
    says: /look like its ID tokens/,
  },
  {
    rule: '[RFC7662 2.1] a public client that introspects for it',
    text: fileOf([['audience: a', 'introspection_client: ▶spa']], [SPA]),
    path: 'apis[0].introspection_client',
    says: /cannot prove/,
  },
  {
    rule: '[RFC6749 3.3] a scope with a space',
    text: fileOf([['audience: a', 'scopes: [▶"a b"]']]),
    path: 'apis[0].scopes[0]',
    says: /one scope/,
  },
  {
    rule: 'a typ that is none',
    text: fileOf([['audience: a', 'access_token_typ: ▶jwt']]),
    path: 'apis[0].access_token_typ',
    says: /at\+jwt, JWT/,
  },
  {
    rule: 'an algorithm that there is no key for',
    text: fileOf([['audience: a', 'access_token_signed_response_alg: ▶PS256']]),
    path: 'apis[0].access_token_signed_response_alg',
    says: /no keys for PS256.*\n.*add PS256/s,
  },
]

describe('an API whose keys contradict something', () => {
  for (const one of BROKEN) test(`is reported: ${one.rule}`, () => assertBroken(one))

  test('a client_id as audience is fine where tokens have the typ at+jwt', () =>
    assert.deepEqual(warningsOf(fileOf([['audience: job']], [JOB])), []))
})

describe('what works but is likely not meant', () => {
  const warned = (text: string, says: RegExp) =>
    assert.match(
      warningsOf(text)
        .map(({ path, message, suggestion }) => `${path} ${message} ${suggestion}`)
        .join('\n'),
      says,
    )
  const job = (...more: readonly string[]) => [...JOB, 'access_token_audience: [a, b]', ...more]

  test('an introspecting client that is not in the file', () =>
    warned(
      fileOf([['audience: a', 'introspection_client: jop']], [JOB]),
      /^apis\[0\].introspection_client is no client .* job$/,
    ))

  test('APIs of one client that contradict each other', () => {
    const apis = [['audience: a', 'access_token_typ: JWT'], ['audience: b']]
    warned(fileOf(apis, [job()]), /^clients\[0\].access_token_audience .* in access_token_typ/)
    const algorithms = [['audience: a', 'access_token_signed_response_alg: RS256'], ['audience: b']]
    warned(fileOf(algorithms, [job()]), /^clients\[0\].access_token_audience .* in access_token_signed_response_alg/)
    assert.deepEqual(warningsOf(fileOf(algorithms, [job('access_token_signed_response_alg: RS256')])), [])
  })

  test('a scope that no API of the client declares, where all of them are declared', () => {
    const apis = [['audience: a', 'scopes: [orders:read]'], ['audience: b']]
    warned(fileOf(apis, [job('scope: orders:reed')]), /^clients\[0\].scope orders:reed is .* orders:read$/)
    assert.deepEqual(warningsOf(fileOf(apis, [job('scope: orders:read')])), [])
    assert.deepEqual(warningsOf(fileOf(apis.slice(0, 1), [job('scope: whatever')])), [])
  })
})
