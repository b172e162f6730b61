/** Relying parties that keep the key set for as long as they may, before, during and after the keys change. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import type { Clock, Timestamp } from '../../src/base/clock.ts'
import { DAY, type Duration, HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { revokeByHand, rotateByHand } from '../../src/keys/by-hand.ts'
import type { KeyRingDeps } from '../../src/keys/key-ring.ts'
import { countersignInstallation, freePort, type Installation, newClientSecret } from '../fixtures/countersign.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { aPolicy, aSealingKey, pooledKeys, silentLog } from '../fixtures/signing-keys.ts'
import { ISSUER, type TestApp, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { isActive, newTokens, postAsApp, type Tokens, userinfo } from '../fixtures/test-client.ts'

/** Keeps the set for the whole max-age of its Cache-Control, and never asks earlier: not even for an unknown kid. */
function stubbornVerifier(app: FastifyInstance, clock: Clock) {
  let keys = createLocalJWKSet({ keys: [] })
  let until: Timestamp = Number.NEGATIVE_INFINITY
  return async (token: string): Promise<void> => {
    if (clock.now() >= until) {
      const response = await app.inject('/jwks')
      const maxAge = /max-age=(\d+)/.exec(String(response.headers['cache-control']))?.[1]
      assert.ok(maxAge, 'no max-age')
      until = clock.now() + Number(maxAge) * SECOND
      keys = createLocalJWKSet(response.json())
    }
    await jwtVerify(token, keys, { issuer: ISSUER, currentDate: new Date(clock.now()) })
  }
}

const kidOf = (token: string): string => decodeProtectedHeader(token).kid ?? ''

async function publishedKids(app: FastifyInstance): Promise<readonly string[]> {
  const set: JSONWebKeySet = (await app.inject('/jwks')).json()
  return set.keys.map(({ kid }) => kid ?? '')
}

interface Pair {
  readonly one: TestApp
  readonly other: TestApp
}

/** Two processes on one database and one clock. */
async function twoApps(options: Parameters<typeof testApp>[0] = {}): Promise<Pair & AsyncDisposable> {
  const one = await testApp(options)
  await one.addAccount()
  const other = await one.another()
  return {
    ...{ one, other },
    async [Symbol.asyncDispose]() {
      await other.close()
      await one.close()
    },
  }
}

/** What the command line has: no app, the same database. Its keys are not those that the app has made. */
async function byHand({ storage, clock }: TestApp): Promise<KeyRingDeps> {
  const generate = pooledKeys()
  for (const algorithm of [...aPolicy().algorithms, ...aPolicy().algorithms]) await generate(algorithm)
  const store = storage.signingKeys
  const sealingKey = aSealingKey()
  const random = fakeRandom('by hand')
  return { ...{ store, sealingKey, random, clock, generate }, policy: aPolicy(), rsaBits: 2048, log: silentLog }
}

/**
 * The processes look after their keys in turns, one at each step, and refresh tokens in between; relying parties whose
 * caches end at different times verify every token at each step until it expires. Gives the kids that signed.
 */
function rotationWatch({ one, other }: Pair, refreshToken: string) {
  const { clock } = one
  const relyingParties: ReturnType<typeof stubbornVerifier>[] = []
  const kids = new Set<string>()
  let alive: string[] = []
  let steps = 0
  const newToken = async ({ app }: TestApp): Promise<readonly string[]> => {
    const answer = await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token: refreshToken })
    assert.equal(answer.statusCode, 200, answer.body)
    const { access_token: accessToken, id_token: idToken }: Tokens = answer.json()
    return [accessToken, idToken]
  }
  return {
    kids,
    async run(duration: Duration, step: Duration, between: () => Promise<void> = async () => {}): Promise<void> {
      for (const end = clock.now() + duration; clock.now() < end; clock.advance(step), steps++) {
        await (steps % 2 === 0 ? one : other).deps.keyRing.tick()
        await between()
        const fresh = [...(await newToken(one)), ...(await newToken(other))]
        for (const token of fresh) kids.add(kidOf(token))
        const published = [await publishedKids(one.app), await publishedKids(other.app)]
        alive = [...alive, ...fresh].filter((token) => (decodeJwt(token).exp ?? 0) * SECOND > clock.now())
        for (const token of alive) {
          for (const set of published) assert.ok(set.includes(kidOf(token)), `${kidOf(token)} is not published`)
        }
        // A new one now and then, until there are some of every age.
        if (relyingParties.length < 8) relyingParties.push(stubbornVerifier((steps % 2 ? one : other).app, clock))
        for (const verify of relyingParties) await Promise.all(alive.map(verify))
      }
    },
  }
}

