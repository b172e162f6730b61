/** The pages of mailed codes and links, whatever they are for: typed where they were asked for, opened by anybody, used once. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import cookie from '@fastify/cookie'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { PURPOSES, type Purpose } from '../../src/accounts/one-time-code.ts'
import { HOUR, MINUTE } from '../../src/base/duration.ts'
import { browserHash, formToken as tokenOf } from '../../src/http/browser.ts'
import { errorPages } from '../../src/http/error-pages.ts'
import { answerNotFound } from '../../src/http/not-found.ts'
import { createServer } from '../../src/http/server.ts'
import { registerViews } from '../../src/http/views.ts'
import { code } from '../../src/pages/code/code.ts'
import { CONFIRMING } from '../../src/pages/code/confirming.ts'
import { codePath, provenHere } from '../../src/pages/code/proof.ts'
import type { CodePurpose, CodePurposes } from '../../src/pages/code/purposes.ts'
import { againPurpose } from '../../src/pages/code/view.ts'
import { message } from '../../src/words/message.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { shownErrorId } from '../fixtures/test-pages.ts'

const BROWSER = '__Host-countersign-browser'

describe('a mailed code', () => {
  const ask = suiteApp()
  let app: FastifyInstance
  /** What became of each code that was right. */
  const confirmed: string[] = []
  let canBe = true

  before(async () => {
    const { deps } = ask()
    const purpose = (name: Purpose): CodePurpose => ({
      ...CONFIRMING,
      ...(PURPOSES[name].elsewhere === 'takes_over' && { confirmed: undefined as never }),
      right: async (_deps, { record }) => {
        confirmed.push(record.id)
        return canBe
      },
      goOn: async (_deps, { record, reply }) => reply.redirect(codePath(deps, record, '/after'), 303),
      again: async (_deps, { record, place }) => ({
        kind: 'sent',
        id: (await deps.codes.make({ purpose: name, address: record.address, ...place })).record.id,
      }),
      back: () => ({ to: '/sign-in', label: message('code.other_address') }),
    })
    const purposes: CodePurposes = { verify_email: purpose('verify_email'), reset_password: purpose('reset_password') }
    app = await createServer({ config: deps.config, random: deps.random, log: pino({ level: 'silent' }) })
    await registerViews(app, deps.words)
    app.setErrorHandler(errorPages(deps))
    answerNotFound(app, deps)
    await app.register(cookie)
    code(app, deps, purposes)
    app.get('/code/:handle/after', async (request, reply) =>
      reply.send((await provenHere(deps, request, 'verify_email'))?.address ?? 'nobody'),
    )
    app.get('/code/:handle/reset', async (request, reply) =>
      reply.send((await provenHere(deps, request, 'reset_password'))?.address ?? 'nobody'),
    )
  })
  after(() => app?.close())

  /** A browser that has asked for one. */
  async function asked(purpose: Purpose = 'verify_email') {
    const { deps } = ask()
    const browser = testBrowser(app)
    const secret = deps.random.bytes(32).toString('base64url')
    browser.cookies.set(BROWSER, secret)
    const order = { purpose, address: 'ada@example.org', browserHash: browserHash(secret) }
    const made = await deps.codes.make({ ...order, details: { device: { browser: 'Firefox', system: 'Windows' } } })
    return { ...made, browser, path: `/code/${made.record.id}`, link: `/code/${made.handle}` }
  }
  async function type(browser: TestBrowser, path: string, typed: string) {
    const page = await browser.get(path)
    return browser.post(`${path}/type`, { csrf: formToken(page, '/type'), code: typed })
  }
  const wrongOf = (right: string): string => (right === '00000000' ? '11111111' : '00000000')

  test('is typed in the page that asked, with spaces if need be, and goes on', async () => {
    const { browser, path, code: right, record } = await asked()
    const page = await browser.get(path)
    assert.match(page.body, /inputmode="numeric" autocomplete="one-time-code"/)
    assert.match(page.body, /We sent a mail with a code to <strong><bdi>ada@example\.org<\/bdi><\/strong>/)
    assert.match(page.body, /you can ask for another one in 60 seconds/)
    const answer = await type(browser, path, ` ${right.slice(0, 4)} ${right.slice(4)}`)
    assert.equal(locationOf(answer), `${path}/after`)
    assert.equal((await browser.get(`${path}/after`)).body, 'ada@example.org')
    assert.equal(confirmed.filter((id) => id === record.id).length, 1)
    // Sent twice, and opened again: it goes on as before.
    const twice = await browser.post(`${path}/type`, { csrf: formToken(page, '/type'), code: right })
    assert.equal(locationOf(twice), path)
    assert.equal(locationOf(await browser.get(path)), `${path}/after`)
    assert.equal(confirmed.filter((id) => id === record.id).length, 1)
  })

  test('an empty one, one that can’t be and a wrong one are told apart, and five wrong ones are the end of it', async () => {
    const { browser, path, code: right } = await asked()
    assert.match((await type(browser, path, ' ')).body, /Enter the code from the mail/)
    assert.match((await type(browser, path, '1234')).body, /The code has 8 digits/)
    for (const left of ['4 more times', '3 more times', '2 more times', 'once more']) {
      const page = await type(browser, path, wrongOf(right))
      assert.equal(page.statusCode, 400)
      shownErrorId(page)
      assert.match(page.body, new RegExp(`That code is not right. You can try ${left}`))
      assert.match(page.body, /<title>Error: /)
      assert.match(page.body, /aria-invalid="true" aria-describedby="code-error"/)
    }
    const over = await type(browser, path, wrongOf(right))
    assert.match(over.body, /does not work any more. Ask for another mail/)
    assert.equal((await type(browser, path, right)).statusCode, 400)
    // At once: nothing more can come of this one.
    const again = await browser.post(`${path}/again`, { csrf: formToken(over, '/again') })
    assert.match(locationOf(again), /^\/code\/[0-9a-f-]{36}\?mail=again$/)
  })

  test('after ten minutes it says so, and another mail can be asked for; after a minute, too, but not before', async () => {
    const { browser, path, code: right } = await asked()
    const early = await browser.get(path)
    assert.doesNotMatch(early.body, /Send another mail/)
    ask().clock.advance(MINUTE)
    const page = await browser.get(path)
    const again = await browser.post(`${path}/again`, { csrf: formToken(page, '/again') })
    const next = locationOf(again)
    assert.match((await browser.get(next)).body, /role="status">Another mail is on its way/)
    const [another = ''] = next.split('?')
    // Pressed twice: not one mail more.
    const csrf = tokenOf(browser.cookies.get(BROWSER) ?? '', againPurpose(another.slice('/code/'.length)))
    assert.equal(locationOf(await browser.post(`${another}/again`, { csrf })), another)
    ask().clock.advance(9 * MINUTE)
    const late = await type(browser, path, right)
    assert.match(late.body, /does not work any more/)
    assert.match(late.body, /Send another mail/)
  })

  test('[ASVS 6.6.2] nowhere else: another browser that knows the address of the page gets nothing and uses nothing up', async () => {
    const { path, code: right, browser, record } = await asked()
    const other = testBrowser(app)
    assert.equal((await other.get(path)).statusCode, 410)
    const page = await browser.get(path)
    for (let i = 0; i < 6; i++) {
      const answer = await other.post(`${path}/type`, { csrf: formToken(page, '/type'), code: wrongOf(right) })
      assert.equal(answer.statusCode, 410)
    }
    assert.equal((await other.post(`${path}/again`, { csrf: formToken(page, '/type') })).statusCode, 410)
    assert.equal((await ask().storage.oneTimeCodes.find(record.id))?.attemptsLeft, 5)
    assert.equal((await type(browser, path, right)).statusCode, 303)
    // Nor does it go on with what was proven: not even with every other cookie of that browser.
    other.cookies.set(BROWSER, browser.cookies.get(BROWSER) ?? '')
    assert.equal((await other.get(`${path}/after`)).body, 'nobody')
    assert.equal((await other.get(path)).statusCode, 410)
  })

  test('a form of another site, without our cookie or of another code does nothing', async () => {
    const { browser, path, link, code: right, record } = await asked()
    const page = await browser.get(path)
    const elsewhere = { 'sec-fetch-site': 'cross-site' }
    const csrf = formToken(page, '/type')
    for (const [url, fields] of [
      [`${path}/type`, { csrf, code: right }],
      [`${path}/again`, { csrf }],
      [`${link}/use`, { csrf }],
    ] as const) {
      assert.equal((await browser.post(url, fields, elsewhere)).statusCode, 403, url)
      assert.equal((await browser.post(url, { ...fields, csrf: '' })).statusCode, 403, url)
    }
    assert.equal((await testBrowser(app).post(`${link}/use`, { csrf })).statusCode, 403)
    assert.equal((await ask().storage.oneTimeCodes.find(record.id))?.usedAt, undefined)
    for (const step of ['type', 'again', 'use']) assert.equal(locationOf(await browser.get(`${path}/${step}`)), path)
  })

  test('a link that scanners opened a hundred times, also by HEAD, is as good as before', async () => {
    const { link, record } = await asked('reset_password')
    for (let i = 0; i < 50; i++) {
      const scanner = testBrowser(app)
      assert.equal((await scanner.get(link)).statusCode, 200)
      assert.equal((await app.inject({ method: 'HEAD', url: link })).statusCode, 200)
      assert.equal((await scanner.get(`${link}/use`)).statusCode, 303)
    }
    assert.equal((await ask().storage.oneTimeCodes.find(record.id))?.usedAt, undefined)
    const reader = testBrowser(app)
    const page = await reader.get(link)
    assert.match(page.body, /<bdi>Firefox<\/bdi> on <bdi>Windows<\/bdi>/)
    assert.match(page.body, /If that was not you, close this page/)
    const answer = await reader.post(`${link}/use`, { csrf: formToken(page, '/use') })
    assert.equal(locationOf(answer), `/code/${record.id}/after`)
  })

  test('a link that confirms, opened on another device: the page that asked goes on, and may wait by itself', async () => {
    const { browser, path, link, record } = await asked()
    const waiting = await browser.get(`${path}?way=link`)
    assert.equal(waiting.headers['refresh'], '5')
    assert.doesNotMatch(waiting.body, /id="code"/)
    assert.equal((await browser.get(path)).headers['refresh'], undefined)
    const phone = testBrowser(app)
    const page = await phone.get(link)
    assert.match(page.body, /Then the page that asked goes on, not this one/)
    const done = await phone.post(`${link}/use`, { csrf: formToken(page, '/use') })
    assert.equal(done.statusCode, 200)
    assert.match(done.body, /Your address is confirmed/)
    // Pressed twice, or reloaded: the same again. And nothing was proven on the phone.
    assert.match((await phone.post(`${link}/use`, { csrf: formToken(page, '/use') })).body, /Your address is confirmed/)
    assert.match((await phone.get(link)).body, /Your address is confirmed/)
    assert.equal((await phone.get(`${path}/after`)).body, 'nobody')
    ask().clock.advance(HOUR)
    assert.equal(locationOf(await browser.get(`${path}?way=link`)), `${path}/after`)
    assert.equal((await browser.get(`${path}/after`)).body, 'ada@example.org')
    assert.equal(confirmed.filter((id) => id === record.id).length, 1)
    await ask().deps.codes.finish(record.id)
    assert.equal((await browser.get(`${path}/after`)).body, 'nobody')
  })

  test('a link that takes over goes on where it is opened; the page that asked never does, whoever asked', async () => {
    const { browser, path, link } = await asked('reset_password')
    assert.doesNotMatch((await browser.get(`${path}?way=link`)).body, /looks every few seconds/)
    const phone = testBrowser(app)
    const page = await phone.get(link)
    assert.doesNotMatch(page.body, /the page that asked goes on/)
    await phone.post(`${link}/use`, { csrf: formToken(page, '/use') })
    assert.equal((await phone.get(`${path}/reset`)).body, 'ada@example.org')
    assert.match((await browser.get(path)).body, /You went on in another browser/)
    assert.equal((await browser.get(`${path}/reset`)).body, 'nobody')
  })

  test('used, expired, forged and of no purpose: one and the same page, with a way on', async () => {
    const used = await asked('reset_password')
    await ask().deps.codes.use(used.handle, 'reset_password')
    const expired = await asked('reset_password')
    ask().clock.advance(HOUR)
    const nobodys = await ask().deps.codes.make({ purpose: 'invitation', address: 'eve@example.org' })
    const fresh = await asked('reset_password')
    const bodies = new Set<string>()
    for (const url of [
      `/code/${used.record.id}`,
      expired.link,
      `${fresh.link.slice(0, -1)}_`,
      `/code/${nobodys.handle}`,
      '/code/what',
      `/code/${'x'.repeat(300)}`,
    ]) {
      const page = await testBrowser(app).get(url)
      assert.equal(page.statusCode, 410, url)
      assert.match(page.body, /href="\/sign-in">Go to the sign-in page/)
      bodies.add(page.body.replace(/<code>[0-9a-z-]{9}<\/code>/, ''))
    }
    assert.equal(bodies.size, 1)
  })

  test('that can’t count any more, as the account has changed, says so', async () => {
    canBe = false
    const { browser, path, code: right } = await asked()
    assert.equal((await type(browser, path, right)).statusCode, 410)
    canBe = true
  })
})
