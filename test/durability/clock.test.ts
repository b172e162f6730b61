/** A clock that jumps, at every step of a sign-on: nothing is used twice, nothing dead comes back, and the next sign-on works. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { DAY, HOUR } from '../../src/base/duration.ts'
import type { OneAtATimeJob as Job } from '../../src/jobs/job.ts'
import { sweepExpired } from '../../src/jobs/sweep-expired.ts'
import { LIFETIMES } from '../fixtures/client.ts'
import { PASSWORD, type TestApp, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, spaQuery, testBrowser } from '../fixtures/test-browser.ts'
import {
  codeFields,
  isActive,
  newCode,
  newSpaTokens,
  newTokens,
  postAsApp,
  postForm,
  spaCodeFields,
  type Tokens,
  userinfo,
} from '../fixtures/test-client.ts'
import { signInAndConsent } from '../fixtures/test-pages.ts'

const YEAR = 365 * DAY

/** Where the clock goes, one after another; each time what runs every minute runs. */
const JUMPS: Readonly<Record<string, readonly number[]>> = {
  'an hour ahead': [HOUR],
  'an hour back': [-HOUR],
  'a day ahead': [DAY],
  'a day back': [-DAY],
  'a year ahead and back': [YEAR, -YEAR],
}

async function withApp(body: (started: TestApp) => Promise<void>): Promise<void> {
  const started = await testApp()
  try {
    await started.addAccount()
    await body(started)
    const failed = started.logged.filter(({ level }) => Number(level) >= 50)
    assert.deepEqual(failed, [])
  } finally {
    await started.close()
  }
}

const sweeps = new WeakMap<TestApp, Job>()

/** Sets the clock and lets the jobs run, as they do within a minute. A restarted process has not seen the time before. */
async function moveTo(started: TestApp, by: number, isRestarted = false): Promise<void> {
  const { deps, clock } = started
  const begun = (): Job => sweepExpired({ ...deps, steady: clock.steady })
  const before = isRestarted ? undefined : (sweeps.get(started) ?? begun())
  clock.set(clock.now() + by)
  await deps.keyRing.tick()
  const sweep = before ?? begun()
  sweeps.set(started, sweep)
  await sweep.run(new AbortController().signal)
}

async function jump(started: TestApp, moves: readonly number[]): Promise<void> {
  for (const by of moves) await moveTo(started, by)
}

/** A whole sign-on of somebody else, and what it gave is good. */
async function assertWorks(started: TestApp): Promise<void> {
  const { app, clock } = started
  const tokens = await newTokens(app)
  assert.equal((await userinfo(app, tokens.access_token)).statusCode, 200)
  assert.equal(await isActive(app, tokens.access_token), true)
  const again = await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  assert.equal(again.statusCode, 200, again.body)
  const keys = createLocalJWKSet((await app.inject('/jwks')).json())
  for (const token of [tokens.access_token, tokens.id_token]) {
    await jwtVerify(token, keys, { currentDate: new Date(clock.now()) })
  }
}

/** Good, or refused in the words of the standard: never a fault of ours. */
function isGood(response: LightMyRequestResponse, refusal: string): boolean {
  if (response.statusCode === 200) return true
  assert.equal(`${response.statusCode} ${response.json().error}`, refusal, response.body)
  return false
}

const STEPS = ['sign-in page', 'password', 'code', 'tokens', 'refresh', 'userinfo', 'sign-out'] as const

/**
 * A sign-on whose clock jumps before the step. Gives what each step came to: `again` where the person is asked once more
 * or the app starts anew.
 */
