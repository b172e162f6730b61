/** The doctor's checks, each with what makes it speak and what does not. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, HOUR, SECOND } from '../../../src/base/duration.ts'
import type { TlsFacts } from '../../../src/cli/doctor/ask.ts'
import { checkCertificate } from '../../../src/cli/doctor/certificate.ts'
import { checkClientUrls } from '../../../src/cli/doctor/client-urls.ts'
import { type ClientUseInput, checkClientUse } from '../../../src/cli/doctor/client-use.ts'
import { checkClients } from '../../../src/cli/doctor/clients.ts'
import { checkClock } from '../../../src/cli/doctor/clock.ts'
import { checkDatabase } from '../../../src/cli/doctor/database.ts'
import { checkDisk } from '../../../src/cli/doctor/disk.ts'
import { checkKeys, type KeysInput } from '../../../src/cli/doctor/keys.ts'
import { checkMemory } from '../../../src/cli/doctor/memory.ts'
import { EgressError } from '../../../src/egress/egress.ts'
import { deriveKey, seal } from '../../../src/keys/sealing.ts'
import type { Client } from '../../../src/protocol/client.ts'
import { type ClientUse, type DatabaseFacts, DatabaseUnavailable } from '../../../src/storage/storage.ts'
import { aClient, aPublicClient } from '../../fixtures/client.ts'
import { START } from '../../fixtures/clock.ts'
import { fakeRandom } from '../../fixtures/random.ts'
import { aPolicy, aSealingKey } from '../../fixtures/signing-keys.ts'
import { aSigningKey } from '../../storage/records.ts'
import { inWords, levels } from './judged.ts'

const NOW = START + 100 * DAY

describe('the certificate', () => {
  const look = (different: Partial<TlsFacts>, issuer = 'https://login.example') =>
    checkCertificate(
      { issuer },
      {
        now: NOW,
        tls: {
          ...{ protocol: 'TLSv1.3', fault: undefined, isForHost: true, names: 'DNS:login.example' },
          ...{ expiresAt: NOW + 60 * DAY, issuer: 'Some CA', fingerprint: 'AA' },
          ...different,
        },
      },
    )

  test('a good one says for how long', () => {
    assert.deepEqual(inWords(look({})), ['fine: TLSv1.3, signed by Some CA, for 60 days yet'])
    assert.equal(levels(checkCertificate({ issuer: 'http://127.0.0.1:1' }, { tls: undefined, now: NOW })), 'fine')
    assert.equal(levels(checkCertificate({ issuer: 'https://a.example' }, { tls: undefined, now: NOW })), 'unknown')
  })

  for (const [what, different, expected] of [
    ['three weeks left', { expiresAt: NOW + 21 * DAY }, /^warning: the certificate ends in 21 days/],
    ['a week left', { expiresAt: NOW + 7 * DAY }, /^problem: the certificate ends in 7 days/],
    ['it is over', { expiresAt: NOW - DAY, fault: 'CERT_HAS_EXPIRED' }, /^problem: the certificate ended 1 day ago/],
    [
      'another host',
      { isForHost: false, fault: 'ERR_TLS_CERT_ALTNAME_INVALID', names: 'DNS:other.example' },
      /is for DNS:other\.example, not for login\.example/,
    ],
    ['half a chain', { fault: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, /without the ones between.*fullchain\.pem/],
    ['signed by itself', { fault: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, /does not know.*NODE_EXTRA_CA_CERTS/],
    ['anything else', { fault: 'CERT_REVOKED' }, /not believed here \(CERT_REVOKED\)/],
  ] as const) {
    test(what, () => {
      const told = inWords(look(different))
      assert.equal(told.length, 1)
      assert.match(told[0] ?? '', expected)
    })
  }
})

describe('the clock', () => {
  const look = (apart: number) => checkClock({ 'the public URL': { there: NOW + apart, here: NOW }, none: undefined })

  test('seconds apart is fine, more is told, more than what is allowed for is a problem', () => {
    assert.equal(levels(look(5 * SECOND)), 'fine')
    assert.match(inWords(look(-6 * SECOND))[0] ?? '', /^warning: that of the public URL is 6 s behind this machine’s/)
    assert.match(inWords(look(61 * SECOND))[0] ?? '', /^problem: that of the public URL is 61 s ahead of/)
    assert.equal(levels(checkClock({ none: undefined })), 'unknown')
  })
})

describe('the database', () => {
  const facts: DatabaseFacts = {
    ...{ kind: 'postgresql', version: '17.1', time: NOW },
    ...{ missingMigrations: [], unknownMigrations: [], unsafeSettings: [] },
  }
  const look = (different: Partial<DatabaseFacts> = {}, each = 1) => {
    let now = 0
    const ping = async () => {
      now += each
    }
    return checkDatabase({ ping, describe: async () => ({ ...facts, ...different }) }, { now: () => now })
  }

  test('it is near and up to date', async () => {
    assert.deepEqual(inWords(await look()), [
      'fine: PostgreSQL 17.1 answers in 1.0 ms (median of 9)',
      'fine: every migration is applied',
    ])
  })

  test('it is far away, old, new, or forgets', async () => {
    assert.match(inWords(await look({}, 21))[0] ?? '', /^warning: .*21 ms.*put it nearer/)
    assert.match(inWords(await look({ missingMigrations: ['x'] }))[1] ?? '', /^warning: .*missing: x/)
    assert.match(inWords(await look({ unknownMigrations: ['y'] }))[1] ?? '', /^problem: a newer Countersign.*y/)
    assert.match(inWords(await look({ unsafeSettings: ['fsync=off'] }))[2] ?? '', /^problem: .*fsync=off/)
  })

  test('it is away, or did not open', async () => {
    const away = () => Promise.reject(new DatabaseUnavailable('gone', { retryAfterSeconds: 1 }))
    const found = await checkDatabase({ ping: away, describe: away as never }, { now: () => 0 })
    assert.match(inWords(found)[0] ?? '', /^problem: the database does not answer: gone/)
    const empty = () => Promise.reject(new Error('relation "_prisma_migrations" does not exist'))
    const made = await checkDatabase({ ping: away, describe: empty as never }, { now: () => 0 })
    assert.match(inWords(made)[0] ?? '', /^warning: the database has no tables of Countersign yet/)
    assert.match(inWords(await checkDatabase('cannot open x', { now: () => 0 }))[0] ?? '', /^problem: cannot open x/)
  })
})

describe('the keys', () => {
  const sealingKey = aSealingKey()
  const sealed = (kid: string, by = sealingKey.bytes) =>
    seal(deriveKey(by, 'signing-keys'), '{}', { kid, random: fakeRandom() })
  const keys = (activatedAt: number) => [
    aSigningKey('now', { state: 'current', activatedAt, publishedAt: START, sealedPrivateJwk: sealed('now') }),
    aSigningKey('next', { state: 'next', publishedAt: START, sealedPrivateJwk: sealed('next') }),
  ]
  const policy = aPolicy({ algorithms: ['RS256'], rotateEvery: 90 * DAY, publishBeforeUse: DAY })
  const look = (different: Partial<KeysInput>) =>
    checkKeys({ ...{ keys: keys(NOW - 80 * DAY), sealingKey, policy, outlooks: [], now: NOW }, ...different })

  test('they open, and it says how old they are and when the next one takes over', () => {
    assert.deepEqual(inWords(look({})), [
      'fine: the sealing key opens all 2 private keys',
      'fine: RS256: in use for 80d, the next one takes over in 10d',
    ])
  })

  test('another sealing key, a missing one, a rotation that nobody did, no next key, none at all', () => {
    assert.match(inWords(look({ sealingKey: aSealingKey(2) }))[0] ?? '', /^problem: .*is not the one/)
    assert.match(inWords(look({ sealingKey: 'it is missing' }))[0] ?? '', /^problem: it is missing$/)
    assert.match(inWords(look({ keys: keys(NOW - 92 * DAY) }))[1] ?? '', /^problem: .*should have taken over 2d ago/)
    assert.match(inWords(look({ keys: keys(START).slice(0, 1) }))[1] ?? '', /^warning: .*no next one/)
    assert.match(inWords(look({ keys: [] }))[0] ?? '', /^warning: there are no signing keys yet/)
    assert.equal(levels(look({ keys: undefined })), 'unknown')
    assert.match(inWords(look({ policy: { ...policy, rotateEvery: 400 * DAY } })).join(), /a key signs for 400d/)
  })

  test('apps that have not seen the next key are named when it is near', () => {
    const user = {
      ...{ clientIds: ['wiki'], address: '10.0.3.7', userAgent: 'Go', origin: '', kids: [] },
      lastSeenAt: NOW - 3 * DAY,
    }
    const outlook = {
      ...{ algorithm: 'RS256' as const, next: aSigningKey('next'), users: [user], unaware: [user] },
      dueAt: NOW + 6 * DAY,
    }
    const told = inWords(look({ outlooks: [outlook] }))
    assert.match(
      told[2] ?? '',
      /^warning: RS256: 1 of 1 apps.*wiki \(10\.0\.3\.7, Go\), last fetch 3d ago → In 6d it signs/,
    )
    assert.equal(look({ outlooks: [{ ...outlook, dueAt: NOW + 8 * DAY }] }).length, 2)
    assert.equal(look({ outlooks: [{ ...outlook, unaware: [] }] }).length, 2)
  })
})

describe('the clients', () => {
  const good = aClient({ metadata: { backchannel_logout_uri: 'https://app.example/logout' } })
  const look = (clients: readonly Client[], different: object = {}) =>
    checkClients({ config: { issuer: 'https://login.example', clients }, ...different })
  const withMetadata = (metadata: Partial<Client['metadata']>): Client =>
    aClient({ metadata: { ...good.metadata, ...metadata } })

  test('one without a weak spot', () => {
    assert.deepEqual(inWords(look([good])), ['fine: 1 entry, without a weak spot that is known'])
  })

  const hour = { ...good.lifetimes, accessToken: HOUR + 1 }
  for (const [what, client, expected] of [
    ['no PKCE', { ...good, requiresPkce: false }, /^warning: app: without PKCE/],
    ['the implicit flow', withMetadata({ response_types: ['code', 'id_token'] }), /implicit flow/],
    [
      'a leftover of development',
      withMetadata({ redirect_uris: ['http://localhost:3000/cb'] }),
      /to a person’s own machine by http/,
    ],
    ['HS256', withMetadata({ id_token_signed_response_alg: 'HS256' }), /HS256/],
    ['long access tokens', { ...good, lifetimes: hour }, /live for more than an hour/],
    ['nobody who tells it', aClient(), /not told when a session ends elsewhere/],
    ['no way back', withMetadata({ post_logout_redirect_uris: [] }), /without post_logout_redirect_uris/],
  ] as const) {
    test(what, () => {
      const told = inWords(look([client]))
      assert.equal(told.length, 1)
      assert.match(told[0] ?? '', expected)
    })
  }

  test('what is fine for others: loopback of a native app and of a development issuer', () => {
    const native = withMetadata({ redirect_uris: ['http://127.0.0.1/cb'], application_type: 'native' })
    assert.equal(levels(look([native])), 'fine')
    const here = withMetadata({ redirect_uris: ['http://localhost:3000/cb'] })
    assert.equal(levels(look([here], { config: { issuer: 'http://localhost:8080', clients: [here] } })), 'fine')
  })

  test('two with one secret are a problem, and told together', () => {
    assert.match(
      inWords(look([good, { ...good, id: 'other' }]))[0] ?? '',
      /^problem: app, other: with the secret of another client/,
    )
  })
})

describe('the use of clients', () => {
  const uri = 'https://app.example/callback'
  const app = aClient()
  const counted = (clientId: string, lastAt: number, redirectUri = uri): ClientUse => ({
    ...{ clientId, kind: 'sign_on', redirectUri, count: 1, lastAt },
  })
  const look = (clients: readonly Client[], different: Partial<ClientUseInput> = {}) =>
    inWords(
      checkClientUse({
        ...{ clients, uses: [counted('app', NOW)], countedSince: START, entrySince: new Map([['app', START]]) },
        ...{ addresses: [], now: NOW },
        ...different,
      }),
    )

  test('all of them are used, and each of their redirect URIs', () => {
    assert.match(look([app])[0] ?? '', /^fine: every client was used in the last 30 days/)
  })

  test('not counted yet, for too short a time, or the database is away: nothing is said', () => {
    assert.match(look([app], { uses: undefined })[0] ?? '', /^unknown: .*cannot be asked/)
    assert.match(look([app], { countedSince: undefined })[0] ?? '', /^unknown: .*nothing was counted yet/)
    assert.match(look([app], { countedSince: NOW - 29 * DAY })[0] ?? '', /^unknown: .*says little before 30 days/)
  })

  test('for 30 days it is told, for a quarter of a year it is a warning, also of a public one', () => {
    const [page, idle] = [{ ...aPublicClient(), id: 'page' }, aClient({ id: 'idle' })]
    const told = look([app, page, idle], { uses: [counted('app', NOW), counted('idle', NOW - 30 * DAY)] })
    assert.match(
      told[0] ?? '',
      /^warning: page \(never since 2026-01-15\): not used for a quarter of a year → .*countersign plan/,
    )
    assert.match(told[1] ?? '', /^fine: idle \(last on 2026-03-26\): not used for 30 days or more$/)
    assert.equal(told.length, 2)
  })

  test('one that authenticates only is used, and one that is new has had no time', () => {
    const addresses = [{ clientId: 'idle', address: 'a', firstSeenAt: START, lastSeenAt: NOW - DAY }]
    const idle = aClient({ id: 'idle' })
    assert.match(look([app, idle], { addresses })[0] ?? '', /^fine: every client/)
    assert.match(look([app, idle], { entrySince: new Map([['idle', NOW - DAY]]) })[0] ?? '', /^fine: every client/)
  })

  test('a redirect URI that no sign-in led to, of an entry that is not new', () => {
    const two = aClient({ metadata: { redirect_uris: [uri, 'https://old.example/cb'] } })
    const told = look([two])
    assert.match(
      told[0] ?? '',
      /^warning: redirect URIs that no sign-in led to since 2026-01-15: app https:\/\/old\.example\/cb → /,
    )
    assert.match(look([two], { entrySince: new Map([['app', NOW - 29 * DAY]]) })[0] ?? '', /^fine/)
    assert.match(look([two], { entrySince: new Map() })[0] ?? '', /^fine/)
  })
})

describe('the URLs of clients', () => {
  const client = aClient({
    metadata: { jwks_uri: 'https://app.example/jwks', backchannel_logout_uri: 'https://app.example/logout' },
  })
  const egress = (different: object = {}) => ({
    get: async () => ({ body: '{}', headers: { get: () => null } }),
    post: async () => ({ status: 400 }),
    ...different,
  })

  test('they answer as they should', async () => {
    assert.deepEqual(inWords(await checkClientUrls([client], egress())), [
      'fine: 2 of 2 URLs of clients answer as they should',
    ])
    assert.match(inWords(await checkClientUrls([aClient()], egress()))[0] ?? '', /^fine: no client has/)
  })

  test('one that is private and not allowed is told with the setting, and one that fails with its status', async () => {
    const refuse = () => Promise.reject(new EgressError('refused_address', 'app.example: 10.0.0.7 is not public'))
    const told = inWords(await checkClientUrls([client], egress({ get: refuse, post: async () => ({ status: 500 }) })))
    assert.match(
      told[0] ?? '',
      /^problem: app: jwks_uri cannot be used: app\.example: 10\.0\.0\.7 is not public.*egress\.allowed_hosts/,
    )
    assert.match(told[1] ?? '', /^warning: app: backchannel_logout_uri is there, but it answers a POST with status 500/)
  })

  test('what went wrong is told in words', async () => {
    const get = () => Promise.reject(new EgressError('connection', 'app.example: ECONNREFUSED'))
    const told = inWords(await checkClientUrls([client], egress({ get }))).join()
    assert.match(told, /jwks_uri cannot be used: app\.example: nothing listens there → /)
  })

  test('what is no JSON is told', async () => {
    const get = async () => ({ body: 'hello', headers: { get: () => null } })
    assert.match(
      inWords(await checkClientUrls([client], egress({ get }))).join(),
      /jwks_uri is there, but what it gives is no JSON/,
    )
  })
})

describe('room', () => {
  const MIB = 1024 ** 2

  test('on the disk', () => {
    const look = (free: number, used = 10) => levels(checkDisk({ free: free * MIB, total: 0, used: used * MIB }))
    assert.deepEqual([look(1024), look(1023), look(99)], ['fine', 'warning', 'problem'])
    assert.deepEqual([look(4096, 2048), look(4095, 2048)], ['fine', 'warning'])
  })

  test('in memory', () => {
    const hashing = { memoryKib: 100 * 1024, concurrency: 4, iterations: 1, parallelism: 1, queue: 1 }
    const look = (available: number) => levels(checkMemory(hashing, available * MIB))
    assert.deepEqual([look(1100), look(1099), look(687)], ['fine', 'warning', 'problem'])
  })
})
