/** What of the configuration is remembered: all that matters, and no secret. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Entry, entriesOf, entryDigest } from '../../src/config/entry.ts'
import { configOf, SECRET, withClient } from './loading.ts'

const CLIENT = ['client_id: wiki', `client_secret: ${SECRET}`, 'redirect_uris: [https://wiki.example/cb]']
const entryOf = (...more: readonly string[]): Entry =>
  entriesOf(configOf(withClient(...CLIENT, ...more))).find(({ kind }) => kind === 'client')?.entry ?? {}

describe('entries of the configuration', () => {
  test('the rest of the file, each API, each client; every key with its default, null for what is not set', () => {
    const config = configOf(`${withClient(...CLIENT)}\napis: [{ audience: "https://orders.example" }]\n`)
    assert.deepEqual(
      entriesOf(config).map(({ kind, id }) => `${kind} ${id}`.trim()),
      ['installation', 'api https://orders.example', 'client wiki'],
    )
    const entry = entryOf()
    assert.equal(entry['lifetimes.access_token'], '5m')
    assert.equal(entry['backchannel_logout_uri'], null)
    assert.equal(entry['require_pkce'], true)
    assert.ok(Object.values(entry).every((value) => value !== undefined))
  })

  test('the digest is the same for the same entry, however the file says it, and another one for another', () => {
    assert.equal(
      entryDigest(entryOf()),
      entryDigest(entryOf('require_pkce: true', 'lifetimes: { access_token: 300s }')),
    )
    for (const other of [
      'require_pkce: false',
      'lifetimes: { access_token: 4m }',
      'client_name: Wiki',
      'first_party: true',
    ]) {
      assert.notEqual(entryDigest(entryOf()), entryDigest(entryOf(other)), other)
    }
  })

  test('another secret is seen; by so little of a digest that nobody finds it, and two apps with one secret differ', () => {
    const marks = [
      entryOf()['client_secret'],
      entriesOf(configOf(withClient('client_id: blog', ...CLIENT.slice(1))))[1]?.entry['client_secret'],
      entriesOf(configOf(withClient('client_id: wiki', `client_secret: ${SECRET}1`, ...CLIENT.slice(2))))[1]?.entry[
        'client_secret'
      ],
    ].map(String)
    assert.equal(new Set(marks).size, 3)
    for (const mark of marks) assert.match(mark, /^[\w-]{4}$/)
  })

  test('no secret is in them', () => {
    const canary = 'canary-0123456789abcdef0123456789abcdef'
    const config = configOf(`issuer: https://login.example.com
database: { url: "postgresql://user:${canary}@db.example/countersign?schema=sso&password=${canary}" }
keys: { sealing_key: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
notifications: { webhook_url: "https://hooks.example/in/${canary}?token=${canary}", webhook_secret: ${canary} }
registration: { enabled: true, initial_access_tokens: ["sha256:5FnxZ8JjRXqAkEvKRNuIOpEPiPTHdqXUJsJMzuWPrnE"] }
clients:
  - { client_id: wiki, client_secret: ${canary}, redirect_uris: ["https://wiki.example/cb"] }
`)
    const text = JSON.stringify(entriesOf(config))
    assert.doesNotMatch(text, /canary|0123456789abcdef|5FnxZ8JjRXqAkEvKRNuIOpEPiPTHdqXUJsJMzuWPrnE|user:/)
    assert.match(text, /"https:\/\/hooks\.example\/… \([\w-]{4}\)"/)
    assert.match(text, /postgresql:\/\/db\.example\/countersign\?schema=sso"/)
  })

  test('public keys by their names and a digest, whatever the order of their members', () => {
    const key =
      '{ kty: EC, crv: P-256, kid: one, x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0 }'
    const turned =
      '{ y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0, x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, kid: one, crv: P-256, kty: EC }'
    const [keys, same] = [key, turned].map((one) => entryOf(`jwks: { keys: [${one}] }`)['jwks'])
    assert.match(String(keys), /^one EC P-256 [\w-]{12}$/)
    assert.deepEqual(keys, same)
  })
})
