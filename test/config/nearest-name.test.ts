import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestName } from '../../src/config/nearest-name.ts'

const NAMES = ['redirect_uris', 'client_id', 'client_uri', 'scope', 'none']

for (const [written, nearest] of [
  ['redirect_uri', 'redirect_uris'],
  ['redirectUris', 'redirect_uris'],
  ['REDIRECT-URIS', 'redirect_uris'],
  ['rediret_urls', 'redirect_uris'],
  ['cleint_id', 'client_id'],
  ['clientid', 'client_id'],
  ['scpoe', 'scope'],
  ['scopes', 'scope'],
  ['non', 'none'],
  ['audience', undefined],
  ['x', undefined],
  ['', undefined],
  ['scope'.repeat(100), undefined],
] as const) {
  test(`${written.slice(0, 20) || 'nothing'} → ${nearest ?? 'nothing'}`, () => {
    assert.equal(nearestName(written, NAMES), nearest)
  })
}
