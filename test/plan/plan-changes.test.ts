/** What each change of the configuration means. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, HOUR, MINUTE } from '../../src/base/duration.ts'
import type { Config } from '../../src/config/config.ts'
import { entriesOf } from '../../src/config/entry.ts'
import { factsOf, NOTHING_STORED, usesSince } from '../../src/plan/facts.ts'
import type { EntryChange, KeyChange } from '../../src/plan/plan.ts'
import { planChanges } from '../../src/plan/plan-changes.ts'
import type { Api } from '../../src/protocol/api.ts'
import type { Client } from '../../src/protocol/client.ts'
import type { Held, InForce } from '../../src/storage/in-force.ts'
import type { ClientUse } from '../../src/storage/storage.ts'
import { configOf, withClient } from '../config/loading.ts'
import { aClient, aPublicClient, LIFETIMES } from '../fixtures/client.ts'
import { START } from '../fixtures/clock.ts'

const BASE = configOf(
  withClient('client_id: x', 'token_endpoint_auth_method: none', 'redirect_uris: [https://x.example/]'),
)
const configWith = (clients: readonly Client[], different: Partial<Config> = {}): Config => ({
  ...BASE,
  clients,
  ...different,
})

const held = (clientId: string, different: Partial<Held> = {}): Held => ({
  ...{ clientId, people: 3, sessions: 4, grants: 5, refreshTokens: 2, withoutPkce: 1, consents: 6 },
  ...different,
})
const use = (different: Partial<ClientUse> = {}): ClientUse => ({
  ...{ clientId: 'app', kind: 'sign_on', redirectUri: 'https://app.example/callback', count: 34, lastAt: START - HOUR },
  ...different,
})
/** Counted for long. */
const COUNTED: InForce = { ...NOTHING_STORED, countedSince: START - 60 * DAY }

function planned(before: Config, after: Config, stored: Partial<InForce> = {}) {
  const facts = factsOf({ ...COUNTED, ...stored }, { now: START, publishedFor: HOUR })
  return planChanges(entriesOf(before), entriesOf(after), facts)
}

/** The one change of one key of the client `app`. */
function changeOf(before: Client, after: Client, stored: Partial<InForce> = {}): KeyChange {
  const { changes } = planned(configWith([before]), configWith([after]), stored)
  assert.deepEqual(
    changes.map(({ kind, change }) => [kind, change]),
    [['client', 'changes']],
  )
  const [change, ...others] = changes[0]?.keys ?? []
  assert.ok(change !== undefined && others.length === 0, `one key: ${changes[0]?.keys.map(({ key }) => key)}`)
  return change
}

const said = ({ notes }: Pick<EntryChange, 'notes'>): string => notes.join(' ')

describe('a plan', () => {
  test('is empty for the same configuration', () => {
    assert.deepEqual(planned(configWith([aClient()]), configWith([aClient()])), { changes: [], weight: undefined })
  })

  test('names what comes, goes and changes, the heaviest first', () => {
    const before = configWith([aClient({ id: 'old' }), aClient()])
    const after = configWith([aClient({ metadata: { client_name: 'New name' } }), aClient({ id: 'new' })])
    const { changes, weight } = planned(before, after, { held: [held('old')] })
    assert.deepEqual(
      changes.map(({ id, change, weight: heavy }) => `${id} ${change} ${heavy}`),
      ['old goes ends', 'app changes harmless', 'new comes harmless'],
    )
    assert.equal(weight, 'ends')
    assert.deepEqual(changes[1]?.keys, [
      { key: 'client_name', from: 'App', to: 'New name', weight: 'harmless', notes: [] },
    ])
  })

  test('a key that an older version did not write is no change', () => {
    const [before, after] = [entriesOf(configWith([aClient()])), entriesOf(configWith([aClient()]))]
    const older = before.map((each) => {
      const { require_pkce: _, ...entry } = each.entry
      return { ...each, entry }
    })
    assert.deepEqual(planChanges(older, after, factsOf(COUNTED, { now: START, publishedFor: HOUR })).changes, [])
  })
})

