/** Pairwise subjects: OpenID Connect Core §8 and §8.1. */
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import type { ClientMetadata, ClientSource } from '../../src/protocol/client.ts'
import { knownAs, redirectHosts, renamesPeople, sessionIdOf, subjectOf } from '../../src/protocol/subject.ts'
import { aClient } from '../fixtures/client.ts'

const KEY = createSecretKey(Buffer.alloc(32, 1))
const OTHER_KEY = createSecretKey(Buffer.alloc(32, 2))
const pairwise = (metadata: Partial<ClientMetadata> = {}) =>
  aClient({ metadata: { subject_type: 'pairwise', ...metadata } })
const at = (...redirect_uris: readonly string[]) => pairwise({ redirect_uris })

describe('[OpenID Connect Core 8] what a client calls people', () => {
  test('public: the account’s identifier', () => {
    assert.equal(subjectOf(aClient(), 'anna', KEY), 'anna')
    assert.deepEqual(knownAs(aClient(), { accountId: 'anna', sessionId: 's' }, KEY), { sub: 'anna', sid: 's' })
  })

  test('pairwise: the same each time, at most 255 ASCII characters', () => {
    const sub = subjectOf(pairwise(), 'anna', KEY)
    assert.equal(subjectOf(pairwise(), 'anna', KEY), sub)
    assert.match(sub, /^[A-Za-z0-9_-]{43}$/)
  })

  test('it stays what it is from version to version: an HMAC of the sector and the account', () =>
    assert.equal(subjectOf(pairwise(), 'anna', KEY), 'qBEI7ZqlI2BkaEnzkGURKY_7G1lC_HJHaH1Td5g21Kw'))

  test('[8.1] different for another account, sector or key, and for whoever knows no key', () => {
    const all = [
      subjectOf(pairwise(), 'anna', KEY),
      subjectOf(pairwise(), 'ben', KEY),
      subjectOf(at('https://other.example/callback'), 'anna', KEY),
      subjectOf(pairwise(), 'anna', OTHER_KEY),
      sessionIdOf(pairwise(), 'anna', KEY),
      'anna',
    ]
    assert.equal(new Set(all).size, all.length)
  })

  test('[8.1] the same for clients of one host, and of one sector_identifier_uri', () => {
    const sub = (client: ReturnType<typeof aClient>) => subjectOf(client, 'anna', KEY)
    assert.equal(sub(at('https://app.example:8443/a')), sub(at('https://app.example/b', 'https://APP.example/c')))
    const sector_identifier_uri = 'https://sector.example/list.json'
    const one = pairwise({ sector_identifier_uri, redirect_uris: ['https://a.example/', 'https://b.example/'] })
    assert.equal(sub(one), sub(pairwise({ sector_identifier_uri })))
    assert.notEqual(sub(one), sub(pairwise()))
  })

  test('[8.1] where no host stands for it, a client is a sector by itself', () => {
    const native = (id: string, uri: string) =>
      aClient({ id, metadata: { subject_type: 'pairwise', redirect_uris: [uri] } })
    for (const uri of ['com.example.app:/cb', 'http://127.0.0.1/cb', 'http://[::1]/cb', 'http://localhost:3000/cb']) {
      const subs = ['one', 'two'].map((id) => subjectOf(native(id, uri), 'anna', KEY))
      assert.equal(new Set([...subs, 'anna']).size, 3, uri)
      assert.equal(subjectOf(native('one', uri), 'anna', KEY), subs[0])
    }
    const foreign = subjectOf(native('one', 'com.evil.app://app.example/cb'), 'anna', KEY)
    assert.notEqual(foreign, subjectOf(at('https://app.example/'), 'anna', KEY), 'a scheme of its own proves no host')
    const several = at('https://a.example/', 'https://b.example/')
    assert.notEqual(subjectOf(several, 'anna', KEY), subjectOf(at('https://a.example/'), 'anna', KEY))
  })

  test('[8.1] a client that came by itself is one, too: whose host it writes down proves nothing', () => {
    const sub = (source: ClientSource, id: string, metadata: Partial<ClientMetadata> = {}) =>
      subjectOf(aClient({ id, source, metadata: { subject_type: 'pairwise', ...metadata } }), 'anna', KEY)
    const listed = { sector_identifier_uri: 'https://app.example/list.json' }
    const ofHost = sub('configuration', 'app')
    assert.equal(
      new Set([ofHost, sub('registration', 'one'), sub('registration', 'two'), sub('document', 'one')]).size,
      3,
    )
    assert.equal(sub('registration', 'one', listed), ofHost, 'the host has listed its redirect URIs')
    assert.equal(sub('document', 'one', listed), sub('document', 'one'), 'a document may say something else tomorrow')
  })

  test('[8.1] what would change the names of people', () => {
    const pairwiseAt = (sector_identifier_uri: string) => ({ subject_type: 'pairwise', sector_identifier_uri }) as const
    const [open, alone] = [{ subject_type: 'public' }, { subject_type: 'pairwise' }] as const
    const [one, other] = [pairwiseAt('https://a.example/1'), pairwiseAt('https://b.example/1')]
    for (const [before, after] of [
      [open, alone],
      [alone, open],
      [alone, one],
      [one, alone],
      [one, other],
    ] as const)
      assert.equal(renamesPeople(before, after), true)
    for (const [before, after] of [
      [open, open],
      [alone, alone],
      [one, pairwiseAt('https://a.example/2')],
    ] as const)
      assert.equal(renamesPeople(before, after), false)
    assert.equal(renamesPeople(open, { ...one, subject_type: 'public' }), false)
  })

  test('a session has another identifier in each sector', () => {
    const sid = sessionIdOf(pairwise(), 'session', KEY)
    assert.equal(knownAs(pairwise(), { accountId: 'anna', sessionId: 'session' }, KEY).sid, sid)
    assert.notEqual(sessionIdOf(at('https://other.example/'), 'session', KEY), sid)
    assert.notEqual(sid, 'session')
  })
})

test('[OpenID Connect Core 8.1] the hosts of redirect URIs', () => {
  assert.deepEqual(redirectHosts(['https://a.example/1', 'https://a.example:8443/2']), ['a.example'])
  assert.deepEqual(redirectHosts(['https://a.example/', 'com.example.app:/cb']), ['a.example', ''])
  assert.deepEqual(redirectHosts(['com.evil.app://a.example/cb']), [''])
})
