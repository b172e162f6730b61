/** Which apps have seen the next key: what counts as an app, and what each of them needs. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, HOUR, MINUTE } from '../../src/base/duration.ts'
import { keyUsers, outlooks } from '../../src/keys/key-users.ts'
import type { Client } from '../../src/protocol/client.ts'
import type { ClientAddress, StoredSigningKey } from '../../src/storage/storage.ts'
import { aClient } from '../fixtures/client.ts'
import { START } from '../fixtures/clock.ts'
import { aPolicy } from '../fixtures/signing-keys.ts'
import { aFetch } from '../storage/jwks-fetches.ts'
import { aSigningKey } from '../storage/records.ts'

const NOW = START + 100 * DAY
const wiki = aClient({ id: 'wiki', metadata: { redirect_uris: ['https://wiki.example/callback'] } })
const crm = aClient({ id: 'crm', metadata: { id_token_signed_response_alg: 'ES256' } })
const api = aClient({ id: 'api', metadata: { response_types: [], grant_types: [], redirect_uris: [] } })

const regular = (id: string, different: Parameters<typeof aFetch>[1] = {}) =>
  aFetch(id, { firstSeenAt: NOW - 10 * DAY, lastSeenAt: NOW - HOUR, ...different })

const at = (clientId: string, address: string, lastSeenAt = NOW - MINUTE): ClientAddress => ({
  ...{ clientId, address, firstSeenAt: START, lastSeenAt },
})

const usersOf = (sightings: Partial<Parameters<typeof keyUsers>[0]>, clients: readonly Client[] = [wiki, crm, api]) =>
  keyUsers({ fetches: [], addresses: [], ...sightings }, clients, NOW)

describe('who counts as an app that fetches keys', () => {
  test('whoever came back after an hour; who came once is counted apart', () => {
    const once = aFetch('scanner', { firstSeenAt: NOW - DAY, lastSeenAt: NOW - DAY + HOUR - 1 })
    const { users, cameOnce } = usersOf({ fetches: [regular('a'), once] })
    assert.deepEqual([users.length, cameOnce], [1, 1])
  })

  test('a client of the file that authenticates from there, from its first fetch on', () => {
    const first = aFetch('x', { firstSeenAt: NOW, lastSeenAt: NOW })
    assert.deepEqual(usersOf({ fetches: [first], addresses: [at('wiki', '10.0.3.7')] }).users[0]?.clientIds, ['wiki'])
    assert.equal(usersOf({ fetches: [first], addresses: [at('gone', '10.0.3.7')] }).users.length, 0)
  })

  test('behind one address it may be any of the clients there', () => {
    const addresses = [at('wiki', '10.0.3.7'), at('crm', '10.0.3.7')]
    assert.deepEqual(usersOf({ fetches: [regular('x')], addresses }).users[0]?.clientIds, ['crm', 'wiki'])
  })

  test('a page is the client whose sign-ins return to its origin', () => {
    const page = aFetch('x', { origin: 'https://wiki.example', address: '', firstSeenAt: NOW, lastSeenAt: NOW })
    assert.deepEqual(usersOf({ fetches: [page] }).users[0]?.clientIds, ['wiki'])
    assert.equal(usersOf({ fetches: [{ ...page, origin: 'https://evil.example' }] }).cameOnce, 1)
  })

  test('nobody who was not heard of for 30 days', () => {
    assert.equal(usersOf({ fetches: [regular('x', { lastSeenAt: NOW - 30 * DAY - 1 })] }).users.length, 0)
  })

  test('an address that a client has left, a day after; but one that it still uses though it does not fetch there', () => {
    const old = regular('old', { address: '10.0.0.1', lastSeenAt: NOW - 3 * DAY })
    const fresh = regular('new', { address: '10.0.0.2' })
    const fetches = [old, fresh]
    const left = [at('wiki', '10.0.0.1', NOW - 3 * DAY), at('wiki', '10.0.0.2')]
    assert.deepEqual(
      usersOf({ fetches, addresses: left }).users.map(({ address }) => address),
      ['10.0.0.2'],
    )
    const both = [at('wiki', '10.0.0.1', NOW - HOUR), at('wiki', '10.0.0.2')]
    assert.equal(usersOf({ fetches, addresses: both }).users.length, 2)
    const others = [at('wiki', '10.0.0.1', NOW - 3 * DAY), at('crm', '10.0.0.2')]
    assert.equal(usersOf({ fetches, addresses: others }).users.length, 2)
  })
})

describe('who has seen the next key', () => {
  const key = (kid: string, different: Partial<StoredSigningKey>): StoredSigningKey => aSigningKey(kid, different)
  const keys = (['RS256', 'ES256'] as const).flatMap((algorithm) => [
    key(`${algorithm}-now`, { algorithm, state: 'current', publishedAt: START, activatedAt: START }),
    key(`${algorithm}-next`, { algorithm, state: 'next', publishedAt: NOW - 2 * DAY, activatedAt: undefined }),
  ])
  const policy = aPolicy({ algorithms: ['RS256', 'ES256', 'ECDH-ES'] })
  const clients = [wiki, crm, api]
  const look = (sightings: Parameters<typeof usersOf>[0]) =>
    outlooks(keys, policy, { users: usersOf(sightings).users, clients, now: NOW })
  const seen = ['RS256-next', 'ES256-next']

  test('those whose last set had it, and no others', () => {
    const fetches = [regular('a', { kids: seen }), regular('b', { kids: ['RS256-now', 'ES256-now'] })]
    const [rsa] = look({ fetches })
    assert.deepEqual([rsa?.algorithm, rsa?.users.length, rsa?.unaware.length], ['RS256', 2, 1])
    assert.equal(rsa?.dueAt, NOW - 2 * DAY + policy.publishBeforeUse)
  })

  test('a client counts for the algorithms that it checks; an API and a stranger for all', () => {
    const behind = (clientId: string) =>
      look({ fetches: [regular('x', { kids: [] })], addresses: [at(clientId, '10.0.3.7')] }).map(
        ({ unaware, algorithm }) => (unaware.length > 0 ? algorithm : '-'),
      )
    assert.deepEqual(behind('wiki'), ['RS256', '-'])
    assert.deepEqual(behind('crm'), ['-', 'ES256'])
    assert.deepEqual(behind('api'), ['RS256', 'ES256'])
    assert.deepEqual(behind('nobody'), ['RS256', 'ES256'])
  })

  test('an algorithm without a next key has no line, nor has one that others encrypt with', () => {
    const none = outlooks(keys.slice(0, 1), policy, { users: [], clients, now: NOW })
    assert.deepEqual(none, [])
  })
})