async function signOnWith(started: TestApp, step: (typeof STEPS)[number], moves: readonly number[]): Promise<string> {
  const { app } = started
  const browser = testBrowser(app)
  const before = async (name: (typeof STEPS)[number]) => void (name === step && (await jump(started, moves)))
  const begun = locationOf(await browser.get(`/authorize?${authorizeQuery()}`))
  await before('sign-in page')
  const page = await browser.get(begun)
  if (page.statusCode === 404) return 'the sign-in page is forgotten'
  assert.equal(page.statusCode, 200, page.body)
  const form = /action="([^"]*\/password)"/.exec(page.body)?.[1] ?? ''
  await before('password')
  const answer = await browser.post(form, { csrf: formToken(page), username: 'alice', password: PASSWORD })
  if (answer.statusCode === 404) return 'the sign-in page is forgotten'
  if (answer.statusCode !== 303) return 'sign in again'
  await before('code')
  const granted = await browser.get(locationOf(answer))
  if (granted.statusCode !== 303) return granted.statusCode === 404 ? 'the sign-in page is forgotten' : 'sign in again'
  const code = new URL(locationOf(granted), 'https://login.example').searchParams.get('code') ?? ''
  assert.notEqual(code, '')
  await before('tokens')
  const redeemed = await postAsApp(app, '/token', codeFields(code))
  if (!isGood(redeemed, '400 invalid_grant')) return 'the code has expired'
  assert.equal(isGood(await postAsApp(app, '/introspect', { token: code }), ''), true)
  const tokens: Tokens = redeemed.json()
  await before('refresh')
  const refreshed = await postAsApp(app, '/token', {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
  })
  if (!isGood(refreshed, '400 invalid_grant')) return 'the refresh token has expired'
  await before('userinfo')
  const { access_token: accessToken }: Tokens = refreshed.json()
  if (!isGood(await userinfo(app, accessToken), '401 invalid_token')) return 'the access token has expired'
  await before('sign-out')
  const left = await browser.get(`/end-session?${new URLSearchParams({ id_token_hint: tokens.id_token })}`)
  assert.equal(left.statusCode, 303, left.body)
  const after = await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  assert.equal(after.statusCode, 400, 'the refresh token ended with the session')
  assert.equal((await postAsApp(app, '/token', codeFields(code))).statusCode, 400, 'the code is used')
  return 'done'
}

/** What the jump ends; whatever is not named here goes on to its end. */
const ENDED: Readonly<Record<string, Partial<Record<(typeof STEPS)[number], string>>>> = {
  'an hour ahead': { tokens: 'the code has expired', userinfo: 'the access token has expired' },
  'a day ahead': {
    code: 'sign in again',
    tokens: 'the code has expired',
    refresh: 'the refresh token has expired',
    userinfo: 'the access token has expired',
  },
}

describe('the clock jumps in the middle of a sign-on', () => {
  for (const [name, moves] of Object.entries(JUMPS)) {
    test(name, () =>
      withApp(async (started) => {
        for (const step of STEPS) {
          const came = await signOnWith(started, step, moves)
          assert.equal(came, ENDED[name]?.[step] ?? 'done', `before: ${step}`)
          await assertWorks(started)
          // Set right again.
          await jump(started, [-moves.reduce((sum, by) => sum + by, 0)])
        }
        await assertWorks(started)
      }),
    )
  }
})

describe('what was over stays over, whatever the clock does', () => {
  for (const [name, moves] of Object.entries(JUMPS)) {
    for (const isRestarted of [false, true]) {
      test(`${name}, and back again${isRestarted ? '; restarted each time' : ''}`, () =>
        withApp(async (started) => {
          const { app } = started
          const isDead = await everythingDead(started)
          await isDead('before')
          for (const by of [...moves, -moves.reduce((sum, by) => sum + by, 0)]) {
            await moveTo(started, by, isRestarted)
            await isDead(`after ${by / HOUR} hours`)
          }
          assert.equal((await app.inject('/readyz')).statusCode, 200)
          await assertWorks(started)
        }))
    }
  }
})

