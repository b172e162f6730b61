/** The entries of `upstream`: each fault in its place, and no secret in any of them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configOf, faultsOf } from './loading.ts'

const ISSUER = 'issuer: https://login.example.com\n'
const FINE = {
  id: 'work',
  name: 'Work',
  issuer: 'https://id.example.com',
  client_id: 'us',
  client_secret: 'canary',
}
const withEntries = (...entries: readonly object[]): string => `${ISSUER}upstream: ${JSON.stringify(entries)}\n`

describe('upstream providers in the configuration', () => {
  test('one with its defaults', () => {
    const [provider] = configOf(withEntries(FINE)).upstream
    assert.deepEqual(provider, {
      ...{ id: 'work', name: 'Work', logoUri: undefined, issuer: 'https://id.example.com', clientId: 'us' },
      ...{ clientSecret: 'canary', authentication: 'client_secret_basic', scope: 'openid profile email' },
      ...{ prompt: undefined, signUp: 'nobody', allowedDomains: [], require: [], allowedGroups: [] },
      claims: { name: 'name', given_name: 'given_name', family_name: 'family_name', email: 'email' },
      ...{ trustsEmail: false, trustsAmr: false, trustedAcrs: [], needsAuthTime: true },
    })
  })

  test('the secret may be in a file', () => {
    const { client_secret: _, ...rest } = FINE
    const text = withEntries({ ...rest, client_secret_file: 'secret.txt' })
    assert.equal(configOf(text, { files: { 'secret.txt': 'canary\n' } }).upstream[0]?.clientSecret, 'canary')
  })

  for (const [title, entry, path, words] of [
    ['an id that is no path', { id: 'Work!' }, 'upstream[0].id', /small letters/],
    ['plain http elsewhere', { issuer: 'http://id.example.com' }, 'upstream[0].issuer', /plain http/],
    ['a query', { issuer: 'https://id.example.com?a=b' }, 'upstream[0].issuer', /query/],
    [
      'the pattern of many issuers',
      { issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' },
      'upstream[0].issuer',
      /pattern of many issuers/,
    ],
    ['ourselves', { issuer: 'https://login.example.com' }, 'upstream[0].issuer', /our own/],
    ['no secret', { client_secret: undefined }, 'upstream[0].client_secret', /is missing/],
    ['a secret for nothing', { token_endpoint_auth_method: 'none' }, 'upstream[0].client_secret', /does nothing/],
    ['no openid', { scope: 'email' }, 'upstream[0].scope', /openid/],
    ['groups without saying which', { claims: { groups: 'roles' } }, 'upstream[0].claims.groups', /takes nothing/],
    ['groups without a claim', { allowed_groups: ['a'] }, 'upstream[0].allowed_groups', /does nothing/],
    [
      'domains where nobody signs up',
      { allowed_domains: ['a.example'] },
      'upstream[0].allowed_domains',
      /does nothing/,
    ],
    [
      'no domain',
      { sign_up: 'everyone', allowed_domains: ['@a.example'] },
      'upstream[0].allowed_domains[0]',
      /is no domain/,
    ],
    ['a claim that no account has', { claims: { sub: 'sub' } }, 'upstream[0].claims.sub', /unknown key/],
  ] as const) {
    test(`a fault: ${title}`, () => {
      const faults = faultsOf(withEntries({ ...FINE, ...entry }))
      assert.deepEqual(
        faults.map((fault) => fault.path),
        [path],
      )
      assert.match(JSON.stringify(faults), words)
      assert.doesNotMatch(JSON.stringify(faults), /canary/)
    })
  }

  test('two of one id, or of one issuer', () => {
    const faults = faultsOf(withEntries(FINE, FINE))
    assert.deepEqual(
      faults.map((fault) => fault.path),
      ['upstream[1].id', 'upstream[1].issuer'],
    )
  })
})
