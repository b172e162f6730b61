/** Signing in with another provider: from the button to the app, and every way in which somebody could be signed in as another. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT } from 'jose'
import { MINUTE, SECOND } from '../../src/base/duration.ts'
import { EgressError, type Sent } from '../../src/egress/egress.ts'
import { addTotp, enterCode } from '../fixtures/second-factor.ts'
import { ISSUER } from '../fixtures/test-app.ts'
import {
  authorizeQuery,
  basicAuthorization,
  formToken,
  locationOf,
  type TestBrowser,
  testBrowser,
  VERIFIER,
} from '../fixtures/test-browser.ts'
import { assertErrorPage } from '../fixtures/test-pages.ts'
import {
  aProvider,
  goToProvider,
  signInThere,
  signInWith,
  type UpstreamWorld,
  upstreamWorld,
} from '../fixtures/upstream.ts'

const SESSION = '__Host-countersign-session'
const OTHER = 'https://other.example'

function suite(options: Parameters<typeof upstreamWorld>[0] = {}): () => UpstreamWorld {
  let world: UpstreamWorld | undefined
  before(async () => {
    world = await upstreamWorld(options)
  })
  after(() => world?.close())
  return () => {
    assert.ok(world)
    return world
  }
}

async function claimsAtApp({ login }: UpstreamWorld, browser: TestBrowser, path: string) {
  const answer = new URL(locationOf(await browser.get(path)))
  const tokens = await login.app.inject({
    method: 'POST',
    url: '/token',
    headers: { authorization: basicAuthorization(), 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      grant_type: 'authorization_code',
      code: answer.searchParams.get('code') ?? '',
      redirect_uri: 'https://app.example/callback',
      code_verifier: VERIFIER,
    }).toString(),
  })
  assert.equal(tokens.statusCode, 200, tokens.body)
  return decodeJwt(tokens.json()['id_token'])
}

const accountOf = async (world: UpstreamWorld, subject: string, issuer = 'https://provider.example') => {
  const identity = await world.login.storage.upstreamIdentities.find(issuer, subject)
  return identity && (await world.login.storage.accounts.find(identity.accountId))
}

const subjectOf = async ({ provider }: Pick<UpstreamWorld, 'provider'>, username = 'alice') =>
  (await provider.storage.accounts.findByUsername(username))?.id ?? ''

/** Nobody is signed in, and the page says why, for people and for `explain`. */
function assertRefused(
  world: UpstreamWorld,
  {
    browser,
    page,
    check,
    status,
  }: { browser: TestBrowser; page: LightMyRequestResponse; check: string; status: number },
): void {
  assert.equal(page.statusCode, status, page.body.slice(-800))
  assert.equal(browser.cookies.has(SESSION), false)
  assertErrorPage(world.login, page, status)
  const line = world.login.logged.findLast((one) => one['check'] !== undefined)
  assert.equal(line?.['check'], check, JSON.stringify(line))
}

/** The ID token in the provider's answer, made anew. */
const withIdToken =
  (make: (idToken: string) => Promise<string>) =>
  async (url: string, sent: Sent): Promise<Sent> => {
    if (!url.endsWith('/token')) return sent
    const answer = JSON.parse(sent.body)
    return { ...sent, body: JSON.stringify({ ...answer, id_token: await make(answer.id_token) }) }
  }

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signed by the provider itself, with other claims. */
const resigned = (world: Pick<UpstreamWorld, 'provider'>, different: Record<string, unknown>) =>
  withIdToken((idToken) => world.provider.deps.keyRing.sign('RS256', 'JWT', { ...decodeJwt(idToken), ...different }))