describe('a client that goes', () => {
  const goes = (stored: Partial<InForce>) => planned(configWith([aClient()]), configWith([]), stored).changes[0]

  test('ends what it has, and says how it was used', () => {
    const change = goes({ held: [held('app')], uses: [use(), use({ clientId: 'other' })] })
    assert.equal(change?.weight, 'ends')
    assert.deepEqual(change.ends, { grants: 5, refreshTokens: 2, consents: 6 })
    assert.deepEqual(change.uses, [use()])
    assert.match(said(change), /3 people use it just now, in 4 sessions/)
  })

  test('with nothing, and not used for 30 days: harmless', () => {
    const change = goes({})
    assert.equal(change?.weight, 'harmless')
    assert.match(said(change), /nobody has in the last 30 days/)
  })

  test('with nothing, but used, or not counted for 30 days yet: breaks', () => {
    assert.equal(goes({ uses: [use({ kind: 'client_credentials', redirectUri: '' })] })?.weight, 'breaks')
    const change = goes({ countedSince: START - 3 * DAY })
    assert.equal(change?.weight, 'breaks')
    assert.match(said(change), /since 2026-01-12, when counting began/)
    assert.match(said(goes({ countedSince: undefined }) ?? { notes: [] }), /not counted yet/)
  })
})

describe('a redirect URI that goes', () => {
  const two = aClient({ metadata: { redirect_uris: ['https://app.example/callback', 'https://app.example/2'] } })
  const one = aClient({ metadata: { redirect_uris: ['https://app.example/2'] } })

  test('breaks the sign-ins that used it: how many, and when last', () => {
    const change = changeOf(two, one, { uses: [use(), use({ redirectUri: 'https://app.example/2' })] })
    assert.equal(change.weight, 'breaks')
    assert.deepEqual(change.uses, [use()])
  })

  test('is harmless when nobody used it for 30 days, as far as those were counted', () => {
    assert.equal(changeOf(two, one).weight, 'harmless')
    assert.equal(changeOf(two, one, { countedSince: START - DAY }).weight, 'breaks')
    // To the day: counted from the first of the thirty days on.
    assert.equal(changeOf(two, one, { countedSince: usesSince(START) }).weight, 'harmless')
    assert.equal(changeOf(two, one, { countedSince: usesSince(START) + DAY }).weight, 'breaks')
  })

  test('one more is harmless', () => assert.equal(changeOf(one, two).weight, 'harmless'))

  test('[OpenID Connect Core 8.1] on another host it renames everybody at a pairwise client', () => {
    const pairwise = (host: string) =>
      aClient({ metadata: { subject_type: 'pairwise', redirect_uris: [`https://${host}/cb`] } })
    const change = changeOf(pairwise('a.example'), pairwise('b.example'), { held: [held('app')] })
    assert.equal(change.weight, 'breaks')
    assert.match(said(change), /Every person gets another sub.*\(3 people just now\)/)
    const more = changeOf(
      pairwise('a.example'),
      aClient({
        metadata: { subject_type: 'pairwise', redirect_uris: ['https://a.example/cb', 'https://a.example/2'] },
      }),
    )
    assert.equal(more.weight, 'harmless')
  })
})

