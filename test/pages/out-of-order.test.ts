/** Every step of a sign-in without the one before it, in another browser, for another app, twice: none grants anything. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import {
  authorizeQuery,
  formToken,
  locationOf,
  spaQuery,
  type TestBrowser,
  testBrowser,
} from '../fixtures/test-browser.ts'
import { codeFields, postAsApp } from '../fixtures/test-client.ts'
import { answerOf } from '../fixtures/test-pages.ts'

const SESSION = '__Host-countersign-session'
const good = { username: 'alice', password: PASSWORD }
const other = aPublicClient({
  id: 'other',
  metadata: { client_name: 'Other', redirect_uris: ['https://other.example/cb'] },
})

const STEPS: Readonly<Record<string, Record<string, string>>> = {
  password: good,
  'second-factor': { code: '123456' },
  'second-factor?way=recovery': { code: '0000-0000-0000-0000' },
  totp: { code: '123456' },
  restart: {},
  account: { answer: 'continue' },
  consent: { answer: 'allow' },
  cancel: {},
}
type Response = Awaited<ReturnType<TestBrowser['post']>>

describe('steps out of order', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), other] })

  /** Nothing came of it: no session cookie, no consent, no code, and the app was told nothing. */
  async function assertNothing(browser: TestBrowser, response: Response) {
    const { storage } = started()
    const alice = await storage.accounts.findByUsername('alice')
    assert.equal(browser.cookies.has(SESSION), false)
    assert.equal(await storage.consents.find(alice?.id ?? '', 'spa'), undefined)
    assert.doesNotMatch(String(response.headers.location ?? ''), /^https:|code=/)
    assert.ok([200, 303, 400, 403, 404].includes(response.statusCode), String(response.statusCode))
  }

  for (const [step, fields] of Object.entries(STEPS)) {
    test(`${step} of an interaction that never was`, async () => {
      const browser = testBrowser(started().app)
      const { csrf } = await browser.start(spaQuery())
      for (const id of ['019bc13e-5c00-7abc-8abc-0123456789ab', 'x', '..%2f..%2f', '%00', 'a'.repeat(300)]) {
        await assertNothing(browser, await browser.post(`/sign-in/${id}/${step}`, { csrf, ...fields }))
      }
    })

    test(`${step} before the page was ever opened`, async () => {
      const browser = testBrowser(started().app)
      const path = locationOf(await browser.get(`/authorize?${spaQuery()}`))
      await assertNothing(browser, await browser.post(`${path}/${step}`, fields))
      const stranger = testBrowser(started().app)
      await assertNothing(stranger, await stranger.post(`${path}/${step}`, fields))
    })

    test(`${step} with the page of another browser`, async () => {
      const owner = testBrowser(started().app)
      const { path, page } = await owner.start(spaQuery())
      const thief = testBrowser(started().app)
      await thief.start(spaQuery())
      const tokens = [...page.body.matchAll(/name="csrf" value="([^"]+)"/g)].map(([, token]) => token ?? '')
      assert.ok(tokens.length >= 2)
      for (const csrf of tokens) {
        await assertNothing(thief, await thief.post(`${path}/${step}`, { csrf, ...fields }))
        assert.equal(owner.cookies.has(SESSION), false)
      }
    })

    test(`${step} with the token of another step, or of another interaction`, async () => {
      const browser = testBrowser(started().app)
      const { path, csrf, page } = await browser.start(spaQuery())
      const elsewhere = await browser.start(spaQuery({ state: 'elsewhere' }))
      const wrong = [elsewhere.csrf, formToken(elsewhere.page, '/cancel')]
      if (step !== 'password') wrong.push(csrf)
      if (step !== 'cancel') wrong.push(formToken(page, '/cancel'))
      for (const token of wrong) {
        await assertNothing(browser, await browser.post(`${path}/${step}`, { csrf: token, ...fields }))
      }
    })

    test(`${step} with an empty body, another media type, or in the query`, async () => {
      const { app } = started()
      const browser = testBrowser(app)
      const { path, csrf } = await browser.start(spaQuery())
      await assertNothing(browser, await browser.post(`${path}/${step}`, {}))
      const query = new URLSearchParams({ csrf, ...fields })
      await assertNothing(browser, await browser.post(`${path}/${step}?${query}`, {}))
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { cookie, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
      const payload = JSON.stringify({ csrf, ...fields })
      const response = await app.inject({ method: 'POST', url: `${path}/${step}`, headers, payload })
      assert.equal(Math.floor(response.statusCode / 100), 4)
    })
  }

  test('the consent to one app is none to another', async () => {
    const { storage, addAccount } = started()
    const { id } = await addAccount({ username: 'olga' })
    const browser = testBrowser(started().app)
    const first = await browser.start(spaQuery())
    await browser.post(`${first.path}/password`, { csrf: first.csrf, username: 'olga', password: PASSWORD })
    const query = spaQuery({ client_id: 'other', redirect_uri: 'https://other.example/cb' })
    const second = locationOf(await browser.get(`/authorize?${query}`))
    const form = { csrf: formToken(await browser.get(first.path), '/consent'), answer: 'allow' }
    assert.equal(locationOf(await browser.post(`${second}/consent`, form)), second)
    assert.equal(await storage.consents.find(id, 'other'), undefined)
    assert.equal(await storage.consents.find(id, 'spa'), undefined)
  })

  test('replayed, a consent or a cancellation is worth what it was worth: a code of its own, and no second word to the app', async () => {
    const { app, addAccount } = started()
    await addAccount({ username: 'rosa' })
    const browser = testBrowser(app)
    const { path, csrf } = await browser.start(authorizeQuery({ prompt: 'consent' }))
    await browser.post(`${path}/password`, { csrf, username: 'rosa', password: PASSWORD })
    const form = { csrf: formToken(await browser.get(path), '/consent'), answer: 'allow' }
    const codes: string[] = []
    for (let round = 0; round < 2; round++) {
      const again = locationOf(await browser.post(`${path}/consent`, form))
      const page = await browser.get(again)
      if (page.statusCode === 303) codes.push(answerOf(page).searchParams.get('code') ?? '')
    }
    assert.equal(new Set(codes).size, codes.length)
    for (const code of codes) assert.equal((await postAsApp(app, '/token', codeFields(code))).statusCode, 200)

    started().clock.advance(1)
    const left = await browser.start(authorizeQuery({ prompt: 'login' }))
    const cancel = { csrf: formToken(left.page, '/cancel') }
    const answer = answerOf(await browser.post(`${left.path}/cancel`, cancel))
    assert.equal(answer.searchParams.get('error'), 'access_denied')
    const replayed = await browser.post(`${left.path}/cancel`, cancel)
    assert.doesNotMatch(String(replayed.headers.location ?? ''), /code=/)
  })

  test('a step after everything is over leads nowhere without a sign-in: the session ended meanwhile', async () => {
    const { app, addAccount, storage } = started()
    const { id } = await addAccount({ username: 'lena' })
    const browser = testBrowser(app)
    const { path, csrf } = await browser.start(spaQuery())
    await browser.post(`${path}/password`, { csrf, username: 'lena', password: PASSWORD })
    const form = { csrf: formToken(await browser.get(path), '/consent'), answer: 'allow' }
    browser.cookies.delete(SESSION)
    assert.equal(locationOf(await browser.post(`${path}/consent`, form)), path)
    assert.equal(await storage.consents.find(id, 'spa'), undefined)
    assert.match((await browser.get(path)).body, /Sign in to <bdi>Spa/)
  })
})
