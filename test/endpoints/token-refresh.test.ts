/** grant_type=refresh_token: rotation that is safe to retry, theft that is noticed, and lifetimes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aClient, aPublicClient, CLIENT_SECRET, LIFETIMES } from '../fixtures/client.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, spaQuery, testBrowser } from '../fixtures/test-browser.ts'
import { assertRefused, newCode, newSpaTokens, newTokens, postAsApp, postForm } from '../fixtures/test-client.ts'
import { signInAndConsent } from '../fixtures/test-pages.ts'

const posting = aClient({ id: 'posting', metadata: { token_endpoint_auth_method: 'client_secret_post' } })
const clients = [aClient(), aPublicClient(), posting]

describe('grant_type=refresh_token', () => {
  const started = suiteApp({ clients })
  const refresh = (refresh_token: string, more: Record<string, string> = {}) =>
    postAsApp(started().app, '/token', { grant_type: 'refresh_token', refresh_token, ...more })
  const refreshSpa = (refresh_token: string) =>
    postForm(started().app, '/token', { grant_type: 'refresh_token', client_id: 'spa', refresh_token })
  const spaTokens = async () => {
    const { app } = started()
    const answer = await signInAndConsent(testBrowser(app), spaQuery())
    return newSpaTokens(app, answer.searchParams.get('code') ?? '')
  }

  test('[RFC6749 6] a confidential client’s refresh token stays the same, and the ID token has no nonce', async () => {
    const { app, clock } = started()
    const before = await newTokens(app)
    clock.advance(1_000)
    const after = (await refresh(before.refresh_token)).json()
    assert.equal(after.refresh_token, before.refresh_token)
    assert.notEqual(after.access_token, before.access_token)
    const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    const [first, second] = [claims(before.id_token), claims(after.id_token)]
    assert.deepEqual(
      [second.sub, second.aud, second.auth_time, second.nonce],
      [first.sub, first.aud, first.auth_time, undefined],
    )
    assert.equal(second.iat, first.iat + 1)
  })

  test('[RFC6749 6] scope may be narrowed, never widened', async () => {
    const { refresh_token } = await newTokens(started().app)
    assert.equal((await refresh(refresh_token, { scope: 'openid' })).json().scope, 'openid')
    assertRefused(await refresh(refresh_token, { scope: 'openid address' }), 400, 'invalid_scope')
    assert.equal((await refresh(refresh_token)).json().scope, 'openid profile email')
  })

  test('[RFC6749 6] who repeats what was asked for at first gets it again', async () => {
    const { refresh_token } = await newTokens(started().app)
    assert.equal((await refresh(refresh_token, { scope: 'email profile openid' })).json().scope, 'email profile openid')
  })

  test('[RFC9700 4.14.2] two tabs that refresh at once go on with one successor, each of them', async () => {
    const first = await spaTokens()
    const [one, other] = (await Promise.all([refreshSpa(first.refresh_token), refreshSpa(first.refresh_token)])).map(
      (response) => response.json(),
    )
    assert.equal(one.refresh_token, other.refresh_token)
    assert.notEqual(one.access_token, other.access_token)
    const next = await Promise.all([refreshSpa(one.refresh_token), refreshSpa(other.refresh_token)])
    assert.deepEqual(
      next.map(({ statusCode }) => statusCode),
      [200, 200],
    )
  })

  test('[RFC9700 4.14.2] a lost answer costs nothing: who asks again, and again, gets the successor', async () => {
    const first = await spaTokens()
    const lost = (await refreshSpa(first.refresh_token)).json()
    for (let attempt = 0; attempt < 3; attempt++) {
      assert.equal((await refreshSpa(first.refresh_token)).json().refresh_token, lost.refresh_token)
    }
    assert.equal((await refreshSpa(lost.refresh_token)).statusCode, 200)
  })

  test('[RFC6749 6] it is bound to its client', async () => {
    const { app } = started()
    const { refresh_token } = await newTokens(app)
    assertRefused(await refreshSpa(refresh_token), 400, 'invalid_grant')
    const posted = await postForm(app, '/token', {
      grant_type: 'refresh_token',
      refresh_token,
      client_id: 'posting',
      client_secret: CLIENT_SECRET,
    })
    assertRefused(posted, 400, 'invalid_grant')
    assert.equal((await refresh(refresh_token)).statusCode, 200)
  })

  test('one that is shortened, lengthened, changed in any byte, or of another kind is not known', async () => {
    const { app } = started()
    const { refresh_token: token, access_token, id_token } = await newTokens(app)
    const changed = [...token].map(
      (letter, at) => `${token.slice(0, at)}${letter === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`,
    )
    for (const bad of [...changed, token.slice(0, -1), `${token}A`, 'x', 'A'.repeat(70)]) {
      assertRefused(await refresh(bad), 400, 'invalid_grant')
    }
    assertRefused(await refresh(access_token), 400, access_token.length > 512 ? 'invalid_request' : 'invalid_grant')
    assertRefused(await refresh(id_token), 400, id_token.length > 512 ? 'invalid_request' : 'invalid_grant')
    assert.equal((await refresh(token)).statusCode, 200)
  })

  test('[RFC9700 4.14.2] a public client’s is rotated; the same old one gets the same successor within the window', async () => {
    const { clock } = started()
    const first = await spaTokens()
    const second = (await refreshSpa(first.refresh_token)).json()
    assert.notEqual(second.refresh_token, first.refresh_token)
    clock.advance(LIFETIMES.refreshRetryWindow)
    assert.equal((await refreshSpa(first.refresh_token)).json().refresh_token, second.refresh_token)
    assert.equal((await refreshSpa(second.refresh_token)).statusCode, 200)
  })

  test('[RFC9700 4.14.2] reuse after the window kills the whole family', async () => {
    const { app, clock, logged } = started()
    const first = await spaTokens()
    const second = (await refreshSpa(first.refresh_token)).json()
    clock.advance(LIFETIMES.refreshRetryWindow + 1)
    assertRefused(await refreshSpa(first.refresh_token), 400, 'invalid_grant')
    assertRefused(await refreshSpa(second.refresh_token), 400, 'invalid_grant')
    const info = await app.inject({ url: '/userinfo', headers: { authorization: `Bearer ${second.access_token}` } })
    assertRefused(info, 401, 'invalid_token')
    assert.ok(
      logged.some(
        (line) =>
          line['audit'] === 'grant_revoked' && line['because'] === 'refresh_token_reused' && line['level'] === 40,
      ),
    )
  })

  test('a token two generations old kills the family even within the window', async () => {
    const first = await spaTokens()
    const second = (await refreshSpa(first.refresh_token)).json()
    const third = (await refreshSpa(second.refresh_token)).json()
    assertRefused(await refreshSpa(first.refresh_token), 400, 'invalid_grant')
    assertRefused(await refreshSpa(third.refresh_token), 400, 'invalid_grant')
  })

  test('a token of a generation that was never issued is no theft: it is not known', async () => {
    const first = await spaTokens()
    const bytes = Buffer.from(first.refresh_token, 'base64url')
    bytes.writeUInt32BE(2, 16)
    assertRefused(await refreshSpa(bytes.toString('base64url')), 400, 'invalid_grant')
    assert.equal((await refreshSpa(first.refresh_token)).statusCode, 200)
  })

  test('it ends with the session, unless offline_access was granted', async () => {
    const { app, clock } = started()
    const browser = testBrowser(app)
    const bound = await newTokens(app, { browser })
    clock.advance(1)
    const offline = await newTokens(app, {
      browser,
      query: authorizeQuery({ scope: 'openid offline_access', prompt: 'login' }),
    })
    await browser.get(`/end-session?id_token_hint=${bound.id_token}`)
    assertRefused(await refresh(bound.refresh_token), 400, 'invalid_grant')
    assert.equal((await refresh(offline.refresh_token)).statusCode, 200)
  })
})

describe('the lifetime of refresh tokens that rotate', () => {
  const lasting = aPublicClient({
    isFirstParty: true,
    lifetimes: { ...LIFETIMES, refreshToken: 3_600_000, refreshTokenAbsolute: 2.5 * 3_600_000 },
  })
  const started = suiteApp({ clients: [lasting] })

  test('[RFC9700 4.14.2] no rotation leads beyond the absolute end of the family', async () => {
    const { app, clock } = started()
    const refresh = (refresh_token: string) =>
      postForm(app, '/token', { grant_type: 'refresh_token', client_id: 'spa', refresh_token })
    let { refresh_token: token } = await newSpaTokens(app, await newCode(app, { query: spaQuery() }))
    for (const minutes of [59, 59, 31]) {
      clock.advance(minutes * 60_000)
      const refreshed = await refresh(token)
      assert.equal(refreshed.statusCode, 200)
      token = refreshed.json().refresh_token
    }
    clock.advance(60_001)
    assertRefused(await refresh(token), 400, 'invalid_grant')
  })
})

describe('the lifetime of refresh tokens', () => {
  const lasting = aClient({
    lifetimes: { ...LIFETIMES, refreshToken: 3_600_000, refreshTokenAbsolute: 2.5 * 3_600_000 },
  })
  const started = suiteApp({ clients: [lasting] })

  test('each use moves its idle end, and nothing moves the absolute one', async () => {
    const { app, clock } = started()
    const refresh = (refresh_token: string) => postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token })
    const { refresh_token: token } = await newTokens(app)
    for (let hour = 0; hour < 2; hour++) {
      clock.advance(3_599_999)
      assert.equal((await refresh(token)).statusCode, 200)
    }
    clock.advance(1_800_001)
    assert.equal((await refresh(token)).statusCode, 200)
    clock.advance(2)
    assertRefused(await refresh(token), 400, 'invalid_grant')

    const { refresh_token: idle } = await newTokens(app)
    clock.advance(3_600_000)
    assertRefused(await refresh(idle), 400, 'invalid_grant')
  })
})