describe('what changes of a client mean', () => {
  const app = aClient()
  const both = ['authorization_code', 'refresh_token'] as const
  const cases: readonly (readonly [title: string, before: Client, after: Client, weight: string, note: RegExp])[] = [
    ['the secret', app, aClient({ secretHashes: ['another'] }), 'breaks', /old secret is refused from the same moment/],
    ['subject_type', app, aClient({ metadata: { subject_type: 'pairwise' } }), 'breaks', /another sub/],
    [
      'the way it authenticates',
      app,
      aClient({ metadata: { token_endpoint_auth_method: 'client_secret_post' } }),
      'breaks',
      /new way/,
    ],
    [
      'a scope less',
      app,
      aClient({ metadata: { scope: app.metadata.scope.filter((scope) => scope !== 'email') } }),
      'breaks',
      /gets email no more/,
    ],
    [
      'offline_access',
      app,
      aClient({ metadata: { scope: app.metadata.scope.filter((scope) => scope !== 'offline_access') } }),
      'breaks',
      /end with the person’s session/,
    ],
    ['a scope more', app, aClient({ metadata: { scope: [...app.metadata.scope, 'more'] } }), 'harmless', /^$/],
    [
      'a scope more of a third party',
      aPublicClient(),
      aPublicClient({ metadata: { scope: [...app.metadata.scope, 'more'] } }),
      'harmless',
      /asked for consent/,
    ],
    ['first_party off', app, aClient({ isFirstParty: false }), 'breaks', /asked for consent/],
    ['first_party on', aPublicClient(), aPublicClient({ isFirstParty: true }), 'harmless', /^$/],
    [
      'code no more',
      aClient({ metadata: { grant_types: both } }),
      aClient({ metadata: { grant_types: ['refresh_token'] } }),
      'breaks',
      /by code/,
    ],
    ['PKCE no more', app, aClient({ requiresPkce: false }), 'harmless', /^$/],
    ['rotation', app, aClient({ rotatesRefreshTokens: true }), 'breaks', /keep the new refresh token/],
    [
      'an API less',
      aClient({ accessTokenAudience: ['a', 'b'] }),
      aClient({ accessTokenAudience: ['b'] }),
      'breaks',
      /not for a any more/,
    ],
    ['introspection', aClient({ introspects: 'any' }), app, 'breaks', /tokens of others/],
    [
      'requests that must be signed',
      app,
      aClient({ metadata: { require_signed_request_object: true } }),
      'breaks',
      /not signed/,
    ],
    [
      'a logout URI less',
      aClient({ metadata: { backchannel_logout_uri: 'https://app.example/out' } }),
      app,
      'breaks',
      /no longer told/,
    ],
    [
      'another logout URI',
      aClient({ metadata: { backchannel_logout_uri: 'https://app.example/out' } }),
      aClient({ metadata: { backchannel_logout_uri: 'https://app.example/2' } }),
      'harmless',
      /^$/,
    ],
    ['encryption', app, aClient({ metadata: { id_token_encrypted_response_alg: 'ECDH-ES' } }), 'breaks', /decrypt/],
    ['a shorter access token', app, aClient({ lifetimes: { ...LIFETIMES, accessToken: MINUTE } }), 'harmless', /^$/],
  ]
  for (const [title, before, after, weight, note] of cases) {
    test(title, () => {
      const change = changeOf(before, after)
      assert.equal(change.weight, weight)
      assert.match(said(change), note)
    })
  }

  test('[RFC8252 7.3] a native app that becomes a web app loses its ports', () => {
    const native = aClient({ metadata: { application_type: 'native', redirect_uris: ['http://127.0.0.1/cb'] } })
    const web = aClient({ metadata: { redirect_uris: ['http://127.0.0.1/cb'] } })
    assert.equal(changeOf(native, web).weight, 'breaks')
    assert.equal(changeOf(web, native).weight, 'harmless')
  })

  test('refresh_token no more: its refresh tokens end', () => {
    const without = aClient({ metadata: { grant_types: ['authorization_code', 'client_credentials'] } })
    const change = changeOf(app, without, { held: [held('app')] })
    assert.deepEqual([change.weight, change.ends], ['ends', { refreshTokens: 2 }])
    assert.equal(changeOf(app, without).weight, 'breaks')
  })

  test('[RFC7636] PKCE from now on: harmless where all that is alive came with it', () => {
    const [off, on] = [aClient({ requiresPkce: false }), aClient()]
    assert.match(said(changeOf(off, on, { held: [held('app')] })), /1 sign-in that is alive came without/)
    assert.equal(changeOf(off, on, { held: [held('app')] }).weight, 'breaks')
    assert.equal(changeOf(off, on, { held: [held('app', { withoutPkce: 0 })] }).weight, 'harmless')
    assert.equal(changeOf(off, on).weight, 'breaks')
  })

  test('a shorter absolute limit ends the refresh tokens of older sign-ons', () => {
    const shorter = aClient({ lifetimes: { ...LIFETIMES, refreshTokenAbsolute: 7 * DAY } })
    const day = (ago: number) => ({ clientId: 'app', day: START - (START % DAY) - ago * DAY, count: 10 ** (ago % 4) })
    const change = changeOf(app, shorter, {
      refreshTokens: [day(1), day(6), day(7), day(8), { ...day(20), clientId: 'other' }],
    })
    assert.deepEqual([change.weight, change.ends], ['ends', { refreshTokens: 1000 + 1 }])
    assert.equal(changeOf(shorter, app).weight, 'harmless')
  })

  test('another secret beside the one before breaks nothing; its end does, and one in its place', () => {
    const having = (...secretHashes: readonly string[]) => aClient({ secretHashes })
    assert.equal(changeOf(having('old'), having('new', 'old')).weight, 'harmless')
    assert.match(said(changeOf(having('new', 'old'), having('new'))), /secret before is refused/)
    assert.match(said(changeOf(having('old'), having('new'))), /give the app the new one at once/)
  })

  test('a secret never stands in a plan, nor its hash; that it is another one does', () => {
    const [before, after] = [aClient({ secretHashes: ['hash-one'] }), aClient({ secretHashes: ['hash-two'] })]
    const plan = planned(configWith([before]), configWith([after]))
    assert.equal(plan.changes[0]?.keys[0]?.key, 'client_secret')
    assert.doesNotMatch(JSON.stringify([plan, entriesOf(configWith([before]))]), /hash-|the-secret-of/)
  })
})

