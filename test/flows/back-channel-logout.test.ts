/** Back-channel logout from one end to the other: real requests to a client's server, whatever ended the session. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type CryptoKey,
  compactDecrypt,
  createLocalJWKSet,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  jwtVerify,
} from 'jose'
import { changePassword, disableAccount, removeAccount } from '../../src/accounts/account-changes.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { aClient, CLIENT_SECRET, LIFETIMES } from '../fixtures/client.ts'
import { logoutReceiver } from '../fixtures/logout-receiver.ts'
import { type LogoutWorld, logoutWorld, oneSecond } from '../fixtures/logout-world.ts'
import { ISSUER, type TestApp, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, isActive, postAsApp, type Tokens, userinfo } from '../fixtures/test-client.ts'

const encryption = await generateKeyPair('RSA-OAEP-256')

const PUBLIC_JWK = await exportJWK(encryption.publicKey as CryptoKey)

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

interface SignedOn {
  readonly browser: TestBrowser
  readonly tokens: Tokens
  readonly sid: string
  readonly sub: string
}

/** Somebody signs in, for `app`, which redeems its code. */
async function signOn({ app }: LogoutWorld, username = 'alice', query = authorizeQuery()): Promise<SignedOn> {
  const browser = testBrowser(app.app)
  const answer = await browser.signIn(query, { username })
  const tokens: Tokens = (await postAsApp(app.app, '/token', codeFields(answer.searchParams.get('code') ?? ''))).json()
  const { sid, sub } = decodeJwt(tokens.id_token)
  return { browser, tokens, sid: String(sid), sub: String(sub) }
}

async function signOut({ browser }: SignedOn) {
  const page = await browser.get('/sign-out')
  return browser.post('/sign-out', { csrf: formToken(page), answer: 'yes' })
}

const deliveryOf = ({ app }: LogoutWorld, { sid }: SignedOn, clientId = 'app') =>
  app.storage.deliveries.find(`logout/${sid}/${clientId}`)

/** The logout tokens of this session that the receiver got. */
const toldOf = ({ receiver }: LogoutWorld, { sid }: SignedOn) =>
  receiver.received.map(({ token }) => decodeJwt(token)).filter((claims) => claims['sid'] === sid)