const offline = { query: authorizeQuery({ scope: 'openid offline_access' }) }

describe('keys change under relying parties that cache the key set', () => {
  test('a rotation when it is due: every token verifies everywhere from its issue to its end', async () => {
    await using apps = await twoApps()
    const { one, other } = apps
    one.clock.advance(90 * DAY - 2 * HOUR)
    const { refresh_token: refreshToken } = await newTokens(one.app, offline)
    const watch = rotationWatch(apps, refreshToken)
    await watch.run(2 * HOUR - 5 * MINUTE, 5 * MINUTE)
    assert.equal(watch.kids.size, 2, 'one key for each algorithm')
    await watch.run(15 * MINUTE, 30 * SECOND)
    assert.equal(watch.kids.size, 4, 'and its successor')
    await watch.run(2 * HOUR, 5 * MINUTE)
    assert.equal(watch.kids.size, 4)
    // A next, a current and no retired one for each: nothing is published for longer than it is needed.
    assert.equal((await publishedKids(one.app)).length, 4)
    assert.deepEqual(await publishedKids(other.app), await publishedKids(one.app))
  })

  test('a rotation by hand, as early as it is allowed: the same', async () => {
    const jwksMaxAge = 12 * MINUTE
    await using apps = await twoApps({
      config: {
        keys: {
          sealingKey: { kind: 'value', value: '' },
          signingAlgorithms: ['RS256', 'ES256'],
          encryptionAlgorithms: [],
          rotateEvery: 1,
          publishBeforeUse: 1,
          jwksMaxAge,
          rsaBits: 2048,
        },
      },
    })
    const { one } = apps
    one.clock.advance(DAY)
    const { refresh_token: refreshToken } = await newTokens(one.app, offline)
    const deps = await byHand(one)
    const watch = rotationWatch(apps, refreshToken)
    let rotations = 0
    const rotateIfAllowed = async () => {
      const rotation = await rotateByHand(deps, { algorithms: aPolicy().algorithms, force: false })
      if (rotation.kind === 'rotated') rotations++
    }
    await watch.run(8 * MINUTE, MINUTE)
    // The first may happen at once; the second when nobody can hold a set without the key that was made then.
    await watch.run(20 * MINUTE, MINUTE, rotateIfAllowed)
    assert.equal(rotations, 2)
    await watch.run(20 * MINUTE, MINUTE)
    assert.equal(watch.kids.size, 6)
  })

  test('[RP-Initiated Logout 2] the ID token of a key that is withdrawn still says who signs out', async () => {
    await using apps = await twoApps()
    const { one, other } = apps
    const tick = async (step: number) => {
      one.clock.advance(step)
      await one.deps.keyRing.tick()
      await other.deps.keyRing.tick()
    }
    await tick(90 * DAY - HOUR)
    const browser = testBrowser(one.app)
    const { id_token: hint } = await newTokens(one.app, { browser })
    for (const step of [2 * HOUR, 2 * HOUR, MINUTE]) await tick(step)
    assert.equal((await publishedKids(other.app)).includes(kidOf(hint)), false)
    const query = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: 'https://app.example/bye' })
    const answer = await browser.get(`/end-session?${query}`)
    assert.equal(locationOf(answer), 'https://app.example/bye')
    assert.equal(browser.cookies.has('__Host-countersign-session'), false, 'the session cookie is gone')
  })

  test('`keys revoke`: its tokens are refused everywhere within the reload time, and nothing else ends', async () => {
    await using apps = await twoApps()
    const { one, other } = apps
    one.clock.advance(DAY)
    const tokens = await newTokens(one.app, offline)
    for (const token of [tokens.access_token, tokens.id_token]) {
      assert.equal((await revokeByHand(await byHand(one), kidOf(token))).kind, 'revoked')
    }
    // What the job does every minute.
    await one.deps.keyRing.tick()
    await other.deps.keyRing.tick()
    for (const { app } of [one, other]) {
      assert.equal((await userinfo(app, tokens.access_token)).statusCode, 401)
      assert.equal(await isActive(app, tokens.access_token), false)
      const published = await publishedKids(app)
      assert.equal(published.includes(kidOf(tokens.access_token)), false)
      assert.equal(published.includes(kidOf(tokens.id_token)), false)
    }
    const browser = testBrowser(one.app)
    await browser.signIn()
    const asked = locationOf(
      await browser.get(`/end-session?${new URLSearchParams({ id_token_hint: tokens.id_token })}`),
    )
    assert.match(asked, /^\/sign-out/, 'a hint that anybody may have signed proves nothing')

    const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    const renewed: Tokens = (await postAsApp(other.app, '/token', fields)).json()
    assert.equal((await userinfo(one.app, renewed.access_token)).statusCode, 200)
    const verify = stubbornVerifier(one.app, one.clock)
    await verify(renewed.access_token)
    await verify(renewed.id_token)
  })

  test('a process whose job hangs does not sign with a revoked key for longer than the reload time', async () => {
    await using apps = await twoApps()
    const { one, other } = apps
    one.clock.advance(DAY)
    await other.deps.keyRing.tick()
    const tokens = await newTokens(other.app, offline)
    await revokeByHand(await byHand(one), kidOf(tokens.access_token))
    one.clock.advance(aPolicy().reloadWithin + 1)
    const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    const renewed: Tokens = (await postAsApp(other.app, '/token', fields)).json()
    assert.notEqual(kidOf(renewed.access_token), kidOf(tokens.access_token))
  })
})