describe('what is signed in another way', () => {
  const es256 = aClient({ metadata: { id_token_signed_response_alg: 'ES256' } })
  const key = (state: 'current' | 'next', publishedAt: number) =>
    ({ kid: state, algorithm: 'ES256', state, publishedAt, revokedAt: undefined }) as const

  test('no key yet', () => {
    const { signing, weight } = changeOf(aClient(), es256)
    assert.deepEqual([weight, signing?.key, signing?.safeFrom], ['breaks', 'missing', undefined])
  })

  test('a key that some may not have fetched yet, and from when on all have', () => {
    const { signing } = changeOf(aClient(), es256, { keys: [key('current', START - MINUTE)] })
    assert.deepEqual([signing?.key, signing?.safeFrom], ['fresh', START - MINUTE + HOUR])
  })

  test('a key that all know, and since when the next one is published', () => {
    const { signing } = changeOf(aClient(), es256, { keys: [key('current', START - DAY), key('next', START - HOUR)] })
    assert.deepEqual(signing, {
      ...{ algorithm: 'ES256', key: 'published', publishedAt: START - DAY, safeFrom: START - DAY + HOUR },
      ...{ fetchedWithin: HOUR, nextPublishedAt: START - HOUR },
    })
  })

  test('a key that was revoked is none', () => {
    const { signing } = changeOf(aClient(), es256, { keys: [{ ...key('current', START - DAY), revokedAt: START }] })
    assert.equal(signing?.key, 'missing')
  })

  test('HS256 needs none of ours', () => {
    assert.equal(
      changeOf(aClient(), aClient({ metadata: { id_token_signed_response_alg: 'HS256' } })).signing,
      undefined,
    )
  })
})