describe('a sign-out tells the clients of the session', () => {
  const world = logoutWorld({}, ({ uri }) => [
    aClient({
      id: 'es',
      metadata: {
        backchannel_logout_uri: `${uri}?tenant=1`,
        redirect_uris: ['https://es.example/callback'],
        id_token_signed_response_alg: 'ES256',
      },
    }),
    aClient({
      id: 'hs',
      metadata: {
        backchannel_logout_uri: uri,
        redirect_uris: ['https://hs.example/callback'],
        id_token_signed_response_alg: 'HS256',
      },
    }),
    aClient({
      id: 'jwe',
      metadata: {
        backchannel_logout_uri: uri,
        redirect_uris: ['https://jwe.example/callback'],
        id_token_encrypted_response_alg: 'RSA-OAEP-256',
        id_token_encrypted_response_enc: 'A256GCM',
        jwks: { keys: [{ ...PUBLIC_JWK, use: 'enc', alg: 'RSA-OAEP-256' }] },
      },
    }),
    aClient({
      id: 'keyless',
      metadata: {
        backchannel_logout_uri: uri,
        redirect_uris: ['https://keyless.example/callback'],
        id_token_encrypted_response_alg: 'RSA-OAEP-256',
        id_token_encrypted_response_enc: 'A256GCM',
        jwks: { keys: [] },
      },
    }),
  ])

  test('[Back-Channel Logout 2.4] [2.5] at once, by a form post of a logout token that the JWKS verifies', async () => {
    const { app, receiver } = world()
    const signedOn = await signOn(world())
    const before = receiver.received.length
    assert.equal(locationOf(await signOut(signedOn)), '/signed-out')
    await app.deps.deliveries.idle()
    const [request, ...others] = receiver.received.slice(before)
    assert.equal(others.length, 0)
    assert.equal(request?.method, 'POST')
    assert.equal(request.contentType, 'application/x-www-form-urlencoded')
    const keys = createLocalJWKSet((await app.app.inject({ url: '/jwks' })).json())
    const { payload, protectedHeader } = await jwtVerify(request.token, keys, {
      issuer: ISSUER,
      audience: 'app',
      typ: 'logout+jwt',
      currentDate: new Date(app.clock.now()),
    })
    assert.equal(protectedHeader.alg, 'RS256')
    const { iat, exp, jti, ...claims } = payload
    assert.deepEqual(claims, {
      iss: ISSUER,
      aud: 'app',
      sub: signedOn.sub,
      sid: signedOn.sid,
      events: { [EVENT]: {} },
    })
    assert.equal(iat, Math.floor(app.clock.now() / SECOND))
    assert.equal(exp, iat + 120)
    assert.match(String(jti), /^[A-Za-z0-9_-]{22}$/)
    const { deliveredAt, attempts, nextAttemptAt } = (await deliveryOf(world(), signedOn)) ?? {}
    assert.deepEqual([deliveredAt, attempts, nextAttemptAt], [app.clock.now(), 1, undefined])
    const audited = app.logged.filter((line) => line['deliveryId'] === `logout/${signedOn.sid}/app`)
    assert.deepEqual(
      audited.map((line) => [line['audit'], line['clientId'], line['accountId'], line['attempt']]),
      [['logout_delivered', 'app', signedOn.sub, 1]],
    )
  })

  test('[Back-Channel Logout 4.1] [RFC8725 3.11] a logout token is no hint and no access token', async () => {
    const { app, receiver } = world()
    const signedOn = await signOn(world())
    const another = await signOn(world())
    await signOut(signedOn)
    await app.deps.deliveries.idle()
    const token = receiver.received.at(-1)?.token ?? ''
    assert.equal(decodeJwt(token)['sid'], signedOn.sid)
    assert.equal((await userinfo(app.app, token)).statusCode, 401)
    assert.equal(await isActive(app.app, token), false)
    const bye = 'https://app.example/bye'
    const query = new URLSearchParams({ id_token_hint: token, post_logout_redirect_uri: bye })
    assert.equal(locationOf(await another.browser.get(`/end-session?${query}`)), '/sign-out')
    const answer = await another.browser.get(`/authorize?${authorizeQuery({ prompt: 'none', id_token_hint: token })}`)
    assert.equal(new URL(locationOf(answer)).searchParams.get('error'), 'invalid_request')
  })

  test('[Back-Channel Logout 2.4] signed as the ID tokens of each client are', async () => {
    const { app, receiver } = world()
    const signedOn = await signOn(world())
    for (const id of ['es', 'hs']) {
      const query = authorizeQuery({ client_id: id, redirect_uri: `https://${id}.example/callback` })
      assert.ok(new URL(locationOf(await signedOn.browser.get(`/authorize?${query}`))).searchParams.get('code'))
    }
    const before = receiver.received.length
    await signOut(signedOn)
    await app.deps.deliveries.idle()
    const got = receiver.received.slice(before)
    assert.equal(got.length, 3)
    const of = (aud: string) => got.find(({ token }) => decodeJwt(token).aud === aud)
    const keys = createLocalJWKSet((await app.app.inject({ url: '/jwks' })).json())
    const how = { typ: 'logout+jwt', currentDate: new Date(app.clock.now()) }
    const es = await jwtVerify(of('es')?.token ?? '', keys, how)
    assert.equal(es.protectedHeader.alg, 'ES256')
    assert.equal(of('es')?.url, '/backchannel-logout?tenant=1')
    const hs = await jwtVerify(of('hs')?.token ?? '', new TextEncoder().encode(CLIENT_SECRET), how)
    assert.equal(hs.protectedHeader.alg, 'HS256')
  })

  test('[Back-Channel Logout 2.4] encrypted as the ID tokens of the client are, or not sent at all', async () => {
    const { app, receiver } = world()
    const signedOn = await signOn(world())
    for (const id of ['jwe', 'keyless']) {
      const query = authorizeQuery({ client_id: id, redirect_uri: `https://${id}.example/callback` })
      assert.ok(new URL(locationOf(await signedOn.browser.get(`/authorize?${query}`))).searchParams.get('code'))
    }
    const before = receiver.received.length
    await signOut(signedOn)
    await app.deps.deliveries.idle()
    const got = receiver.received.slice(before)
    assert.equal(got.length, 2)
    const { token } = got.find((each) => each.token.split('.').length === 5) ?? assert.fail('nothing is encrypted')
    const { plaintext, protectedHeader } = await compactDecrypt(token, encryption.privateKey)
    assert.equal(protectedHeader['typ'], 'logout+jwt')
    assert.equal(decodeJwt(new TextDecoder().decode(plaintext)).aud, 'jwe')
    const keyless = await deliveryOf(world(), signedOn, 'keyless')
    assert.match(keyless?.lastFailure ?? '', /no key of the client fits/)
    assert.ok(keyless?.nextAttemptAt)
  })

  test('a client without a URI, and one that gets no ID token, cost nothing and hear nothing', async () => {
    const { app } = world()
    const browser = testBrowser(app.app)
    await browser.signIn(authorizeQuery({ scope: 'api' }))
    const sid = browser.cookies.get('__Host-countersign-session')?.split('.')[0] ?? ''
    assert.deepEqual(await app.storage.sessionClients.ofSession(sid), [])
  })

  test('a code of a session that was renewed names the same session once', async () => {
    const { app } = world()
    const signedOn = await signOn(world())
    app.clock.advance(1)
    await signedOn.browser.signIn(authorizeQuery({ prompt: 'login' }))
    const [client, ...others] = await app.storage.sessionClients.ofSession(signedOn.sid)
    assert.equal(others.length, 0)
    assert.equal(client?.clientId, 'app')
  })
})

