/** What of the configuration is remembered: all that matters, and no secret. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { entriesOf, entryDigest } from '../../src/config/entry.ts'
import type { Entry } from '../../src/config/entry-value.ts'
import type { SchemaNode } from '../../src/config/schema/kinds.ts'
import { CONFIG_SCHEMA } from '../../src/config/schema.ts'
import { CONFIDENTIAL, configOf, SECRET, withClient } from './loading.ts'
import { selfSigned } from './self-signed.ts'

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

describe('no key of the file is forgotten', () => {
  /** `listen.port`: everything that a value can be written for. */
  const leavesOf = ({ properties = {} }: SchemaNode, before = ''): readonly string[] =>
    Object.entries(properties).flatMap(([name, node]) =>
      // Keys that the operator names are of one leaf: `texts`.
      Object.keys(node.properties ?? {}).length > 0 && name !== 'texts'
        ? leavesOf(node, `${before}${name}.`)
        : [`${before}${name}`],
    )
  /** As the entry has it: what is read from a file, or given as its hash, is the same key. */
  const inEntry = (leaf: string, entry: Entry): string =>
    leaf in entry ? leaf : leaf.replace(/_file$|(_previous)?_hash$|(?<=^jwks)\.keys$/, '')

  test('each key of the rest of the file, when it is another one, makes another entry; and there is no other', () => {
    const installationOf = (text: string, files = {}): Entry =>
      entriesOf(configOf(text, { files })).find(({ kind }) => kind === 'installation')?.entry ?? {}
    const { certificate, key: privateKey } = selfSigned()
    const before = installationOf('issuer: https://sso.example\n')
    const after = installationOf(ALL_OTHER, {
      'certificate.pem': certificate,
      'key.pem': privateKey,
      'ca.pem': certificate,
      'logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    })
    // Mails leave by one way of three.
    const others = OTHER_WAYS_OF_MAILS.map((way) => installationOf(`issuer: http://127.0.0.1:8080\nmail: ${way}\n`))
    const changed = Object.keys(after).filter((key) =>
      [after, ...others].some((other) => JSON.stringify(before[key]) !== JSON.stringify(other[key])),
    )
    const leaves = leavesOf(CONFIG_SCHEMA).filter((leaf) => !['clients', 'apis', 'upstream'].includes(leaf))
    assert.deepEqual(changed.toSorted(), [...new Set(leaves.map((leaf) => inEntry(leaf, after)))].toSorted())
    assert.deepEqual(Object.keys(after), Object.keys(before))
    assert.doesNotMatch(JSON.stringify(after), /canary|BEGIN/)
  })

  test('each key of a client, of an API and of a provider is in its entry', () => {
    const provider = '{ id: work, name: Work, issuer: "https://id.example", client_id: c, client_secret: canary }'
    const config = configOf(
      `${withClient(...CONFIDENTIAL)}apis: [{ audience: "https://orders.example" }]\nupstream: [${provider}]\n`,
    )
    assert.doesNotMatch(JSON.stringify(entriesOf(config)), /canary/)
    for (const { kind, entry } of entriesOf(config)) {
      if (kind === 'installation') continue
      const schema = CONFIG_SCHEMA.properties?.[kind === 'upstream' ? kind : `${kind}s`]?.items ?? {}
      const name = { client: 'client_id', api: 'audience', upstream: 'id' }[kind]
      const leaves = leavesOf(schema)
        .filter((leaf) => leaf !== name)
        // Which claims there are is one value.
        .map((leaf) => leaf.replace(/^claims\..*/, 'claims'))
      assert.deepEqual(
        leaves.filter((leaf) => !(inEntry(leaf, entry) in entry)),
        [],
        kind,
      )
    }
  })
})

const OTHER_WAYS_OF_MAILS = [
  '{ from: login@example.com, folder: ./mails }',
  '{ from: login@example.com, console: true }',
]