describe('APIs', () => {
  const orders: Api = {
    ...{ audience: 'https://orders.example', name: 'Orders', scopes: ['read', 'write'], accessTokenType: 'at+jwt' },
    ...{ accessTokenAlgorithm: undefined, accessTokenLifetime: undefined, introspectionClient: undefined },
  }
  const clients = [aClient({ accessTokenAudience: ['https://orders.example'] })]
  const change = (before: readonly Api[], after: readonly Api[], of = clients) =>
    planned(configWith(of, { apis: before }), configWith(of, { apis: after })).changes[0]

  test('one that comes changes the tokens of the clients that have it already, and of no others', () => {
    assert.equal(change([], [orders])?.weight, 'breaks')
    assert.match(said(change([], [orders]) ?? { notes: [] }), /that app get now/)
    assert.equal(change([], [orders], [aClient()])?.weight, 'harmless')
    assert.equal(change([orders], [])?.weight, 'breaks')
  })

  test('another form of its tokens, a scope less, another name', () => {
    assert.equal(change([orders], [{ ...orders, accessTokenType: 'JWT' }])?.weight, 'breaks')
    assert.equal(change([orders], [{ ...orders, scopes: ['read'] }])?.weight, 'breaks')
    assert.equal(change([orders], [{ ...orders, name: 'The orders' }])?.weight, 'harmless')
    const signed = change([orders], [{ ...orders, accessTokenAlgorithm: 'PS256' }])
    assert.deepEqual([signed?.weight, signed?.keys[0]?.signing?.key], ['breaks', 'missing'])
  })
})