describe('whatever ends a session, its clients are told and everything refuses, on every process', () => {
  const world = logoutWorld({}, () => [], { lifetimes: { ...LIFETIMES, sessionAbsolute: 2 * DAY } })

  let other: TestApp
  before(async () => {
    other = await world().app.another()
  })
  after(() => other.close())

  type End = (signedOn: SignedOn, app: TestApp) => Promise<unknown>
  const causes: readonly (readonly [string, End])[] = [
    ['a sign-out', (signedOn) => signOut(signedOn)],
    [
      'a logout that the client asks for',
      ({ browser, tokens }) => browser.get(`/end-session?${new URLSearchParams({ id_token_hint: tokens.id_token })}`),
    ],
    [
      'five others who sign in in the same browser: the sixth account has to go',
      async ({ browser }, { addAccount, clock }) => {
        for (const n of [1, 2, 3, 4, 5]) {
          await addAccount({ username: `other-${n}` })
          clock.advance(1)
          await browser.signIn(authorizeQuery({ prompt: 'login' }), { username: `other-${n}` })
        }
      },
    ],
    ['its time', async (_, { clock }) => clock.advance(2 * DAY)],
    ['a disabled account', ({ sub }, { storage, clock }) => disableAccount(storage, sub, clock.now())],
    ['a removed account', ({ sub }, { storage, clock }) => removeAccount(storage, sub, clock.now())],
    [
      'another password',
      async ({ sub }, { storage, clock, deps }) =>
        changePassword(
          storage,
          { accountId: sub, passwordHash: await deps.passwords.hash('another passphrase') },
          clock.now(),
        ),
    ],
    [
      'an account that was disabled by a process that went no further',
      ({ sub }, { storage, clock }) => storage.accounts.setDisabled(sub, clock.now(), clock.now()),
    ],
    ['an account that was removed without a word', ({ sub }, { storage }) => storage.accounts.remove(sub)],
  ]

  for (const [number, [title, end]] of causes.entries()) {
    test(title, async () => {
      const { app } = world()
      await app.addAccount({ username: `person-${number}` })
      const signedOn = await signOn(world(), `person-${number}`)
      const { tokens } = signedOn
      const elsewhere = testBrowser(other.app)
      const silently = async () => {
        for (const [name, value] of signedOn.browser.cookies) elsewhere.cookies.set(name, value)
        const answer = await elsewhere.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)
        return new URL(locationOf(answer)).searchParams.get('error')
      }
      assert.equal(await silently(), null)
      app.clock.advance(1)
      assert.equal((await userinfo(other.app, tokens.access_token)).statusCode, 200)
      const cookies = [...signedOn.browser.cookies]
      await end(signedOn, app)
      // As whoever kept the cookies of the session.
      signedOn.browser.cookies.clear()
      for (const [name, value] of cookies) signedOn.browser.cookies.set(name, value)
      for (const each of [app, other]) {
        const refreshed = await postAsApp(each.app, '/token', {
          grant_type: 'refresh_token',
          refresh_token: tokens.refresh_token,
        })
        assert.equal(refreshed.json().error, 'invalid_grant')
        assert.equal(await isActive(each.app, tokens.access_token), false)
        assert.equal(await isActive(each.app, tokens.refresh_token), false)
        assert.equal((await userinfo(each.app, tokens.access_token)).statusCode, 401)
      }
      assert.equal(await silently(), 'login_required')
      // The other process holds the lease, whoever ended the session.
      await oneSecond(other)
      await app.deps.deliveries.idle()
      const told = toldOf(world(), signedOn)
      assert.deepEqual(
        told.map(({ aud, sub }) => [aud, sub]),
        [['app', signedOn.sub]],
      )
    })
  }

  test('[Back-Channel Logout 2.3] a session that was renewed ends when the renewed one does, and one that is idle does not', async () => {
    const { app } = world()
    const signedOn = await signOn(world())
    app.clock.advance(DAY)
    await signedOn.browser.signIn(authorizeQuery({ prompt: 'login' }))
    // Past the time that was first thought, and idle for longer than a browser may be.
    app.clock.advance(DAY + HOUR)
    await oneSecond(app)
    assert.deepEqual(toldOf(world(), signedOn), [])
    app.clock.advance(23 * HOUR)
    await oneSecond(app)
    assert.equal(toldOf(world(), signedOn).length, 1)
  })
})

