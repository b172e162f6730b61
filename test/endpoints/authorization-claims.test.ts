/** Claims that are asked for one by one, what an ID token says of the sign-in, and the modes of the answer. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { claimsOf } from '../fixtures/forged-tokens.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import {
  authorizeQuery,
  basicAuthorization,
  formToken,
  locationOf,
  spaQuery,
  testBrowser,
} from '../fixtures/test-browser.ts'
import { codeFields, newCode, newSpaTokens, newTokens, postAsApp, postForm, userinfo } from '../fixtures/test-client.ts'
import { answerOf } from '../fixtures/test-pages.ts'

const narrow = aClient({ id: 'narrow', metadata: { scope: ['openid', 'email'] } })
const inIdToken = aClient({ id: 'in-id-token', hasClaimsInIdToken: true })

const asking = (claims: unknown, more: Record<string, string> = {}) =>
  authorizeQuery({ scope: 'openid', claims: JSON.stringify(claims), ...more })

describe('[OpenID Connect Core 5.5] claims that are asked for one by one', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), narrow, inIdToken] })

  async function tokensOf(id: string, query: string) {
    const code = await newCode(started().app, { query })
    return (await postForm(started().app, '/token', codeFields(code), { authorization: basicAuthorization(id) })).json()
  }

  test('are where they were asked for, and nowhere else; also after a refresh', async () => {
    const { app } = started()
    const claims = {
      userinfo: { email: { essential: true }, phone_number: null },
      id_token: { name: null, shoe: null },
    }
    const { access_token, id_token, refresh_token } = await newTokens(app, { query: asking(claims) })
    const { name, email, shoe } = claimsOf(id_token)
    assert.deepEqual([name, email, shoe], ['Alice Example', undefined, undefined])
    const said = (await userinfo(app, access_token)).json()
    assert.deepEqual(said, { sub: claimsOf(id_token)['sub'], email: 'alice@example.org' })

    const again = (await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token })).json()
    assert.equal(claimsOf(again.id_token)['name'], 'Alice Example')
    assert.deepEqual((await userinfo(app, again.access_token)).json(), said)
  })

  test('are not given where the client could not have their scope', async () => {
    const claims = { userinfo: { email: null, name: null }, id_token: { name: { essential: true } } }
    const { access_token, id_token } = await tokensOf('narrow', asking(claims, { client_id: 'narrow' }))
    assert.equal('name' in claimsOf(id_token), false)
    assert.deepEqual(Object.keys((await userinfo(started().app, access_token)).json()), ['email', 'sub'])
  })

  test('never take the place of what the token itself says', async () => {
    const all = { sub: null, iss: null, aud: null, exp: null, nonce: null, acr: null, amr: null, auth_time: null }
    const { id_token, access_token } = await newTokens(started().app, {
      query: asking({ id_token: all, userinfo: all }),
    })
    const plain = await newTokens(started().app, { query: authorizeQuery({ scope: 'openid' }) })
    assert.deepEqual(Object.keys(claimsOf(id_token)).sort(), Object.keys(claimsOf(plain.id_token)).sort())
    assert.deepEqual(Object.keys((await userinfo(started().app, access_token)).json()), ['sub'])
  })

  test('an app that is not first-party gets them when the person allows it; that is asked once', async () => {
    const { app, addAccount } = started()
    await addAccount({ username: 'claire', claims: { nickname: 'Clé <b>', email: 'claire@example.org' } })
    const query = (claims: unknown, more = {}) => spaQuery({ scope: 'openid', claims: JSON.stringify(claims), ...more })
    const nickname = { userinfo: { nickname: null } }
    const browser = testBrowser(app)
    const { path, csrf } = await browser.start(query(nickname))
    await browser.post(`${path}/password`, { csrf, username: 'claire', password: PASSWORD })
    const page = await browser.get(path)
    assert.match(page.body, /See your nickname<\/strong>[^/]*<span class="quiet"><bdi>Clé &lt;b&gt;/)
    assert.doesNotMatch(page.body, /e-mail/)
    const allow = { csrf: formToken(page, '/consent'), answer: 'allow' }
    const done = await browser.get(locationOf(await browser.post(`${path}/consent`, allow)))
    const tokens = await newSpaTokens(app, answerOf(done).searchParams.get('code') ?? '')
    assert.equal((await userinfo(app, tokens.access_token)).json().nickname, 'Clé <b>')

    const silently = async (claims: unknown, more = {}) =>
      answerOf(await browser.get(`/authorize?${query(claims, { prompt: 'none', ...more })}`)).searchParams
    assert.ok((await silently(nickname)).get('code'))
    assert.ok((await silently({ id_token: { nickname: null } })).get('code'))
    assert.equal((await silently({ userinfo: { email: null } })).get('error'), 'consent_required')
    assert.equal((await silently(undefined, { scope: 'openid profile' })).get('error'), 'consent_required')

    const wider = await browser.get(
      locationOf(await browser.get(`/authorize?${query({ userinfo: { nickname: null, email: null } })}`)),
    )
    assert.match(wider.body, /See your e-mail address<\/strong> <span class="badge">New/)
    assert.doesNotMatch(wider.body, /See your nickname<\/strong> <span class="badge">New/)
  })

  test('what was allowed by its scope is allowed', async () => {
    const { app, addAccount, storage, clock } = started()
    const { id } = await addAccount({ username: 'sam' })
    const consent = {
      accountId: id,
      clientId: 'spa',
      scopes: ['openid', 'email'],
      claims: [],
      resources: [],
      shownHash: undefined,
    }
    await storage.consents.add({ ...consent, consentedAt: clock.now() })
    const query = spaQuery({ scope: 'openid', claims: '{"userinfo":{"email":null}}' })
    const answer = await testBrowser(app).signIn(query, { username: 'sam', password: PASSWORD })
    assert.ok(answer.searchParams.get('code'))
  })

  test('the form of fewer claims is no consent to more', async () => {
    const { app, addAccount, storage } = started()
    const { id } = await addAccount({ username: 'fay' })
    const browser = testBrowser(app)
    const few = await browser.start(spaQuery({ scope: 'openid' }))
    await browser.post(`${few.path}/password`, { csrf: few.csrf, username: 'fay', password: PASSWORD })
    const more = locationOf(
      await browser.get(`/authorize?${spaQuery({ scope: 'openid', claims: '{"userinfo":{"email":null}}' })}`),
    )
    const form = { csrf: formToken(await browser.get(few.path), '/consent'), answer: 'allow' }
    assert.equal(locationOf(await browser.post(`${more}/consent`, form)), more)
    assert.equal(await storage.consents.find(id, 'spa'), undefined)
  })

  test('[5.5.1] a value of sub: tokens for that end-user, or none', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    const { id_token } = await newTokens(app, { browser })
    const silently = async (value: unknown) =>
      answerOf(await browser.get(`/authorize?${asking({ id_token: { sub: { value } } }, { prompt: 'none' })}`))
        .searchParams
    assert.ok((await silently(claimsOf(id_token)['sub'])).get('code'))
    assert.equal((await silently('somebody-else')).get('error'), 'login_required')
    started().clock.advance(1)
    const answer = await testBrowser(app).signIn(asking({ id_token: { sub: { value: 'somebody-else' } } }))
    assert.equal(answer.searchParams.get('error'), 'login_required')
  })

  test('[5.4] claims_in_id_token: what the scopes ask for is in the ID token, narrowed as they are', async () => {
    const query = authorizeQuery({ client_id: 'in-id-token', scope: 'openid email profile' })
    const { id_token, refresh_token } = await tokensOf('in-id-token', query)
    const { email, email_verified, name } = claimsOf(id_token)
    assert.deepEqual([email, email_verified, name], ['alice@example.org', true, 'Alice Example'])
    const fields = { grant_type: 'refresh_token', refresh_token, scope: 'openid profile' }
    const headers = { authorization: basicAuthorization('in-id-token') }
    const narrowed = claimsOf((await postForm(started().app, '/token', fields, headers)).json().id_token)
    assert.deepEqual([narrowed['email'], narrowed['name']], [undefined, 'Alice Example'])
  })
})

describe('[OpenID Connect Core 5.1] every standard claim', () => {
  const started = suiteApp({ clients: [aClient(), inIdToken] })
  const claims = {
    name: 'Eva Example',
    given_name: 'Eva',
    family_name: 'Example',
    middle_name: 'M.',
    nickname: 'Evi',
    preferred_username: 'eva',
    profile: 'https://eva.example/',
    picture: 'https://eva.example/me.png',
    website: 'https://eva.example/',
    gender: 'female',
    birthdate: '0000-02-29',
    zoneinfo: 'Europe/Vienna',
    locale: 'de-AT',
    updated_at: 1_700_000_000,
    email: 'eva@example.org',
    email_verified: false,
    address: { street_address: 'Ring 1\nStiege 2', locality: 'Wien', postal_code: '1010', country: 'AT' },
    phone_number: '+43 1 2345678',
    phone_number_verified: true,
    groups: ['staff', 'board'],
  }

  test('comes out as it went in and with its type, at userinfo and in the ID token', async () => {
    const { app, addAccount } = started()
    const { id } = await addAccount({ username: 'eva', claims })
    const query = authorizeQuery({ client_id: 'in-id-token', scope: 'openid profile email address phone groups' })
    const answer = await testBrowser(app).signIn(query, { username: 'eva', password: PASSWORD })
    const headers = { authorization: basicAuthorization('in-id-token') }
    const fields = codeFields(answer.searchParams.get('code') ?? '')
    const { access_token, id_token } = (await postForm(app, '/token', fields, headers)).json()
    assert.deepEqual((await userinfo(app, access_token)).json(), { ...claims, sub: id })
    const { at_hash: _, ...said } = claimsOf(id_token)
    assert.deepEqual(Object.fromEntries(Object.keys(claims).map((name) => [name, said[name]])), claims)
  })

  test('[5.5] one by one, each comes alone', async () => {
    const { app } = started()
    for (const [name, value] of Object.entries(claims)) {
      const asked = authorizeQuery({ scope: 'openid', claims: JSON.stringify({ userinfo: { [name]: null } }) })
      const answer = await testBrowser(app).signIn(asked, { username: 'eva', password: PASSWORD })
      const tokens = (await postAsApp(app, '/token', codeFields(answer.searchParams.get('code') ?? ''))).json()
      const { sub, ...said } = (await userinfo(app, tokens.access_token)).json()
      assert.ok(sub)
      assert.deepEqual(said, { [name]: value })
    }
  })
})

describe('[OpenID Connect Core 2] what an ID token says of the sign-in', () => {
  const started = suiteApp({
    clients: [aClient(), aClient({ id: 'strict', metadata: { default_acr_values: ['phr'] } })],
  })
  const acrOf = async (query: string) => claimsOf((await newTokens(started().app, { query })).id_token)['acr']

  test('acr is always there; [3.1.2.1] acr_values are wishes, [5.5.1.1] and so is a voluntary claim', async () => {
    assert.equal(await acrOf(authorizeQuery()), 'aal1')
    assert.equal(await acrOf(authorizeQuery({ acr_values: 'phr aal2' })), 'aal1')
    assert.equal(await acrOf(asking({ id_token: { acr: { values: ['phr'] } } })), 'aal1')
    assert.equal(await acrOf(asking({ id_token: { acr: { essential: true } } })), 'aal1')
    assert.equal(await acrOf(asking({ id_token: { acr: { essential: true, values: ['phr', 'aal1'] } } })), 'aal1')
    const strict = await testBrowser(started().app).signIn(authorizeQuery({ client_id: 'strict' }))
    assert.ok(strict.searchParams.get('code'))
  })

  test('[OpenID Connect Core 3.1.2.1] display and the locales change nothing, known or not', async () => {
    for (const more of [
      { display: 'popup' },
      { display: 'hologram' },
      { ui_locales: 'tlh -- de', claims_locales: '§' },
    ]) {
      const answer = await testBrowser(started().app).signIn(authorizeQuery(more))
      assert.ok(answer.searchParams.get('code'))
    }
  })
})

describe('[OAuth Multiple Response Types 2.1] response_mode=fragment', () => {
  const withQuery = aClient({
    metadata: { redirect_uris: ['https://app.example/callback', 'https://app.example/cb?x=%20'] },
  })
  const started = suiteApp({ clients: [withQuery] })

  test('carries the code, and the query of the registered URI stays', async () => {
    const browser = testBrowser(started().app)
    const query = { response_mode: 'fragment', redirect_uri: 'https://app.example/cb?x=%20' }
    const answer = await browser.signIn(authorizeQuery(query))
    assert.equal(answer.search, '?x=%20')
    const fields = new URLSearchParams(answer.hash.slice(1))
    assert.deepEqual([...fields.keys()].sort(), ['code', 'iss', 'state'])
  })

  test('carries refusals, too', async () => {
    const { app } = started()
    for (const more of [{ prompt: 'none' }, { scope: 'root' }, { response_type: 'token' }]) {
      const answer = answerOf(
        await testBrowser(app).get(`/authorize?${authorizeQuery({ response_mode: 'fragment', ...more })}`),
      )
      assert.equal(answer.search, '')
      const fields = new URLSearchParams(answer.hash.slice(1))
      assert.ok(fields.get('error') && fields.get('state') === 'a-state' && fields.get('iss'))
    }
  })
})