describe('settings', () => {
  const change = (different: Partial<Config>, stored: Partial<InForce> = {}, clients: readonly Client[] = []) =>
    planned(configWith(clients), configWith(clients, different), stored).changes[0]

  test('another issuer ends everything', () => {
    const stored = {
      held: [held('app'), held('b')],
      idleSessions: [
        { hours: 0, count: 7 },
        { hours: 30, count: 1 },
      ],
    }
    const key = change({ issuer: 'https://new.example' }, stored)?.keys[0]
    assert.deepEqual(
      [key?.weight, key?.ends, key?.needsRestart],
      ['ends', { sessions: 8, grants: 10, refreshTokens: 4 }, true],
    )
  })

  test('another database, another sealing key: a restart', () => {
    for (const different of [
      { database: { url: 'postgresql://user:password@db.example/c?schema=x' } },
      { keys: { ...BASE.keys, sealingKey: { kind: 'file', path: '/elsewhere' } } },
    ] as const) {
      const found = change(different)
      assert.deepEqual([found?.weight, found?.keys[0]?.needsRestart], ['breaks', true])
      assert.doesNotMatch(JSON.stringify(found), /password/)
    }
  })

  test('a certificate that is renewed needs no restart, TLS that comes or goes does', () => {
    const [one, other] = [
      { certificate: 'a', key: 'b' },
      { certificate: 'c', key: 'd' },
    ]
    const of = (tls: typeof one | undefined): Partial<Config> => ({ listen: { ...BASE.listen, ...(tls && { tls }) } })
    const between = (before: Partial<Config>, after: Partial<Config>) =>
      planned(configWith([], before), configWith([], after)).changes[0]
    const restarts = (of: EntryChange | undefined) => of?.keys.map(({ needsRestart = false }) => needsRestart)
    assert.deepEqual(restarts(between(of(one), of(other))), [false, false])
    assert.equal(between(of(one), of(other))?.weight, 'harmless')
    assert.deepEqual(restarts(between(of(undefined), of(one))), [true, true])
    assert.equal(between(of(one), of(undefined))?.weight, 'breaks')
  })

  test('less that is kept of the audit log, a group less, a lower limit, a proxy less: somebody has to agree', () => {
    const admin = { groups: ['admins'], maxAge: HOUR, hasActions: false }
    for (const [different, weight] of [
      [{ audit: { ...BASE.audit, keep: DAY } }, 'breaks'],
      [{ audit: { ...BASE.audit, keep: 500 * DAY } }, 'harmless'],
      [{ admin }, 'harmless'],
      [{ throttling: { ...BASE.throttling, clientRequestsPerSecond: 5 } }, 'breaks'],
      [{ throttling: { ...BASE.throttling, isEnabled: false } }, 'breaks'],
      [{ trustedProxies: ['10.0.0.1'] }, 'harmless'],
      [{ log: { level: 'debug' } }, 'harmless'],
      [{ metrics: { host: '127.0.0.1', port: 9464, token: undefined } }, 'harmless'],
    ] as const) {
      assert.equal(change(different)?.weight, weight, JSON.stringify(different))
    }
    const less = planned(configWith([], { admin, trustedProxies: ['10.0.0.1'] }), configWith([]))
    assert.deepEqual(
      less.changes[0]?.keys.filter(({ weight }) => weight === 'breaks').map(({ key }) => key),
      ['trusted_proxies', 'admin.groups'],
    )
  })

  test('a shorter idle time ends the sessions that have been idle for longer', () => {
    const idleSessions = [0, 1, 2, 3, 13].map((hours) => ({ hours, count: 10 ** hours % 9973 }))
    const key = change({ lifetimes: { ...BASE.lifetimes, sessionIdle: 2 * HOUR } }, { idleSessions })?.keys[0]
    assert.deepEqual([key?.weight, key?.ends], ['ends', { sessions: 100 + 1000 }])
    assert.equal(change({ lifetimes: { ...BASE.lifetimes, sessionIdle: 48 * HOUR } })?.weight, 'harmless')
  })

  test('a lifetime that clients take over is told once, with what ends at all of them', () => {
    const of = (lifetimes: typeof LIFETIMES, id: string) => aClient({ id, lifetimes })
    const shorter = { ...LIFETIMES, refreshTokenAbsolute: DAY }
    const before = configWith([of(LIFETIMES, 'a'), of(LIFETIMES, 'b'), of(shorter, 'own')], { lifetimes: LIFETIMES })
    const after = configWith([of(shorter, 'a'), of(shorter, 'b'), of(shorter, 'own')], { lifetimes: shorter })
    const refreshTokens = ['a', 'b', 'own'].map((clientId) => ({ clientId, day: START - 5 * DAY, count: 4 }))
    const { changes } = planned(before, after, { refreshTokens })
    assert.deepEqual(
      changes.map(({ kind, keys }) => [kind, keys.map(({ key }) => key)]),
      [['installation', ['lifetimes.refresh_token_absolute']]],
    )
    assert.deepEqual(changes[0]?.keys[0]?.ends, { refreshTokens: 8 })
    assert.match(said(changes[0]?.keys[0] ?? { notes: [] }), /2 clients/)
  })

  test('a client that changes in another way than the default is told by itself', () => {
    const of = (accessToken: number) => [aClient({ lifetimes: { ...LIFETIMES, accessToken } })]
    const before = configWith(of(MINUTE), { lifetimes: { ...LIFETIMES, accessToken: 5 * MINUTE } })
    const after = configWith(of(2 * MINUTE), { lifetimes: { ...LIFETIMES, accessToken: 10 * MINUTE } })
    assert.deepEqual(
      planned(before, after)
        .changes.map(({ kind }) => kind)
        .toSorted(),
      ['client', 'installation'],
    )
  })

  test('algorithms: one that goes breaks, one that comes has no key yet', () => {
    const keys = (...signingAlgorithms: Config['keys']['signingAlgorithms'][number][]) => ({
      keys: { ...BASE.keys, signingAlgorithms },
    })
    assert.equal(change(keys('RS256'))?.weight, 'breaks')
    const more = change(keys('RS256', 'ES256', 'PS256'))
    assert.deepEqual([more?.weight, more?.keys[0]?.signing?.key], ['harmless', 'missing'])
    assert.match(said(more?.keys[0] ?? { notes: [] }), /Keys for PS256 are made and published/)
    const first = planned(configWith([], keys('RS256')), configWith([], keys('RS256', 'ES256'))).changes[0]
    assert.match(said(first?.keys[0] ?? { notes: [] }), /Access tokens are signed with it from the same moment/)
  })

  test('domains of apps at addresses of their own', () => {
    const documents = (...allowedDomains: string[]) => ({
      clientIdMetadataDocuments: { ...BASE.clientIdMetadataDocuments, allowedDomains },
    })
    const stored = { held: [held('https://app.tools.example/c'), held('https://other.example/c')] }
    const { changes } = planned(
      configWith([], documents('tools.example', 'x.example')),
      configWith([], documents('x.example')),
      stored,
    )
    assert.deepEqual([changes[0]?.weight, changes[0]?.keys[0]?.ends], ['ends', { refreshTokens: 2 }])
  })
})

