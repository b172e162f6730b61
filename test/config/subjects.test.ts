import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertBroken, configOf, SECRET, warningsOf, withClient } from './loading.ts'

const pairwise = (uris: string, ...more: readonly string[]) =>
  withClient(
    'client_id: wiki',
    `client_secret: ${SECRET}`,
    'subject_type: pairwise',
    `redirect_uris: [${uris}]`,
    ...more,
  )
const SECTOR = 'sector_identifier_uri: https://sector.example/list.json'

describe('[OIDC Core 8.1] a pairwise client', () => {
  test('of one host needs nothing else', () => {
    const [client] = configOf(pairwise('https://a.example/1, https://a.example/2')).clients
    assert.equal(client?.metadata.subject_type, 'pairwise')
    assert.deepEqual(warningsOf(pairwise('https://a.example/1')), [])
  })

  test('of several hosts names its sector', () => {
    assertBroken({
      rule: 'several hosts',
      text: pairwise('https://a.example/, https://b.example/').replace('- client_id', '- ▶client_id'),
      path: 'clients[0].sector_identifier_uri',
      says: /on several hosts \(a.example, b.example\)/,
    })
    assert.equal(configOf(pairwise('https://a.example/, https://b.example/', SECTOR)).clients.length, 1)
  })

  test('without a host, or on loopback, is a sector by itself', () => {
    for (const uri of ['"com.example.app:/cb"', 'http://127.0.0.1/cb'])
      assert.deepEqual(warningsOf(pairwise(uri, 'application_type: native')), [])
  })

  test('that signs nobody in needs no sector', () => {
    const job = withClient(
      ...['client_id: job', `client_secret: ${SECRET}`, 'subject_type: pairwise', 'grant_types: [client_credentials]'],
    )
    assert.deepEqual(warningsOf(job), [])
  })
})