describe('a receiver that does not answer as it should', () => {
  const world = logoutWorld()
  const endOf = async () => {
    const { app } = world()
    const signedOn = await signOn(world())
    const told = () => toldOf(world(), signedOn)
    const state = async () => deliveryOf(world(), signedOn)
    /** Until just before its next attempt nothing is sent; then one is. */
    const waitForNext = async (): Promise<number> => {
      const at = (await state())?.nextAttemptAt ?? 0
      const waited = at - app.clock.now()
      const before = told().length
      app.clock.set(at - 1)
      await oneSecond(app)
      assert.equal(told().length, before)
      app.clock.set(at)
      await oneSecond(app)
      return waited
    }
    return { signedOn, told, state, waitForNext }
  }

  test('switched off and on again: tried after 1 s, 5 s, 30 s, …, with a fresh token each time, until it is there', async () => {
    const { app, receiver } = world()
    const { signedOn, told, state, waitForNext } = await endOf()
    await receiver.down()
    await signOut(signedOn)
    await app.deps.deliveries.idle()
    assert.match((await state())?.lastFailure ?? '', /^connection: 127\.0\.0\.1/)
    const pauses: number[] = []
    for (let i = 0; i < 7; i++) pauses.push(await waitForNext())
    const expected = [SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, HOUR]
    for (const [i, pause] of expected.entries()) {
      assert.ok(pauses[i]! >= pause && pauses[i]! <= pause * 1.2, `${pauses[i]} for ${pause}`)
    }
    await receiver.up()
    await waitForNext()
    assert.equal(told().length, 1)
    assert.equal(told()[0]?.iat, Math.floor(app.clock.now() / SECOND))
    assert.equal((await state())?.deliveredAt, app.clock.now())
    assert.equal((await state())?.attempts, 9)
    await oneSecond(app)
    assert.equal(told().length, 1)
  })

  test('[Back-Channel Logout 2.8] 200 and 204 are success, 400 is final', async () => {
    const { app, receiver } = world()
    for (const [answer, audited] of [
      [200, 'logout_delivered'],
      [204, 'logout_delivered'],
      [400, 'logout_given_up'],
    ] as const) {
      const { signedOn, told, state } = await endOf()
      receiver.answer = answer
      await signOut(signedOn)
      await app.deps.deliveries.idle()
      app.clock.advance(DAY)
      await oneSecond(app)
      assert.equal(told().length, 1)
      assert.equal((await state())?.nextAttemptAt, undefined)
      const line = app.logged.find((each) => each['deliveryId'] === `logout/${signedOn.sid}/app`)
      assert.equal(line?.['audit'], audited)
      if (answer === 400) {
        assert.equal((await state())?.lastFailure, 'status 400')
        assert.equal(line?.['level'], 40)
      }
    }
  })

  for (const answer of [500, 503, 404, 302, 202, 'hang'] as const) {
    test(`[Back-Channel Logout 2.8] ${answer} is tried again`, async () => {
      const { app, receiver } = world()
      const { signedOn, told, state, waitForNext } = await endOf()
      receiver.answer = answer
      await signOut(signedOn)
      await app.deps.deliveries.idle()
      assert.match((await state())?.lastFailure ?? '', answer === 'hang' ? /^timeout/ : new RegExp(`status ${answer}`))
      receiver.answer = 200
      await waitForNext()
      assert.equal(told().length, 2)
      assert.notEqual(told()[0]?.jti, told()[1]?.jti)
      assert.equal((await state())?.deliveredAt, app.clock.now())
    })
  }

  test('after a day it is given up, and said so', async () => {
    const { app, receiver } = world()
    const { signedOn, told, state, waitForNext } = await endOf()
    receiver.answer = 500
    const began = app.clock.now()
    await signOut(signedOn)
    await app.deps.deliveries.idle()
    while ((await state())?.nextAttemptAt !== undefined) await waitForNext()
    const gone = app.clock.now() - began
    assert.ok(gone > 22 * HOUR && gone < DAY, `${gone / HOUR} hours`)
    assert.equal((await state())?.givenUpAt, app.clock.now())
    app.clock.advance(7 * DAY)
    const before = told().length
    await oneSecond(app)
    assert.equal(told().length, before)
  })
})