describe('a second factor in a plan', () => {
  test('required by a client: people prove it at their next sign-in, and silent requests fail until then', () => {
    const change = changeOf(aClient(), aClient({ requiresSecondFactor: true }))
    assert.equal(change.key, 'second_factor')
    assert.match(JSON.stringify(change), /set one up where they have none; prompt=none fails/)
    assert.equal(change.weight, 'breaks')
    assert.equal(changeOf(aClient({ requiresSecondFactor: true }), aClient()).weight, 'harmless')
  })

  test('required of everyone, of another group, or remembered for less', () => {
    const secondFactor = BASE.secondFactor
    const changed = (different: Partial<Config['secondFactor']>) => {
      const { changes } = planned(BASE, { ...BASE, secondFactor: { ...secondFactor, ...different } })
      return changes.map(({ weight, keys }) => [weight, JSON.stringify(keys)])
    }
    const [everyone = []] = changed({ requiredOf: 'everyone' })
    assert.deepEqual([everyone[0], /Everybody proves a second factor/.test(everyone[1] ?? '')], ['breaks', true])
    const [group = []] = changed({ requiredGroups: ['admins'] })
    assert.deepEqual([group[0], /Whoever is in admins proves/.test(group[1] ?? '')], ['breaks', true])
    assert.equal(changed({ rememberDevice: DAY })[0]?.[0], 'harmless')
    assert.equal(changed({ isOffered: false })[0]?.[0], 'harmless')
  })
})

describe('accounts that people make, in a plan', () => {
  const signUp = (mode: 'open' | 'domains' | 'invitation', different = {}) => ({
    signUp: { mode, allowedDomains: [], groups: [], username: 'chosen', name: 'optional', ...different } as const,
  })
  const changed = (before: Partial<Config>, after: Partial<Config>) => {
    const { changes } = planned({ ...BASE, ...before }, { ...BASE, ...after })
    return [changes[0]?.weight, changes[0]?.keys.flatMap(({ notes }) => notes).join(' ') ?? ''] as const
  }

  test('who may from then on, and who may not any more', () => {
    for (const [before, after, weight, says] of [
      [{}, signUp('open'), 'harmless', /Anybody who reaches the sign-in page/],
      [{}, signUp('domains'), 'harmless', /sign_up.allowed_domains/],
      [{}, signUp('invitation'), 'harmless', /Whoever is invited/],
      [signUp('open'), signUp('invitation'), 'breaks', /without an invitation; prompt=create is refused/],
      [signUp('open'), {}, 'breaks', /invitations that are out do nothing/],
      [
        signUp('domains', { allowedDomains: ['a.example', 'b.example'] }),
        signUp('domains', { allowedDomains: ['a.example'] }),
        'breaks',
        /an address at b\.example signs up/,
      ],
    ] as const) {
      const [heavy, words] = changed(before, after)
      assert.equal(heavy, weight)
      assert.match(words, says)
    }
  })
})