/** One of each that is over; gives the check that it is. */
async function everythingDead(started: TestApp): Promise<(when: string) => Promise<void>> {
  const { app } = started
  const refreshSpa = (token: string) =>
    postForm(app, '/token', { grant_type: 'refresh_token', client_id: 'spa', refresh_token: token })

  const used = await newCode(app)
  const fromUsed: Tokens = (await postAsApp(app, '/token', codeFields(used))).json()
  assert.equal((await postAsApp(app, '/token', codeFields(used))).statusCode, 400)

  const revoked = await newTokens(app)
  await postAsApp(app, '/revoke', { token: revoked.refresh_token })

  const alone = await newTokens(app)
  await postAsApp(app, '/revoke', { token: alone.access_token })

  const browser = testBrowser(app)
  const signedOut = await newTokens(app, { browser })
  const cookies = new Map(browser.cookies)
  await browser.get(`/end-session?${new URLSearchParams({ id_token_hint: signedOut.id_token })}`)

  const consented = await signInAndConsent(testBrowser(app), spaQuery())
  const spaCode = consented.searchParams.get('code') ?? ''
  const first = await newSpaTokens(app, spaCode)
  const second: Tokens = (await refreshSpa(first.refresh_token)).json()
  const third: Tokens = (await refreshSpa(second.refresh_token)).json()
  assert.equal((await refreshSpa(first.refresh_token)).statusCode, 400, 'reuse')

  return async (when) => {
    for (const code of [used, spaCode]) {
      const fields = code === spaCode ? spaCodeFields(code) : codeFields(code)
      const again = await (code === spaCode ? postForm : postAsApp)(app, '/token', fields)
      assert.equal(again.statusCode, 400, `${when}: a code was redeemed twice`)
    }
    for (const { refresh_token: token } of [fromUsed, revoked, signedOut]) {
      const again = await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token: token })
      assert.equal(again.statusCode, 400, `${when}: a dead refresh token was taken`)
    }
    for (const { refresh_token: token } of [first, second, third]) {
      assert.equal((await refreshSpa(token)).statusCode, 400, `${when}: a reused family was alive`)
    }
    for (const [what, { access_token: token }] of Object.entries({ fromUsed, revoked, alone, signedOut, third })) {
      assert.equal((await userinfo(app, token)).statusCode, 401, `${when}: userinfo took the token: ${what}`)
      assert.equal(await isActive(app, token), false, `${when}: introspection: ${what}`)
    }
    const stale = testBrowser(app)
    for (const [cookie, value] of cookies) stale.cookies.set(cookie, value)
    const silent = await stale.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)
    assert.equal(new URL(locationOf(silent)).searchParams.get('error'), 'login_required', `${when}: signed out`)
  }
}

describe('what the clock may do to what is alive', () => {
  test('a year ahead, noticed within a day: everybody is still signed in', () =>
    withApp(async (started) => {
      const { app } = started
      const browser = testBrowser(app)
      const { refresh_token } = await newTokens(app, { browser })
      await moveTo(started, YEAR)
      await moveTo(started, HOUR / 2)
      await moveTo(started, -YEAR)
      assert.equal((await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token })).statusCode, 200)
      const silent = await browser.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)
      assert.ok(new URL(locationOf(silent)).searchParams.get('code'))
    }))

  test('back by a day: sessions, refresh tokens and keys go on, and nobody is called a thief', () =>
    withApp(async (started) => {
      const { app } = started
      const browser = testBrowser(app)
      const consented = await signInAndConsent(browser, spaQuery())
      const first = await newSpaTokens(app, consented.searchParams.get('code') ?? '')
      const refreshSpa = (token: string) =>
        postForm(app, '/token', { grant_type: 'refresh_token', client_id: 'spa', refresh_token: token })
      const second: Tokens = (await refreshSpa(first.refresh_token)).json()
      await moveTo(started, -DAY)
      // The answer was lost, and the app asks again.
      assert.equal((await refreshSpa(first.refresh_token)).json().refresh_token, second.refresh_token)
      const third: Tokens = (await refreshSpa(second.refresh_token)).json()
      assert.equal((await userinfo(app, third.access_token)).statusCode, 200)
      const silent = await browser.get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)
      assert.ok(new URL(locationOf(silent)).searchParams.get('code'))
      // Not by the whole day: what was refreshed while the clock was wrong ends a day after that.
      await moveTo(started, DAY - HOUR)
      assert.equal((await refreshSpa(third.refresh_token)).statusCode, 200)
    }))

  test('a token of before a year-long error verifies after it, and so does one that was signed in between', () =>
    withApp(async (started) => {
      const { app, clock } = started
      const before = await newTokens(app)
      const at = clock.now()
      await moveTo(started, YEAR)
      const between = await newTokens(app)
      const then = clock.now()
      await moveTo(started, -YEAR)
      const keys = createLocalJWKSet((await app.inject('/jwks')).json())
      for (const [{ access_token, id_token }, now] of [
        [before, at],
        [between, then],
      ] as const) {
        for (const token of [access_token, id_token]) await jwtVerify(token, keys, { currentDate: new Date(now) })
      }
      await assertWorks(started)
    }))

  test('what a fast clock made lives no longer than the error and its own time', () =>
    withApp(async (started) => {
      const { app } = started
      await moveTo(started, HOUR)
      const { access_token: token } = await newTokens(app)
      await moveTo(started, -HOUR)
      await moveTo(started, HOUR + LIFETIMES.accessToken)
      assert.equal((await userinfo(app, token)).statusCode, 401)
    }))
})