describe('signing in with a provider', () => {
  const ask = suite()

  test('who is new gets an account, and goes on to the app', async () => {
    const world = ask()
    const { browser, path, sentTo, back } = await signInWith(world)
    assert.equal(back.statusCode, 303, back.body)
    assert.equal(locationOf(back), path)
    const asked = Object.fromEntries(sentTo.searchParams)
    assert.equal(asked['code_challenge_method'], 'S256')
    assert.equal(asked['redirect_uri'], 'https://login.example/upstream/work/callback')
    const claims = await claimsAtApp(world, browser, path)
    assert.deepEqual([claims['amr'], claims['acr']], [['fed'], 'aal1'])
    const account = await accountOf(world, await subjectOf(world))
    assert.equal(claims.sub, account?.id)
    assert.deepEqual([account?.username, account?.claims.name], ['alice', 'Alice Example'])
    assert.notEqual(account?.id, await subjectOf(world))
  })

  test('the next time it is the same account; two who come at once for the first time get one', async () => {
    const world = ask()
    await world.provider.addAccount({ username: 'twin', claims: { name: 'Twin' } })
    const visits = [await goToProvider(world), await goToProvider(world)]
    const callbacks = await Promise.all(visits.map(({ sentTo }) => signInThere(world, sentTo, { username: 'twin' })))
    await Promise.all(visits.map(({ browser }, index) => browser.get(callbacks[index] ?? '')))
    for (const { browser } of visits) assert.ok(browser.cookies.has(SESSION))
    const account = await accountOf(world, await subjectOf(world, 'twin'))
    const again = await signInWith(world, { username: 'twin' })
    assert.equal((await claimsAtApp(world, again.browser, again.path)).sub, account?.id)
    assert.equal(await world.login.storage.accounts.findByUsername('twin2'), undefined)
  })

  test('[pre-hijacking] an account with the same address, or the same user name, stays apart', async () => {
    const world = ask()
    const bob = await world.login.addAccount({
      username: 'bob',
      claims: { email: 'bob@example.org', email_verified: true },
    })
    await world.provider.addAccount({ username: 'bob', claims: { email: 'bob@example.org', email_verified: true } })
    const { back } = await signInWith(world, { username: 'bob' })
    assert.equal(back.statusCode, 303)
    const account = await accountOf(world, await subjectOf(world, 'bob'))
    assert.notEqual(account?.id, bob.id)
    assert.equal(account?.username, 'bob2')
    // Nobody here has checked it, so it signs nobody in.
    assert.deepEqual([account?.claims.email, account?.claims.email_verified], ['bob@example.org', false])
  })

  test('[RFC9700 4.7.1] an answer in another browser signs nobody in there, and stays good where it belongs', async () => {
    const world = ask()
    const { browser, sentTo } = await goToProvider(world)
    const callback = await signInThere(world, sentTo)
    const victim = testBrowser(world.login.app)
    await victim.start()
    const page = await victim.get(callback)
    assertRefused(world, { browser: victim, page, check: 'upstream_browser', status: 400 })
    const bare = testBrowser(world.login.app)
    const none = await bare.get(callback)
    assertRefused(world, { browser: bare, page: none, check: 'upstream_browser', status: 400 })
    assert.equal((await browser.get(callback)).statusCode, 303)
    assert.ok(browser.cookies.has(SESSION))
  })

  test('a state counts once, for ten minutes, and one that nobody sent never', async () => {
    const world = ask()
    const { browser, path, callback } = await signInWith(world)
    browser.cookies.delete(SESSION)
    const again = await browser.get(callback)
    assertRefused(world, { browser, page: again, check: 'upstream_state', status: 400 })
    // The way on leads to where they were.
    assert.match(again.body, new RegExp(`href="${path}"`))

    const late = await goToProvider(world)
    const lateCallback = await signInThere(world, late.sentTo)
    world.clock.advance(10 * MINUTE)
    const page = await late.browser.get(lateCallback)
    assertRefused(world, { browser: late.browser, page, check: 'upstream_state', status: 400 })

    for (const state of ['', 'x', 'A'.repeat(43)]) {
      const stranger = await late.browser.get(`/upstream/work/callback?code=abc&state=${state}`)
      assertRefused(world, { browser: late.browser, page: stranger, check: 'upstream_state', status: 400 })
    }
  })

  test('[RFC9207 2.4] an answer that names another issuer is not looked at', async () => {
    const world = ask()
    for (const iss of [OTHER, '', `${'https://provider.example'}/`]) {
      const { browser, sentTo } = await goToProvider(world)
      const callback = new URL(await signInThere(world, sentTo), ISSUER)
      world.asked.length = 0
      callback.searchParams.set('iss', iss)
      const page = await browser.get(`${callback.pathname}${callback.search}`)
      assertRefused(world, { browser, page, check: 'upstream_issuer', status: 400 })
      assert.deepEqual(world.asked, [])
    }
    // It says in its metadata that it always names itself.
    const { browser, sentTo } = await goToProvider(world)
    const callback = new URL(await signInThere(world, sentTo), ISSUER)
    callback.searchParams.delete('iss')
    const page = await browser.get(`${callback.pathname}${callback.search}`)
    assertRefused(world, { browser, page, check: 'upstream_response', status: 400 })
  })

  test('an ID token that anybody else made, or for anybody else, signs nobody in', async () => {
    const world = ask()
    const { privateKey } = await generateKeyPair('RS256')
    const forged: Record<string, Parameters<UpstreamWorld['meddle']>[0]> = {
      'another key under the same name': withIdToken(async (idToken) => {
        const { kid = '' } = decodeProtectedHeader(idToken)
        return new SignJWT(decodeJwt(idToken)).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
      }),
      'a key that it does not have': withIdToken(async (idToken) =>
        new SignJWT(decodeJwt(idToken)).setProtectedHeader({ alg: 'RS256', kid: 'mine' }).sign(privateKey),
      ),
      'alg none': withIdToken(async (idToken) => `${base64url({ alg: 'none' })}.${base64url(decodeJwt(idToken))}.`),
      'HS256 with our secret': withIdToken(async (idToken) =>
        new SignJWT(decodeJwt(idToken))
          .setProtectedHeader({ alg: 'HS256' })
          .sign(new TextEncoder().encode('the-secret-of-the-client-in-the-tests-0001')),
      ),
      'another audience': resigned(world, { aud: 'wiki' }),
      'us among others, for another': resigned(world, { aud: ['countersign', 'wiki'], azp: 'wiki' }),
      'another issuer': resigned(world, { iss: OTHER }),
      'another nonce': resigned(world, { nonce: 'of another sign-in' }),
      'no nonce': resigned(world, { nonce: undefined }),
      'one that is over': resigned(world, { exp: Math.floor(world.clock.now() / SECOND) - 3600 }),
      'no subject': resigned(world, { sub: '' }),
    }
    for (const [name, how] of Object.entries(forged)) {
      const { browser, sentTo } = await goToProvider(world)
      const callback = await signInThere(world, sentTo)
      world.meddle(how)
      const page = await browser.get(callback)
      world.meddle(undefined)
      assert.equal(page.statusCode, 400, name)
      assertRefused(world, { browser, page, check: 'upstream_id_token', status: 400 })
    }
  })

  test('[RFC7636] the code is of no use to who has seen it: the verifier never leaves the browser and us', async () => {
    const world = ask()
    const { sentTo } = await goToProvider(world)
    const callback = new URL(await signInThere(world, sentTo), ISSUER)
    const stolen = await world.provider.app.inject({
      method: 'POST',
      url: '/token',
      headers: {
        authorization: basicAuthorization('countersign'),
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams({
        grant_type: 'authorization_code',
        code: callback.searchParams.get('code') ?? '',
        redirect_uri: 'https://login.example/upstream/work/callback',
        code_verifier: VERIFIER,
      }).toString(),
    })
    assert.equal(stolen.json()['error'], 'invalid_grant')
  })

  test('what the provider refuses leads back to the sign-in page, with words and with the other ways', async () => {
    const world = ask()
    for (const [error, check, words] of [
      ['access_denied', 'upstream_denied', /You were not signed in at <bdi>Work<\/bdi>/],
      ['server_error', 'upstream_error', /<bdi>Work<\/bdi> could not sign you in/],
    ] as const) {
      const { browser, sentTo } = await goToProvider(world)
      const state = sentTo.searchParams.get('state')
      const query = new URLSearchParams({
        ...{ error, state: state ?? '', iss: 'https://provider.example' },
        error_description: '"><script>alert(1)</script>',
      })
      const page = await browser.get(`/upstream/work/callback?${query}`)
      assertRefused(world, { browser, page, check, status: 400 })
      assert.match(page.body, words)
      assert.doesNotMatch(page.body, /alert\(1\)/)
      assert.match(page.body, /name="password"/)
      assert.match(page.body, /Sign in with <bdi>Work<\/bdi>/)
      assert.match(page.body, /<title>Error: /)
    }
  })

  test('a provider that does not answer: the page says so, and another way is there', async () => {
    const world = await upstreamWorld()
    try {
      world.meddle(() => {
        throw new EgressError('timeout', 'provider.example: it took too long')
      })
      const browser = testBrowser(world.login.app)
      const { path, page } = await browser.start()
      const post = () => browser.post(`${path}/upstream`, { csrf: formToken(page, '/upstream'), provider: 'work' })
      const down = await post()
      assertRefused(world, { browser, page: down, check: 'upstream_unreachable', status: 502 })
      assert.match(down.body, /name="password"/)
      world.meddle(undefined)
      world.clock.advance(6 * SECOND)
      assert.equal((await post()).statusCode, 303)
    } finally {
      await world.close()
    }
  })

  test('the form is good in its browser alone, and only for providers that there are', async () => {
    const world = ask()
    const browser = testBrowser(world.login.app)
    const { path, page } = await browser.start()
    const csrf = formToken(page, '/upstream')
    const elsewhere = await browser.post(
      `${path}/upstream`,
      { csrf, provider: 'work' },
      { 'sec-fetch-site': 'cross-site' },
    )
    assert.equal(elsewhere.statusCode, 403)
    assert.equal((await browser.post(`${path}/upstream`, { csrf: 'x', provider: 'work' })).statusCode, 403)
    for (const provider of ['', 'unknown', '__proto__']) {
      assert.equal((await browser.post(`${path}/upstream`, { csrf, provider })).statusCode, 200)
    }
    assert.equal(locationOf(await browser.get(`${path}/upstream`)), path)
  })

  test('a disabled account stays out', async () => {
    const world = ask()
    await world.provider.addAccount({ username: 'dora', claims: { name: 'Dora' } })
    await signInWith(world, { username: 'dora' })
    const account = await accountOf(world, await subjectOf(world, 'dora'))
    await world.login.storage.accounts.setDisabled(account?.id ?? '', world.clock.now(), world.clock.now())
    const { browser, back } = await signInWith(world, { username: 'dora' })
    assertRefused(world, { browser, page: back, check: 'account_disabled', status: 403 })
  })

  test('markup in what the provider says is text everywhere', async () => {
    const world = ask()
    const nasty = '"><script>alert(1)</script>{{constructor}}'
    await world.provider.addAccount({ username: 'eve', claims: { name: nasty, email: 'eve@example.org' } })
    const { browser, back } = await signInWith(world, { username: 'eve' })
    assert.equal(back.statusCode, 303)
    const account = await accountOf(world, await subjectOf(world, 'eve'))
    assert.equal(account?.claims.name, nasty)
    assert.doesNotMatch((await browser.get('/')).body, /<script>alert/)
  })

  test('a second factor that is due is asked for before anybody is signed in', async () => {
    const world = ask()
    await world.provider.addAccount({ username: 'frank', claims: { name: 'Frank' } })
    await signInWith(world, { username: 'frank' })
    const account = await accountOf(world, await subjectOf(world, 'frank'))
    const phone = await addTotp(world.login, { id: account?.id ?? '' })
    const { browser, path, back } = await signInWith(world, { username: 'frank' })
    assert.equal(locationOf(back), path)
    assert.equal(browser.cookies.has(SESSION), false)
    assert.equal(locationOf(await enterCode(browser, path, phone.code())), path)
    const claims = await claimsAtApp(world, browser, path)
    assert.deepEqual([claims['amr'], claims['acr']], [['fed', 'otp', 'mfa'], 'aal2'])
  })
})

describe('two providers', () => {
  const ask = suite({
    providers: [aProvider(), aProvider({ id: 'other', name: 'Other', issuer: OTHER })],
  })

  test('[RFC9700 4.4] an answer of one is none of the other (mix-up)', async () => {
    const world = ask()
    const { browser, sentTo } = await goToProvider(world, { id: 'work' })
    const callback = (await signInThere(world, sentTo)).replace('/upstream/work/', '/upstream/other/')
    world.asked.length = 0
    const page = await browser.get(callback)
    assertRefused(world, { browser, page, check: 'upstream_issuer', status: 400 })
    // No code is sent to a provider that did not give it.
    assert.deepEqual(world.asked, [])
  })

  test('a code of another provider, put into an answer, signs nobody in', async () => {
    const world = ask()
    const one = await goToProvider(world, { id: 'work' })
    const other = await goToProvider(world, { id: 'other' })
    const [mine, theirs] = [
      new URL(await signInThere(world, one.sentTo), ISSUER),
      new URL(await signInThere(world, other.sentTo), ISSUER),
    ]
    mine.searchParams.set('code', theirs.searchParams.get('code') ?? '')
    const page = await one.browser.get(`${mine.pathname}${mine.search}`)
    assertRefused(world, { browser: one.browser, page, check: 'upstream_response', status: 400 })
  })

  test('[OpenID Connect Core 5.7] the same subject at another issuer is somebody else', async () => {
    const world = ask()
    await signInWith(world)
    const sub = await subjectOf(world)
    const first = await accountOf(world, sub)
    const { browser, sentTo } = await goToProvider(world, { id: 'other' })
    const callback = await signInThere(world, sentTo)
    const at = world.providers.get(OTHER)
    assert.ok(at)
    world.meddle(resigned({ ...world, provider: at }, { sub }))
    const back = await browser.get(callback)
    world.meddle(async (url, sent) =>
      url.endsWith('/userinfo') ? { ...sent, body: JSON.stringify({ ...JSON.parse(sent.body), sub }) } : sent,
    )
    world.meddle(undefined)
    // Its userinfo names another subject than its ID token: refused (OpenID Connect Core §5.3.4).
    assert.notEqual(back.statusCode, 303)
    const again = await goToProvider(world, { id: 'other' })
    const callbackAgain = await signInThere(world, again.sentTo)
    world.meddle(async (url, sent) =>
      url.endsWith('/userinfo')
        ? { ...sent, body: JSON.stringify({ ...JSON.parse(sent.body), sub }) }
        : resigned({ ...world, provider: at }, { sub })(url, sent),
    )
    assert.equal((await again.browser.get(callbackAgain)).statusCode, 303)
    world.meddle(undefined)
    const second = await accountOf(world, sub, OTHER)
    assert.ok(first && second)
    assert.notEqual(first.id, second.id)
  })
})

describe('who may sign up', () => {
  const ask = suite({
    providers: [
      aProvider({ id: 'closed', signUp: 'nobody' }),
      aProvider({ id: 'domain', issuer: OTHER, allowedDomains: ['example.org'] }),
    ],
  })

  test('nobody: who is not linked is told so, and signs in otherwise', async () => {
    const world = ask()
    const { browser, back } = await signInWith(world, { id: 'closed' })
    assertRefused(world, { browser, page: back, check: 'upstream_sign_up', status: 403 })
    assert.match(back.body, /No account here belongs to that account at <bdi>Work<\/bdi>/)
  })

  test('by domain: with a verified address at one of them alone', async () => {
    const world = ask()
    const other = world.providers.get(OTHER)
    assert.ok(other)
    for (const [username, email, verified, isIn] of [
      ['in', 'in@example.org', true, true],
      ['unverified', 'u@example.org', false, false],
      ['below', 'b@sub.example.org', true, false],
      ['elsewhere', 'e@example.org.evil.example', true, false],
    ] as const) {
      await other.addAccount({ username, claims: { email, email_verified: verified } })
      const { back } = await signInWith(world, { id: 'domain', username })
      assert.equal(back.statusCode, isIn ? 303 : 403, username)
    }
  })
})

describe('what a provider is trusted with', () => {
  const ask = suite({
    providers: [
      aProvider({
        trustsEmail: true,
        trustsAmr: true,
        claims: { name: 'name', email: 'email', groups: 'groups' },
        scope: 'openid profile email groups',
        allowedGroups: ['staff', 'managers'],
        require: [{ claim: 'groups', values: ['staff', 'guests'] }],
      }),
    ],
  })

  test('a verified address is taken over; one that an account here has makes no second one', async () => {
    const world = ask()
    await world.login.addAccount({ username: 'carl', claims: { email: 'carl@example.org', email_verified: true } })
    for (const [username, claims] of [
      ['carla', { email: 'carla@example.org', email_verified: true, groups: ['staff'] }],
      ['carl', { email: 'Carl@Example.org', email_verified: true, groups: ['staff'] }],
    ] as const) {
      await world.provider.addAccount({ username, claims })
    }
    await signInWith(world, { username: 'carla' })
    const account = await accountOf(world, await subjectOf(world, 'carla'))
    assert.equal(account?.claims.email_verified, true)
    const { browser, back } = await signInWith(world, { username: 'carl' })
    assertRefused(world, { browser, page: back, check: 'upstream_email', status: 403 })
  })

  test('groups: those that it decides about come and go at each sign-in, the others stay; one of them is required', async () => {
    const world = ask()
    const there = await world.provider.addAccount({ username: 'gina', claims: { groups: ['staff', 'admins'] } })
    const groupsThere = async (groups: readonly string[]) => {
      const account = await world.provider.storage.accounts.find(there.id)
      assert.ok(account)
      await world.provider.storage.accounts.setClaims(there.id, { ...account, claims: { ...account.claims, groups } })
    }
    await signInWith(world, { username: 'gina' })
    const account = await accountOf(world, there.id)
    assert.deepEqual(account?.claims.groups, ['staff'])
    await world.login.storage.accounts.setClaims(account.id, {
      ...account,
      claims: { ...account.claims, groups: ['staff', 'wiki'] },
    })
    await groupsThere(['guests', 'managers', 'admins'])
    const again = await signInWith(world, { username: 'gina' })
    assert.equal(again.back.statusCode, 303)
    assert.deepEqual((await accountOf(world, there.id))?.claims.groups, ['wiki', 'managers'])
    await groupsThere(['admins'])
    const { browser, back } = await signInWith(world, { username: 'gina' })
    assertRefused(world, { browser, page: back, check: 'upstream_claim', status: 403 })
  })

  test('[RFC8176] two factors there are two here', async () => {
    const world = ask()
    const there = await world.provider.addAccount({ username: 'hugo', claims: { groups: ['staff'] } })
    const { browser, path, sentTo } = await goToProvider(world, { query: authorizeQuery({ acr_values: 'aal2' }) })
    const callback = await signInThere(world, sentTo, { username: 'hugo' })
    world.meddle(resigned(world, { amr: ['pwd', 'hwk', 'mfa', 'made up'] }))
    assert.equal((await browser.get(callback)).statusCode, 303)
    world.meddle(undefined)
    const claims = await claimsAtApp(world, browser, path)
    assert.deepEqual([claims['amr'], claims['acr']], [['fed', 'pwd', 'hwk', 'mfa'], 'aal2'])
    assert.equal(claims.sub, (await accountOf(world, there.id))?.id)
  })
})

describe('how old the sign-in there may be', () => {
  const ask = suite({
    providers: [aProvider(), aProvider({ id: 'silent', issuer: OTHER, needsAuthTime: false })],
  })

  test('[OpenID Connect Core 3.1.2.1] prompt=login and max_age are asked of the provider, and its auth_time is what apps get', async () => {
    const world = ask()
    const at = testBrowser(world.provider.app)
    await signInWith(world, { at })
    world.clock.advance(20 * MINUTE)
    const old = await signInWith(world, { at })
    const claims = await claimsAtApp(world, old.browser, old.path)
    assert.equal(claims['auth_time'], Math.floor(world.clock.now() / SECOND) - 20 * 60)
    for (const [query, wanted] of [
      [authorizeQuery({ prompt: 'login' }), { prompt: 'login', max_age: '0' }],
      [authorizeQuery({ max_age: '600' }), { max_age: '600' }],
    ] as const) {
      const { browser, path, sentTo } = await goToProvider(world, { query })
      for (const [name, value] of Object.entries(wanted)) assert.equal(sentTo.searchParams.get(name), value)
      world.clock.advance(30 * SECOND)
      const callback = await signInThere(world, sentTo)
      assert.equal((await browser.get(callback)).statusCode, 303)
      const fresh = await claimsAtApp(world, browser, path)
      assert.ok(Number(fresh['auth_time']) >= world.clock.now() / SECOND - 31)
    }
  })

  test('one that is older, or does not say, is refused where a fresh one is wanted', async () => {
    const world = ask()
    for (const authTime of [Math.floor(world.clock.now() / SECOND) - 3600, undefined]) {
      const { browser, sentTo } = await goToProvider(world, { query: authorizeQuery({ prompt: 'login' }) })
      const callback = await signInThere(world, sentTo)
      world.meddle(resigned(world, { auth_time: authTime }))
      const page = await browser.get(callback)
      world.meddle(undefined)
      assertRefused(world, { browser, page, check: 'upstream_age', status: 403 })
    }
    const at = world.providers.get(OTHER)
    assert.ok(at)
    const { browser, sentTo } = await goToProvider(world, { id: 'silent', query: authorizeQuery({ prompt: 'login' }) })
    const callback = await signInThere(world, sentTo)
    world.meddle(resigned({ ...world, provider: at }, { auth_time: undefined }))
    assert.equal((await browser.get(callback)).statusCode, 303)
    world.meddle(undefined)
  })

  test('login_hint goes on to the provider', async () => {
    const { sentTo } = await goToProvider(ask(), { query: authorizeQuery({ login_hint: 'alice@example.org' }) })
    assert.equal(sentTo.searchParams.get('login_hint'), 'alice@example.org')
  })
})
