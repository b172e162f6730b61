/** countersign explain, of refusals that really happened. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { sha256 } from '../../src/base/hash.ts'
import { aClient, aPublicClient, CLIENT_SECRET } from '../fixtures/client.ts'
import { assertionFields, jwtOf } from '../fixtures/client-assertion.ts'
import { ecPair, jwkOf } from '../fixtures/client-keys.ts'
import { START } from '../fixtures/clock.ts'
import { errorIdOf, explained, runExplain } from '../fixtures/explained.ts'
import { requestObject } from '../fixtures/request-object.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER, NO_REGISTRATION, PASSWORD } from '../fixtures/test-app.ts'
import {
  authorizeQuery,
  basicAuthorization,
  formToken,
  locationOf,
  spaQuery,
  testBrowser,
} from '../fixtures/test-browser.ts'
import { codeFields, newCode, newTokens, postAsApp, postForm, userinfo } from '../fixtures/test-client.ts'

const ec = ecPair()
const clients = [
  aClient(),
  aPublicClient(),
  aClient({
    id: 'signer',
    secretHashes: [],
    metadata: { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ ...jwkOf(ec), kid: 'one' }] } },
  }),
  aClient({ id: 'rotating', rotatesRefreshTokens: true }),
]

describe('at the authorization endpoint', () => {
  const started = suiteApp({ clients })
  const ask = (query: string, headers: Record<string, string> = {}, browser = testBrowser(started().app)) =>
    browser.get(`/authorize?${query}`, headers)
  const why = async (response: LightMyRequestResponse | Promise<LightMyRequestResponse>) =>
    explained(started(), await response)

  test('a redirect_uri that is not registered: where it differs, and the lines to paste', async () => {
    const { text, told } = await why(ask(authorizeQuery({ redirect_uri: 'https://app.example/Callback/' })))
    assert.equal(told.check, 'redirect_uri')
    assert.deepEqual(told.client, { client_id: 'app', client_name: 'App' })
    assert.deepEqual(told.shown.slice(0, 4), [
      'came        https://app.example/Callback/',
      'registered  https://app.example/callback',
      '                                ^',
      'the path is /Callback/ instead of /callback',
    ])
    assert.match(
      text,
      / {4}redirect_uris:\n\s+- https:\/\/app\.example\/callback\n\s+- https:\/\/app\.example\/Callback\//,
    )
    assert.match(text, /client +app \(App\)/)
    assert.match(text, /asked +client_id=app/)
    assert.match(text, /and without showing them: state, nonce, code_challenge/)
  })

  for (const [sent, words] of [
    ['https://app.example/callback/', 'a slash more at the end'],
    ['http://app.example/callback', 'the scheme is http:// instead of https://'],
    ['https://app.example:8443/callback', 'the port is 8443 instead of left out'],
    ['https://www.app.example/callback', 'the host is www.app.example instead of app.example'],
    ['https://app.example/callback?tenant=1', 'the query is another one'],
    ['https://APP.example/callback', 'the same but for capital letters'],
  ] as const) {
    test(`${sent}: ${words}`, async () => {
      const { told } = await why(ask(authorizeQuery({ redirect_uri: sent })))
      assert.equal(told.shown[3], words)
    })
  }

  test('what may never be registered is not offered to be pasted', async () => {
    const { told } = await why(ask(authorizeQuery({ redirect_uri: 'http://app.example/callback' })))
    assert.match(told.to_do[0] ?? '', /cannot be registered as it is: it is plain http/)
    assert.doesNotMatch(told.shown.join('\n'), /clients:/)
  })

  test('secrets in a redirect_uri are not shown', async () => {
    const uri = 'https://user:canary@app.example/callback?access_token=canary&x=1'
    const { text } = await why(ask(authorizeQuery({ redirect_uri: uri })))
    assert.doesNotMatch(text, /canary/)
    assert.match(text, /https:\/\/…@app\.example\/callback\?access_token=…&x=1/)
  })

  test('a client_id that is not known: the nearest one', async () => {
    const { told } = await why(ask(authorizeQuery({ client_id: 'appp' })))
    assert.deepEqual([told.check, told.came, told.client], ['client_id', 'appp', null])
    assert.equal(told.to_do[0], 'The nearest that is known: app.')
  })

  for (const [what, overrides, check, came] of [
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'pkce', 'no code_challenge'],
    ['PKCE plain', { code_challenge_method: 'plain' }, 'pkce', 'code_challenge_method plain'],
    [
      'PKCE without a method',
      { code_challenge_method: undefined },
      'pkce',
      'code_challenge_method left out, which means plain',
    ],
    ['a scope that is not allowed', { scope: 'admin' }, 'scope', 'admin'],
    ['no scope', { scope: undefined }, 'scope', 'no scope at all'],
    ['response_type=token', { response_type: 'token' }, 'response_type', 'token'],
    ['an API that is not its own', { resource: 'https://api.example' }, 'resource', 'https://api.example'],
    ['no response_type', { response_type: undefined }, 'parameter_missing', null],
    ['claims that are no JSON', { claims: 'x' }, 'claims', null],
    ['an unknown prompt', { prompt: 'maybe' }, 'prompt', 'maybe'],
    ['a hint of nobody', { prompt: 'none', id_token_hint: 'x.y.z' }, 'id_token_hint', null],
  ] as const) {
    test(`${what}: ${check}`, async () => {
      const { told } = await why(ask(authorizeQuery(overrides)))
      assert.deepEqual([told.check, told.came], [check, came])
    })
  }

  test('prompt=none and nobody is signed in', async () => {
    const { told, text } = await why(ask(authorizeQuery({ prompt: 'none' })))
    assert.equal(told.check, 'session')
    assert.match(told.to_do[0] ?? '', /sent no session cookie/)
    assert.match(text, /asked .*prompt=none/s)
  })

  test('prompt=none in a frame of another site: its cookies are blocked', async () => {
    const headers = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' }
    const { told } = await why(ask(authorizeQuery({ prompt: 'none' }), headers))
    assert.match(told.to_do[0] ?? '', /from a frame and without our cookie/)
  })

  test('prompt=none and a session that was idle for too long, or was signed out', async () => {
    const { app, clock, deps } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    clock.advance(13 * HOUR)
    const idle = await why(ask(authorizeQuery({ prompt: 'none' }), {}, browser))
    assert.match(idle.told.to_do[0] ?? '', /had been idle for 13 h; 12 h are allowed/)
    const [sessionId = ''] = browser.cookies.get('__Host-countersign-session')?.split('.') ?? []
    await deps.storage.sessions.end(sessionId, clock.now())
    clock.advance(MINUTE)
    const over = await why(ask(authorizeQuery({ prompt: 'none' }), {}, browser))
    assert.match(over.told.to_do[0] ?? '', /was signed out 60 s ago/)
  })

  test('prompt=none, and the sign-in is older than max_age', async () => {
    const { app, clock } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    clock.advance(42 * SECOND)
    const { told } = await why(ask(authorizeQuery({ prompt: 'none', max_age: '30' }), {}, browser))
    assert.deepEqual(
      [told.check, told.expected, told.came],
      ['session_age', 'a sign-in within 30 s (max_age)', '42 s ago, 12 s too long'],
    )
  })

  test('prompt=none, and the person has not allowed it yet: which scopes', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn()
    const { told } = await why(ask(spaQuery({ prompt: 'none', scope: 'openid email' }), {}, browser))
    assert.deepEqual([told.check, told.came], ['consent', 'not yet allowed: openid email'])
  })

  test('prompt=none, and the hint is of another account', async () => {
    const { app } = started()
    const { id_token: hint } = await newTokens(app)
    const browser = testBrowser(app)
    await browser.signIn(authorizeQuery(), { username: 'bob' })
    const { told, text } = await why(ask(authorizeQuery({ prompt: 'none', id_token_hint: hint }), {}, browser))
    assert.equal(told.check, 'account')
    assert.ok(!text.includes(hint))
  })

  test('a request object that has expired, by how much', async () => {
    const exp = started().clock.now() / 1000 - 300
    const request = requestObject(ec.privateKey, { client_id: 'signer', iss: 'signer', exp })
    const { told } = await why(ask(authorizeQuery({ client_id: 'signer', request })))
    assert.deepEqual([told.check, told.came], ['request_object_time', 'exp 5 min ago'])
  })
})

describe('on the pages', () => {
  const started = suiteApp({ clients })

  test('a wrong password, then “Cancel”: one flow, told from its beginning', async () => {
    const { app, clock } = started()
    const browser = testBrowser(app)
    const { path, csrf } = await browser.start()
    clock.advance(5 * SECOND)
    const wrong = await browser.post(`${path}/password`, { csrf, username: 'alice', password: 'canary-wrong' })
    const first = await explained(started(), wrong)
    assert.deepEqual([first.told.check, first.told.flow_id], ['password', path.split('/').at(-1)])
    assert.match(first.text, /e-mail address counts only when it is verified and belongs to one account/)
    assert.doesNotMatch(wrong.body, /verified/)
    assert.equal(first.told.asked['client_id'], 'app')
    assert.doesNotMatch(first.text, /canary|alice/)
    clock.advance(5 * SECOND)
    const cancelled = await browser.post(`${path}/cancel`, { csrf: formToken(wrong, '/cancel') })
    const { told } = await explained(started(), cancelled)
    assert.equal(told.check, 'denied')
    assert.deepEqual(
      told.steps.map(({ what }) => what.replace(/error \S+:/, 'error …:')),
      [
        'client app asked, and the person was sent to the sign-in page',
        'refused, error …: The user name or the password is not right. Check both and try again. (password)',
        'the sign-in page was answered',
        'this refusal (denied)',
      ],
    )
  })

  test('a form without our cookie', async () => {
    const { app } = started()
    const { path, csrf } = await testBrowser(app).start()
    const without = await testBrowser(app).post(`${path}/password`, { csrf, username: 'alice', password: 'x' })
    const { told } = await explained(started(), without)
    assert.deepEqual([told.check, told.came], ['lost_cookie', 'no cookie'])
    assert.match(told.to_do.join(' '), /sends no cookies to us at all.*Behind a proxy/)
  })

  test('a form without its token, and one with another’s: the cookie is not to blame', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    const { path } = await browser.start()
    const fields = { username: 'alice', password: 'x' }
    const bare = await browser.post(`${path}/password`, fields)
    const missing = await explained(started(), bare)
    assert.deepEqual([missing.told.check, missing.told.came], ['no_form_token', 'our cookie, and no csrf'])
    assert.match(missing.told.to_do.join(' '), /template/)
    assert.doesNotMatch(bare.body, /cookie/)
    const other = await explained(
      started(),
      await browser.post(`${path}/password`, { ...fields, csrf: 'x'.repeat(43) }),
    )
    assert.deepEqual([other.told.check, other.told.came], ['form_token', 'our cookie, and the csrf of another form'])
    assert.doesNotMatch(other.told.to_do.join(' '), /Allow cookies/)
  })

  test('consent without its token: the page comes back, and the flow says why', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    await browser.signIn()
    const parked = await browser.get(`/authorize?${spaQuery({ scope: 'openid email' })}`)
    const path = locationOf(parked)
    assert.equal((await browser.post(`${path}/consent`, { answer: 'allow' })).statusCode, 303)
    const { out } = await runExplain(started(), path.split('/').at(-1) ?? '')
    assert.match(out, /hidden field `csrf`.* \(no_form_token\)/s)
  })

  test('a form that another site posts, a page that is gone', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    const { path, csrf } = await browser.start()
    const foreign = await browser.post(`${path}/password`, { csrf }, { 'sec-fetch-site': 'cross-site' })
    assert.equal((await explained(started(), foreign)).told.check, 'cross_site')
    const gone = await browser.get('/sign-in/019bc13e-5c00-7abc-8abc-0123456789ab')
    assert.equal((await explained(started(), gone)).told.check, 'interaction')
  })

  test('a disabled account', async () => {
    const { app, deps, addAccount, clock } = started()
    const carol = await addAccount({ username: 'carol' })
    await deps.storage.accounts.setDisabled(carol.id, clock.now(), clock.now())
    const browser = testBrowser(app)
    const { path, csrf } = await browser.start()
    const refused = await browser.post(`${path}/password`, { csrf, username: 'carol', password: PASSWORD })
    const { told } = await explained(started(), refused)
    assert.deepEqual([told.check, told.account_id], ['account_disabled', carol.id])
  })
})

describe('client authentication', () => {
  const started = suiteApp({ clients })
  const token = (authorization: string) =>
    postForm(started().app, '/token', { grant_type: 'client_credentials' }, { authorization })
  const why = async (response: LightMyRequestResponse | Promise<LightMyRequestResponse>) =>
    (await explained(started(), await response)).told

  test('an unknown id, a wrong secret, another method', async () => {
    const unknown = await why(token(basicAuthorization('rotatin')))
    assert.deepEqual([unknown.check, unknown.came], ['client_id', 'rotatin'])
    assert.equal(unknown.to_do[0], 'The nearest that is known: rotating.')
    const wrong = await why(token(basicAuthorization('app', `${CLIENT_SECRET} `)))
    assert.deepEqual([wrong.check, wrong.came], ['client_secret', 'the right one with white space around it'])
    const form = { grant_type: 'client_credentials', client_id: 'app', client_secret: CLIENT_SECRET }
    const method = await why(postForm(started().app, '/token', form))
    assert.deepEqual(
      [method.check, method.expected, method.came],
      ['client_auth_method', 'client_secret_basic', 'client_secret_post'],
    )
    assert.equal(method.shown.at(-1), '    token_endpoint_auth_method: client_secret_post')
  })

  const claims = (more: Record<string, unknown>) => ({
    ...{ iss: 'signer', sub: 'signer', aud: ISSUER, jti: 'one', exp: START / 1000 + 60 },
    ...more,
  })
  const assertion = (more: Record<string, unknown>, kid = 'one') =>
    postForm(started().app, '/token', {
      grant_type: 'client_credentials',
      ...assertionFields(jwtOf({ alg: 'ES256', kid }, claims(more), ec.privateKey)),
    })

  test('an assertion that expired, is for another, of another, with an unknown key, or came before', async () => {
    const late = await why(assertion({ exp: START / 1000 - 102 }))
    assert.deepEqual([late.check, late.came], ['assertion_time', 'expired 102 s ago'])
    const aud = await why(assertion({ aud: 'https://other.example' }))
    assert.deepEqual(
      [aud.check, aud.expected, aud.came],
      ['assertion_audience', `aud ${ISSUER} or ${ISSUER}/token, alone`, 'aud "https://other.example"'],
    )
    const iss = await why(assertion({ iss: 'app' }))
    assert.deepEqual([iss.check, iss.expected, iss.came], ['assertion_issuer', 'iss and sub signer', 'iss "app"'])
    const kid = await why(assertion({}, 'two'))
    assert.deepEqual([kid.check, kid.came], ['assertion_signature', 'kid two, and no key there fits'])
    assert.equal((await assertion({ jti: 'twice' })).statusCode, 200)
    assert.equal((await why(assertion({ jti: 'twice' }))).check, 'assertion_used')
  })
})

describe('the id', () => {
  const started = suiteApp({
    clients,
    config: { registration: { ...NO_REGISTRATION, isEnabled: true, initialAccessTokenHashes: [sha256('initial')] } },
  })
  const ask = {
    'the token endpoint': () => postAsApp(started().app, '/token', { grant_type: 'password' }),
    'pushed requests': () => postAsApp(started().app, '/par', { client_id: 'app' }),
    introspection: () => postForm(started().app, '/introspect', { client_id: 'spa', token: 'x' }),
    revocation: () => postAsApp(started().app, '/revoke', {}),
    userinfo: () => userinfo(started().app, 'x'),
    registration: () => started().app.inject({ method: 'POST', url: '/register', payload: {} }),
    'no endpoint at all': () => started().app.inject({ url: '/nowhere' }),
    'a redirect': () => testBrowser(started().app).get(`/authorize?${authorizeQuery({ prompt: 'none' })}`),
    'a fragment': () =>
      testBrowser(started().app).get(`/authorize?${authorizeQuery({ scope: 'x', response_mode: 'fragment' })}`),
    'a form': () =>
      testBrowser(started().app).get(`/authorize?${authorizeQuery({ scope: 'x', response_mode: 'form_post' })}`),
    'a page': () => testBrowser(started().app).get('/authorize'),
  }
  for (const [where, asking] of Object.entries(ask)) {
    test(`of ${where} is in the answer, in the log, and leads to the story`, async () => {
      const response = await asking()
      const id = errorIdOf(response)
      const { told } = await explained(started(), response)
      assert.ok(started().logged.some((line) => line['reqId'] === id && line['msg'] !== 'request'))
      assert.ok(told.check.length > 0)
      const challenge = String(response.headers['www-authenticate'] ?? '')
      // [RFC6750 3] and where the description stands twice, both have it.
      if (challenge.includes('error_description')) assert.ok(challenge.includes(`(error ${id})"`), challenge)
      assert.equal(challenge.includes('error_description'), /userinfo|registration/.test(where))
    })
  }
})

describe('codes and tokens', () => {
  const started = suiteApp({ clients })
  const why = async (response: LightMyRequestResponse | Promise<LightMyRequestResponse>) =>
    (await explained(started(), await response)).told

  test('a code twice: when first, and what it led to', async () => {
    const { app, clock } = started()
    const code = await newCode(app)
    await postAsApp(app, '/token', codeFields(code))
    clock.advance(7 * SECOND)
    const told = await why(postAsApp(app, '/token', codeFields(code)))
    assert.deepEqual([told.check, told.came], ['code_used', 'one that was used 7 s ago'])
    assert.ok(told.steps.some(({ what }) => /revoked: its code came a second time/.test(what)))
    assert.ok(told.steps.some(({ what }) => what.includes('the person was sent to the sign-in page')))
  })

  test('a code too late, with another redirect_uri, another verifier, or none', async () => {
    const { app, clock } = started()
    const late = await newCode(app)
    clock.advance(75 * SECOND)
    const expired = await why(postAsApp(app, '/token', codeFields(late)))
    assert.deepEqual([expired.check, expired.came], ['code_expired', 'one that expired 15 s ago'])
    const code = await newCode(app)
    const uri = await why(postAsApp(app, '/token', codeFields(code, { redirect_uri: 'https://app.example/' })))
    assert.equal(uri.check, 'code_redirect_uri')
    assert.equal(uri.shown[3], 'the path is / instead of /callback')
    const verifier = await why(postAsApp(app, '/token', codeFields(code, { code_verifier: 'x'.repeat(43) })))
    assert.deepEqual([verifier.check, verifier.came], ['code_verifier', 'one whose SHA-256 is another challenge'])
    const none = await why(postAsApp(app, '/token', codeFields(code, { code_verifier: undefined })))
    assert.deepEqual([none.check, none.came], ['no_code_verifier', 'no code_verifier'])
    const short = await why(postAsApp(app, '/token', codeFields(code, { code_verifier: 'x y' })))
    assert.deepEqual([short.check, short.came], ['code_verifier', '3 characters, some of them others'])
  })

  test('a code that names a grant without its secret is of no flow', async () => {
    const { app } = started()
    const [grantId = ''] = (await newCode(app)).split('.')
    const told = await why(postAsApp(app, '/token', codeFields(`${grantId}.forged`)))
    assert.deepEqual([told.check, told.flow_id], ['code', null])
  })

  test('[RFC9700 4.14.2] a refresh token that was used before: which one of its family', async () => {
    const { app, clock } = started()
    const authorization = basicAuthorization('rotating')
    const code = await newCode(app, { query: authorizeQuery({ client_id: 'rotating' }) })
    const first = (await postForm(app, '/token', codeFields(code), { authorization })).json().refresh_token
    const refresh = (token: string) =>
      postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: token }, { authorization })
    assert.equal((await refresh(first)).statusCode, 200)
    clock.advance(MINUTE)
    const told = await why(refresh(first))
    assert.deepEqual(
      [told.check, told.expected, told.came],
      ['refresh_used', 'number 2 of its family', 'number 1, whose successor was issued 60 s ago at the latest'],
    )
    const later = await why(refresh(first))
    assert.match(later.came ?? '', /a grant that was revoked just now \(refresh_token_reused\)/)
  })

  test('one flow has one id from the sign-in page to userinfo, in the log as well', async () => {
    const { app, logged } = started()
    const browser = testBrowser(app)
    const { path, csrf } = await browser.start()
    const flow = path.split('/').at(-1) ?? ''
    const answer = await browser.post(`${path}/password`, { csrf, username: 'alice', password: PASSWORD })
    const code = new URL(locationOf(await browser.get(locationOf(answer)))).searchParams.get('code') ?? ''
    assert.equal(code.split('.')[0], flow)
    const tokens = (await postAsApp(app, '/token', codeFields(code))).json()
    await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
    await userinfo(app, tokens.access_token)
    await postAsApp(app, '/revoke', { token: tokens.refresh_token })
    const told = await why(userinfo(app, tokens.access_token))
    assert.deepEqual([told.check, told.flow_id], ['access_token', flow])
    assert.match(told.came ?? '', /a grant that was revoked just now \(client_revoked\)/)
    const routes = logged
      .filter((line) => line['flow'] === flow && line['msg'] === 'request')
      .map((line) => line['route'])
    assert.deepEqual([...new Set(routes)].sort(), [
      ...['/authorize', '/revoke', '/sign-in/:interaction', '/sign-in/:interaction/password', '/token', '/userinfo'],
    ])
    const { out } = await runExplain(started(), flow)
    assert.match(out, /Flow .*\n.*client app asked.*\n.*answered/)
    assert.match(out, /everything of this sign-on was revoked: its client revoked it/)
  })

  test('userinfo: what is no token of ours, has expired, or lacks the scope', async () => {
    const { app, clock } = started()
    assert.equal((await why(userinfo(app, 'nothing'))).came, 'what is no JWT')
    const { access_token: token } = await newTokens(app)
    clock.advance(5 * MINUTE + 42 * SECOND)
    const told = await why(userinfo(app, token))
    assert.deepEqual([told.check, told.came], ['access_token', 'one that expired 42 s ago'])
  })
})

describe('a token whose key is not believed', () => {
  const started = suiteApp({ clients })
  const kidOf = (token: string): string =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid

  test('keys revoke: which key, and since when; of the access token and of the hint', async () => {
    const { app, clock, storage, deps } = started()
    const { access_token: token, id_token: hint } = await newTokens(app)
    clock.advance(MINUTE)
    for (const kid of new Set([kidOf(token), kidOf(hint)])) await storage.signingKeys.revoke(kid, clock.now())
    await deps.keyRing.reload()
    clock.advance(10 * SECOND)
    const { told } = await explained(started(), await userinfo(app, token))
    assert.deepEqual([told.check, told.came], ['token_key', `kid ${kidOf(token)}`])
    assert.match(
      told.to_do[0] ?? '',
      /^The key [\w-]{43} was revoked at 2026-01-15T12:01:00Z \(countersign keys revoke\)/,
    )
    const asked = await testBrowser(app).get(`/authorize?${authorizeQuery({ prompt: 'none', id_token_hint: hint })}`)
    const hinted = (await explained(started(), asked)).told
    assert.deepEqual([hinted.check, hinted.came], ['id_token_hint', `kid ${kidOf(hint)}`])
    assert.match(hinted.to_do[0] ?? '', /was revoked at/)
  })

  test('a key that was never ours, and a kid that is none: neither is believed, and the second is not shown', async () => {
    const { app, clock } = started()
    const claims = { iss: ISSUER, exp: clock.now() / 1000 + 60, aud: ISSUER }
    const why = async (kid: string) =>
      (
        await explained(
          started(),
          await userinfo(app, jwtOf({ alg: 'ES256', typ: 'at+jwt', kid }, claims, ec.privateKey)),
        )
      ).told
    const foreign = await why('A'.repeat(43))
    assert.deepEqual([foreign.check, foreign.came], ['token_key', `kid ${'A'.repeat(43)}`])
    assert.match(foreign.to_do[0] ?? '', /no key with this kid/)
    const odd = await why('canary kid \u001b[31m')
    assert.deepEqual([odd.check, odd.came], ['token_key', 'a kid that is not like ours'])
  })
})

describe('whose account it was', () => {
  const started = suiteApp({ clients })

  test('by the name that it has now, which is not kept; and that it is gone', async () => {
    const { app, storage, addAccount, clock } = started()
    const dora = await addAccount({ username: 'dora' })
    await storage.accounts.setDisabled(dora.id, clock.now(), clock.now())
    const browser = testBrowser(app)
    const { path, csrf } = await browser.start()
    const refused = await browser.post(`${path}/password`, { csrf, username: 'dora', password: PASSWORD })
    const { text, told } = await explained(started(), refused)
    assert.match(text, new RegExp(`account +dora \\(sub ${dora.id}\\)`))
    assert.deepEqual([told.account_id, told.username], [dora.id, 'dora'])
    const [kept] = await storage.refusals.findByErrorId(errorIdOf(refused))
    assert.doesNotMatch(JSON.stringify(kept), /dora/)
    await storage.accounts.remove(dora.id)
    assert.match(
      (await explained(started(), refused)).text,
      new RegExp(`account +sub ${dora.id}, which is gone by now`),
    )
  })
})

describe('the flow of an id and nothing more', () => {
  const started = suiteApp({ clients })

  test('an id may be typed as it is heard; one that is not stored is said so', async () => {
    const response = await testBrowser(started().app).get(`/authorize?${authorizeQuery({ client_id: 'nobody' })}`)
    const { told } = await explained(started(), response)
    const spoken = told.error_id.replace('-', ' ').toUpperCase()
    assert.match((await runExplain(started(), spoken)).out, new RegExp(`^Error ${told.error_id}`))
    await assert.rejects(
      () => runExplain(started(), '0000-0000'),
      /No refusal with the id 0000-0000 is stored.*\n.*If it was given, the log has a line.*reqId 0000-0000/,
    )
    await assert.rejects(() => runExplain(started(), 'x'), /that is no id/)
    await assert.rejects(() => runExplain(started()), /wants one id/)
    await assert.rejects(
      () => runExplain(started(), '019bc13e-5c00-7abc-8abc-0123456789ab'),
      /Nothing is stored of a flow/,
    )
  })

  test('a client that was taken out of the file is told with the moment, unless it is back', async () => {
    const { app, storage } = started()
    const entry = { kind: 'client', id: 'former', digest: 'd', entry: {} } as const
    assert.ok(await storage.configEntries.put({ ...entry, since: START - HOUR }, undefined))
    const refused = await testBrowser(app).get(`/authorize?${authorizeQuery({ client_id: 'former' })}`)
    assert.doesNotMatch((await explained(started(), refused)).text, /was removed/)
    assert.ok(await storage.configEntries.remove(entry, START - MINUTE))
    const { text } = await explained(started(), refused)
    assert.match(text, /was removed from the configuration file \(noticed 2026-01-15T11:59:00\.000Z\)/)
    assert.doesNotMatch(refused.body, /removed/)
  })

  test('of many alike some are kept, and the rest is counted', async () => {
    const { app, storage, deps } = started()
    // The same one: another one each time would be held up as a guess.
    const authorization = basicAuthorization('app', 'an old secret')
    for (let i = 0; i < 50; i++) await postForm(app, '/token', {}, { authorization })
    await deps.refusals.flush()
    const kept = await storage.refusals.list({ clientId: 'app', limit: 100 })
    assert.equal(kept.length, 30)
    // All are of one moment: which of them is listed first is chance.
    const [last, ...others] = kept.filter(({ more }) => more > 0)
    assert.deepEqual([last?.more, others], [20, []])
    const { out } = await runExplain(started(), last?.errorId ?? '')
    assert.match(out, /also +and 20 more like this soon after/)
  })

  test('[PostgreSQL] what no text of a database may hold is not kept', async () => {
    const authorization = basicAuthorization('a\0b', 'secret')
    const response = await postForm(started().app, '/token', { grant_type: 'client_credentials' }, { authorization })
    const { told } = await explained(started(), response)
    assert.deepEqual([told.check, told.came], ['client_id', 'a\uFFFDb'])
  })

  test('what a stranger sends does not steer the terminal', async () => {
    const response = await testBrowser(started().app).get(`/authorize?${authorizeQuery({ client_id: 'a\u202eb' })}`)
    const { text } = await explained(started(), response)
    assert.ok(text.includes('a\uFFFDb') && !text.includes('\u202e'))
  })
})