describe('several receivers', () => {
  test('one that never answers delays nobody else, and the sign-out not at all', async (t) => {
    const slow = await logoutReceiver()
    const quick = await logoutReceiver()
    slow.answer = 'hang'
    t.after(() => Promise.all([slow.close(), quick.close()]))
    const client = (id: string, uri: string) =>
      aClient({ id, metadata: { backchannel_logout_uri: uri, redirect_uris: [`https://${id}.example/callback`] } })
    const app = await testApp({
      clients: [client('slow', slow.uri), client('quick', quick.uri)],
      config: { egress: { allowedHosts: ['127.0.0.1'], timeout: 2000 } },
    })
    t.after(() => app.close())
    await app.addAccount()
    // More sessions than there is room for at once.
    const browsers = []
    for (let i = 0; i < 20; i++) {
      const browser = testBrowser(app.app)
      const query = (id: string) => authorizeQuery({ client_id: id, redirect_uri: `https://${id}.example/callback` })
      await browser.signIn(query('slow'))
      await browser.get(`/authorize?${query('quick')}`)
      browsers.push(browser)
    }
    const began = performance.now()
    for (const browser of browsers) await signOut({ browser, tokens: {} as Tokens, sid: '', sub: '' })
    while (quick.received.length < 20 && performance.now() - began < 1900) await delay(10)
    assert.equal(quick.received.length, 20)
    assert.ok(slow.received.length <= 2, `${slow.received.length} at once`)
  })
})

describe('a process that ends at the worst moment', () => {
  const world = logoutWorld()

  test('after the session has ended, before anything was sent: another process sends it', async () => {
    const { app, receiver } = world()
    const signedOn = await signOn(world())
    // All that was committed before the process was gone.
    await app.storage.sessions.end(signedOn.sid, app.clock.now())
    const before = receiver.received.length
    const other = await app.another()
    await oneSecond(other)
    assert.equal(receiver.received.length, before + 1)
    assert.equal(toldOf(world(), signedOn).length, 1)
    await other.close()
  })

  test('while it was sending: another one tries again, when the first could not be at it any more', async () => {
    const { app } = world()
    const signedOn = await signOn(world())
    const { storage, clock } = app
    await storage.sessions.end(signedOn.sid, clock.now())
    await storage.deliveries.claim(`logout/${signedOn.sid}/app`, { attempt: 1, until: clock.now() + MINUTE })
    const other = await app.another()
    clock.advance(MINUTE - 1)
    await oneSecond(other)
    assert.equal(toldOf(world(), signedOn).length, 0)
    clock.advance(1)
    await oneSecond(other)
    assert.equal(toldOf(world(), signedOn).length, 1)
    await other.close()
  })

  test('two processes that look at the same moment send it once', async () => {
    const { app } = world()
    const other = await app.another()
    for (let i = 0; i < 5; i++) {
      const signedOn = await signOn(world())
      await app.storage.sessions.end(signedOn.sid, app.clock.now())
      await Promise.all([oneSecond(app), oneSecond(other)])
      assert.equal(toldOf(world(), signedOn).length, 1)
    }
    await other.close()
  })

  test('a client that is gone, or has no URI any more, is given up', async () => {
    const { app } = world()
    const delivery = {
      ...{ kind: 'logout' as const, accountId: undefined, payload: { sub: 'a', sid: 'b' }, createdAt: app.clock.now() },
      ...{ nextAttemptAt: app.clock.now(), attempts: 0, deliveredAt: undefined, givenUpAt: undefined },
      lastFailure: undefined,
    }
    for (const clientId of ['spa', 'gone', undefined]) {
      await app.storage.deliveries.insert({ ...delivery, id: `to ${clientId}`, clientId })
    }
    await oneSecond(app)
    for (const clientId of ['spa', 'gone', undefined]) {
      const found = await app.storage.deliveries.find(`to ${clientId}`)
      assert.deepEqual([found?.givenUpAt, found?.lastFailure], [app.clock.now(), 'no backchannel_logout_uri any more'])
    }
  })
})
