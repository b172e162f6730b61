/** Which language a page is in, from the first request of an app to the last page. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { message } from '../../src/words/message.ts'
import { inEnglish } from '../../src/words/words.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { readTags } from '../fixtures/html.ts'
import { addTotp, enterCode, enterPassword, phoneOf } from '../fixtures/second-factor.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, formToken, spaQuery, testBrowser } from '../fixtures/test-browser.ts'

const languageOf = ({ body }: LightMyRequestResponse): string => readTags(body)[0]?.attributes.get('lang') ?? ''
const directionOf = ({ body }: LightMyRequestResponse): string => readTags(body)[0]?.attributes.get('dir') ?? ''

const strict = aClient({ id: 'strict', requiresSecondFactor: true })
const named = aPublicClient({
  id: 'named',
  metadata: { client_name: 'Wiki', client_names: { 'he-IL': 'ויקי', de: 'Das Wiki' } },
})

describe('the language of a page', () => {
  const started = suiteApp({ clients: [aClient(), aPublicClient(), named, strict] })
  const browser = () => testBrowser(started().app)
  const GERMAN = { 'accept-language': 'fr, de-DE;q=0.9, en;q=0.1' }

  test('is that of the browser, as far as there is one', async () => {
    assert.equal(languageOf(await browser().get('/', GERMAN)), 'de')
    assert.equal(languageOf(await browser().get('/', { 'accept-language': 'fr' })), 'en')
    assert.equal(languageOf(await browser().get('/')), 'en')
  })

  test('[OpenID Connect Core 3.1.2.1] is what the app asked for, on every page until it has its answer', async () => {
    const one = browser()
    const { path, csrf, page } = await one.start(spaQuery({ ui_locales: 'x he-IL de' }))
    assert.equal(languageOf(page), 'he')
    assert.equal(directionOf(page), 'rtl')
    const wrong = await one.post(`${path}/password`, { csrf, username: 'alice', password: 'wrong' }, GERMAN)
    assert.equal(languageOf(wrong), 'he')
    assert.match(wrong.body, /שם המשתמש או הסיסמה שגויים/)
    await one.post(`${path}/password`, { csrf, username: 'alice', password: 'correct horse battery staple' })
    const consent = await one.get(path, GERMAN)
    assert.equal(languageOf(consent), 'he')
    assert.match(consent.body, /לראות את הפרופיל שלך/)
  })

  test('what is refused before there is a page is told in it, too; the log is English', async () => {
    const page = await browser().get('/authorize?client_id=unknown&ui_locales=de')
    assert.equal(languageOf(page), 'de')
    assert.match(page.body, /Dieser Link funktioniert nicht/)
    const { path, csrf } = await browser().start(spaQuery({ ui_locales: 'de' }))
    await testBrowser(started().app).post(`${path}/password`, { csrf, username: 'a', password: 'b' })
    const lost = inEnglish(message('sign_in.lost_cookie'))
    assert.ok(started().logged.some((line) => line['description'] === lost))
  })

  test('of who is signed in is that of the account, unless the app asks for another', async () => {
    const { addAccount, app } = started()
    await addAccount({ username: 'dana', claims: { locale: 'he-IL' } })
    const one = testBrowser(app)
    await one.signIn(undefined, { username: 'dana' })
    assert.equal(languageOf(await one.get('/', GERMAN)), 'he')
    assert.equal(languageOf(await one.get('/sign-out', GERMAN)), 'he')
    const consent = await one.start(spaQuery({ prompt: 'consent' }))
    assert.equal(languageOf(consent.page), 'he')
    const asked = await one.start(spaQuery({ prompt: 'consent', ui_locales: 'de' }))
    assert.equal(languageOf(asked.page), 'de')
  })

  test('of the second factor is that of the account whose password was right, unless the app asks for another', async () => {
    const one = started()
    await addTotp(one, await one.addAccount({ username: 'tamar', claims: { locale: 'he' } }))
    const { page } = await enterPassword(browser(), { username: 'tamar' })
    assert.equal(languageOf(page), 'he')
    assert.match(page.body, /יש להזין את הקוד שאפליקציית האימות מציגה כעת/)
    assert.match(page.body, /לא לבקש קוד בדפדפן הזה במשך 30 ימים/)
    const german = browser()
    const { path } = await enterPassword(german, { username: 'tamar', query: authorizeQuery({ ui_locales: 'de' }) })
    const wrong = await enterCode(german, path, '000000')
    assert.equal(languageOf(wrong), 'de')
    assert.match(wrong.body, /Dieser Code stimmt nicht\./)
    const told = inEnglish(message('second_factor.wrong'))
    assert.ok(one.logged.some((line) => line['description'] === told))
  })

  test('of setting one up is the same, to the file with the recovery codes', async () => {
    const one = started()
    await one.addAccount({ username: 'dirk', claims: { locale: 'de' } })
    const mine = browser()
    const query = authorizeQuery({ client_id: 'strict' })
    const { path, page } = await enterPassword(mine, { username: 'dirk', query })
    assert.match(page.body, /<h1>Zweiten Schritt einrichten/)
    const code = phoneOf(page, one.clock.now).code()
    const codes = await mine.post(`${path}/totp`, { csrf: formToken(page, '/totp'), code })
    assert.equal(languageOf(codes), 'de')
    const file =
      /href="data:text\/plain;charset&#x3D;utf-8,([^"]+)"|href="data:text\/plain;charset=utf-8,([^"]+)"/.exec(
        codes.body,
      )
    const text = decodeURIComponent(file?.[1] ?? file?.[2] ?? '')
    assert.match(text, /^Wiederherstellungscodes von dirk für Example Login\r\nJeder gilt einmal/)
    await mine.get(path)
    assert.equal(languageOf(await mine.get('/account/totp')), 'de')
    assert.match((await mine.get('/')).body, /Ihr Konto/)
  })

  test('[RP-Initiated Logout 2] of signing out is what the app asked for, until the end', async () => {
    const one = browser()
    await one.signIn()
    const asked = await one.get('/end-session?client_id=app&ui_locales=de')
    const page = await one.get(String(asked.headers.location).replace('https://login.example', ''))
    assert.equal(languageOf(page), 'de')
    const action = /<form method="post" action="([^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const done = await one.post(action.replaceAll('&#x3D;', '='), { csrf, answer: 'yes' })
    const last = await one.get(String(done.headers.location).replace('https://login.example', ''))
    assert.equal(languageOf(last), 'de')
    assert.match(last.body, /Sie sind abgemeldet/)
  })

  test('[OpenID Connect Registration 2.1] the app is called what it calls itself there', async () => {
    for (const [ui_locales, title] of [
      ['de', /<title>Bei Das Wiki anmelden/],
      ['he', /<bdi>ויקי<\/bdi>/],
      ['en', /<title>Sign in to Wiki/],
    ] as const) {
      const { page } = await browser().start(spaQuery({ client_id: 'named', ui_locales }))
      assert.match(page.body, title)
    }
  })
})

describe('an operator', () => {
  const started = suiteApp({
    config: {
      languages: { default: 'de', offered: ['de'] },
      texts: { de: { 'sign_in.lead': 'Mit dem Konto von **{installation}**, bitte.' } },
    },
  })

  test('says which languages there are, and how a text reads', async () => {
    const { page } = await testBrowser(started().app).start(spaQuery({ ui_locales: 'he en' }))
    assert.equal(languageOf(page), 'de')
    assert.match(page.body, /Mit dem Konto von <strong><bdi>Example Login<\/bdi><\/strong>, bitte\./)
    const { body } = await started().app.inject('/.well-known/openid-configuration')
    assert.deepEqual(JSON.parse(body).ui_locales_supported, ['de'])
  })
})