/** Every key has another value than its default. */
const ALL_OTHER = `issuer: https://other.example
name: Other
brand:
  { colour: "#7a1fa2", colour_dark: "#d9a6f2", text_on_colour: "#fffffe", background: "#f4f0f7", background_dark: "#15101a", radius: 4,
    logo_file: logo.svg, logo_shows_name: true, support_uri: "mailto:help@other.example", policy_uri: "https://other.example/p", tos_uri: "https://other.example/t" }
languages: { default: de, offered: [en, de] }
texts: { de: { home.title: Hier } }
listen: { host: 0.0.0.0, port: 9000, shutdown_delay: 1s, tls: { certificate_file: certificate.pem, key_file: key.pem } }
trusted_proxies: [10.0.0.1]
database: { url: "postgresql://user:canary@db.example/c", max_connections: 3, connect_timeout: 1s, statement_timeout: 1s, busy_timeout: 1s }
keys:
  sealing_key: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  signing_algorithms: [RS256]
  encryption_algorithms: [ECDH-ES]
  rotate_every: 30d
  publish_before_use: 48h
  jwks_max_age: 2h
  rsa_bits: 3072
lifetimes:
  { authorization_code: 30s, access_token: 4m, id_token: 4m, refresh_token: 23h, refresh_token_absolute: 20d,
    refresh_retry_window: 5s, session_idle: 11h, session_absolute: 6d, interaction: 9m }
session_management: true
implicit_flow: true
passkeys: { enabled: false, rp_id: other.example, offer: false }
second_factor: { required: everyone, required_groups: [admins], remember_device: 7d, offer: false }
account: { editable: [locale], remove: false }
password_hashing: { memory: 20MiB, iterations: 3, parallelism: 2, concurrency: 3, queue: 63 }
passwords: { breach_check_url: "https://breaches.example/range/" }
throttling:
  enabled: false
  exempt_networks: [10.0.0.0/8]
  known_device: { attempts: 9, then_every: 59s }
  unknown_device: { attempts: 9, then_every: 59s }
  under_attack: { after: 49, attempts: 2, then_every: 14m }
  network: { attempts: 99, then_every: 19s }
  client_secrets: { attempts: 19, then_every: 9s }
  new_sign_ins: { attempts: 999, then_every: 199ms }
  client_requests_per_second: 50
egress: { allowed_hosts: [wiki.internal], timeout: 2s }
log: { level: warn }
refusals: { keep: 7d }
admin: { groups: [admins], max_age: 30m, actions: true }
audit: { keep: 90d, tokens: true, addresses: none }
metrics: { listen: { host: 127.0.0.2, port: 9465 }, token: canary-0123456789 }
tracing: { otlp_endpoint: "http://127.0.0.1:4318/v1/traces", sample_one_in: 3, headers: "Authorization: canary" }
registration:
  enabled: true
  open: true
  initial_access_tokens: ["sha256:5FnxZ8JjRXqAkEvKRNuIOpEPiPTHdqXUJsJMzuWPrnE"]
  allowed_redirect_hosts: [wiki.example]
  allowed_scopes: [openid]
  allowed_resources: ["https://orders.example"]
  allowed_grant_types: [authorization_code]
  max_clients: 9
  expires_after: 30d
  require_pkce: false
  show_logos: true
client_id_metadata_documents:
  { allowed_domains: [chat.example], allowed_scopes: [openid], allowed_resources: ["https://orders.example"] }
notifications: { webhook_url: "https://hooks.example/canary", webhook_secret: canary-0123456789abcdef0123456789abcdef }
mail:
  from: Login <login@other.example>
  reply_to: help@other.example
  tell_unknown: false
  smtp: { host: smtp.example, port: 588, tls: implicit, ca_file: ca.pem, user: login, password: canary, timeout: 9s }
recovery: { password: true }
sign_up: { mode: domains, allowed_domains: [other.example], groups: [members], username: email, name: required }
apis: [{ audience: "https://orders.example" }]
`