describe('`countersign keys rotate` beside running processes', () => {
  const secret = newClientSecret()
  const robot = { client_id: 'robot', client_secret: secret, grant_types: ['client_credentials'], scope: 'api' }
  const basic = { authorization: `Basic ${Buffer.from(`robot:${secret}`).toString('base64')}` }
  let countersign: Installation

  before(async () => {
    countersign = await countersignInstallation({ clients: [robot] })
  })
  after(() => countersign?.remove())

  async function newToken(origin: string): Promise<string> {
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    const response = await fetch(`${origin}/token`, { method: 'POST', body, headers: basic })
    return String(Object(await response.json()).access_token)
  }

  const isActiveAt = async (origin: string, token: string): Promise<boolean> => {
    const body = new URLSearchParams({ token })
    const response = await fetch(`${origin}/introspect`, { method: 'POST', body, headers: basic })
    return Object(await response.json()).active
  }

  test('a key set fetched before covers what is signed afterwards, at every process', async () => {
    const one = await countersign.start()
    const published = await (await fetch(`${one.origin}/jwks`)).text()
    const keys = createLocalJWKSet(JSON.parse(published))
    const before = await newToken(one.origin)

    const early = await countersign.run(['keys', 'rotate'])
    assert.equal(early.status, 1)
    assert.match(early.stderr, /Nothing was rotated/)
    const forced = await countersign.run(['keys', 'rotate', '--now'])
    assert.equal(forced.status, 0, forced.stderr)

    // A new process signs with the new key at once; the running one follows within a minute.
    const other = await countersign.start({ port: await freePort() })
    const afterwards = await newToken(other.origin)
    assert.notEqual(kidOf(afterwards), kidOf(before))
    for (const token of [before, afterwards, await newToken(one.origin)]) {
      await jwtVerify(token, keys, { issuer: countersign.issuer, typ: 'at+jwt' })
      assert.equal(await isActiveAt(one.origin, token), true)
      assert.equal(await isActiveAt(other.origin, token), true)
    }
    const listed = await countersign.run(['keys', 'list'])
    assert.match(listed.stdout, new RegExp(`${kidOf(before)} +ES256 +retired`))
    assert.match(listed.stdout, new RegExp(`${kidOf(afterwards)} +ES256 +current`))
  })
})
