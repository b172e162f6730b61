/** What clients that come by themselves may have and may show. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isAllowedHost, shownMetadata, stillAllowedMetadata } from '../../src/protocol/registration-policy.ts'
import { aClient } from '../fixtures/client.ts'
import { assertRefused } from '../fixtures/refusals.ts'

describe('the hosts that are allowed', () => {
  const PATTERNS = ['wiki.example', '*.apps.example', '127.0.0.1']
  for (const host of ['wiki.example', 'a.apps.example', 'b.a.apps.example', '127.0.0.1']) {
    test(`${host} is`, () => assert.equal(isAllowedHost(host, PATTERNS), true))
  }
  for (const host of [
    'evil-wiki.example',
    'wiki.example.evil',
    'a.wiki.example',
    'apps.example',
    '.apps.example',
    'evilapps.example',
    'a.apps.example.evil',
    '127.0.0.11',
    '',
  ]) {
    test(`${JSON.stringify(host)} is not`, () => assert.equal(isAllowedHost(host, PATTERNS), false))
  }
})

describe('[RFC7591 5] a client that registered before the policy was made narrower', () => {
  const [kept, lost] = ['https://a.ours.example/cb', 'https://other.example/cb']
  const still = (redirect_uris: readonly string[], allowedRedirectHosts: readonly string[], front = lost) => {
    const { metadata } = aClient({
      metadata: { redirect_uris, post_logout_redirect_uris: [kept, lost], frontchannel_logout_uri: front },
    })
    return stillAllowedMetadata(metadata, { allowedScopes: ['openid', 'email'], allowedRedirectHosts })
  }

  test('keeps the redirect URIs, the logout URIs and the scopes that it may have', () => {
    const metadata = still([kept, lost], ['*.ours.example'])
    assert.deepEqual(
      [metadata.redirect_uris, metadata.post_logout_redirect_uris, metadata.frontchannel_logout_uri, metadata.scope],
      [[kept], [kept], undefined, ['openid', 'email']],
    )
    assert.equal(still([kept, lost], ['*.ours.example'], kept).frontchannel_logout_uri, kept)
  })
  test('with no redirect URI left it is refused', () => {
    assertRefused(() => still([lost], ['*.ours.example']), 'invalid_redirect_uri', /no host that may register here/)
  })
  test('one that never had any is not', () => {
    assert.deepEqual(still([], ['*.ours.example']).redirect_uris, [])
  })
  test('without a list it keeps all of them', () => {
    assert.deepEqual(still([kept, lost], []).redirect_uris, [kept, lost])
  })
})

describe('[OIDC Registration 9.1] what pages show of a client that nobody has checked', () => {
  interface Showing {
    readonly ownHosts?: string[]
    readonly showsLogo?: boolean
    readonly redirectUris?: string[]
  }
  const shown = (uri: string, { redirectUris = ['https://app.example/callback'], ...more }: Showing = {}) => {
    const uris = { client_uri: uri, policy_uri: uri, tos_uri: uri, logo_uri: uri, redirect_uris: redirectUris }
    const kept = shownMetadata(aClient({ metadata: uris }).metadata, { ownHosts: [], showsLogo: true, ...more })
    return [kept.client_uri, kept.policy_uri, kept.tos_uri, kept.logo_uri].filter((one) => one !== undefined).length
  }

  test('what is on a host that it redirects to', () => assert.equal(shown('https://app.example/x'), 4))
  test('nothing that is on the host of others', () => assert.equal(shown('https://bank.example/x'), 0))
  for (const redirectUris of [
    ['https://evil.example/cb', 'https://bank.example/x'],
    ['https://bank.example/x', 'com.evil.app:/cb'],
    ['com.evil.app://bank.example/cb'],
    ['http://127.0.0.1/cb', 'https://bank.example/x'],
    [],
  ]) {
    test(`nor of one that is not the host of all of ${JSON.stringify(redirectUris)}`, () => {
      assert.equal(shown('https://bank.example/x', { redirectUris }), 0)
      assert.equal(shown('https://docs.example/x', { redirectUris, ownHosts: ['docs.example'] }), 4)
    })
  }
  test('what is on the host of all that it redirects to', () => {
    assert.equal(
      shown('https://app.example/x', { redirectUris: ['https://app.example/1', 'https://app.example/2'] }),
      4,
    )
  })
  test('what is on another host of its own', () => {
    assert.equal(shown('https://docs.example/x', { ownHosts: ['docs.example'] }), 4)
  })
  test('no logo unless that is wanted', () => assert.equal(shown('https://app.example/x', { showsLogo: false }), 3))
})
