/** What strangers try where people make accounts: to learn who has one, to have one with somebody else's address, to skip a step. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newAccount } from '../../src/accounts/new-account.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { NO_TELEMETRY } from '../../src/telemetry/telemetry.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import {
  askForAccount,
  codeIn,
  fillIn,
  GOOD_PASSWORD,
  linkIn,
  type SignUpApp,
  signUpApp,
  signUpWhole,
  typeCode,
} from '../fixtures/sign-up.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, testBrowser } from '../fixtures/test-browser.ts'

const SESSION = '__Host-countersign-session'
const clients = [aClient({ isFirstParty: true }), aPublicClient()]

/** Every question that the storage is asked, by its name. */
function watched(storage: Storage, asked: string[]): Storage {
  const entries = Object.entries(storage).map(([name, store]) => {
    if (typeof store !== 'object' || store === null) return [name, store]
    return [
      name,
      new Proxy(store, {
        get(target, method, receiver) {
          const value = Reflect.get(target, method, receiver)
          if (typeof value !== 'function') return value
          return (...args: unknown[]) => {
            asked.push(`${name}.${String(method)}`)
            return value.apply(target, args)
          }
        },
      }),
    ]
  })
  return { ...storage, ...Object.fromEntries(entries) }
}

describe('whether an account has an address', () => {
  const asked: string[] = []
  let one: SignUpApp
  before(async () => {
    one = await signUpApp(
      {},
      { clients, telemetry: { ...NO_TELEMETRY, storage: (storage) => watched(storage, asked) } },
    )
    await one.addAccount()
    await one.addAccount({ username: 'by.name@example.org', claims: {} })
  })
  after(() => one?.close())

  /** All that a stranger sees who asks with this address and types a wrong code. */
  async function seen(address: string) {
    const browser = testBrowser(one.app)
    const { path: interaction } = await browser.start(authorizeQuery())
    const page = await browser.get(`${interaction}/sign-up`)
    asked.length = 0
    const answer = await browser.post(`${interaction}/sign-up`, { csrf: formToken(page, '/sign-up'), email: address })
    // What sends the mails looks whenever it likes.
    const questions = asked.filter((question) => !/^deliveries\.(?!insert)/.test(question))
    const path = locationOf(answer)
    const typing = await browser.get(path)
    const wrong = await browser.post(`${path}/type`, { csrf: formToken(typing, '/type'), code: '00000000' })
    const plain = (text: string) =>
      text
        .replaceAll(address, 'ADDRESS')
        .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}/g, 'ID')
        .replace(/value="[\w-]{43}"/g, 'TOKEN')
        .replace(/<code>[^<]*<\/code>/g, 'ERROR ID')
    const headers = ({ ...all }: Record<string, unknown>) => {
      const { date: _, 'content-length': __, 'set-cookie': ___, ...rest } = all
      return Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, plain(String(value))]))
    }
    return {
      questions,
      answers: [answer, typing, wrong].map((one) => [one.statusCode, headers(one.headers), plain(one.body)]),
    }
  }

  test('[ASVS 6.3.8] is not to be seen: the same bytes, after the same questions to the database', async () => {
    const unknown = await seen('nobody@example.org')
    for (const address of ['alice@example.org', 'ALICE@example.org', 'by.name@example.org']) {
      const known = await seen(address)
      assert.deepEqual(known.questions, unknown.questions, address)
      assert.deepEqual(known.answers, unknown.answers, address)
    }
    assert.equal((unknown.answers[2] as unknown[])[0], 400)
  })

  test('its owner is told by mail, with no code in it', async () => {
    const mails = await one.mailsTo('alice@example.org')
    assert.ok(mails.length > 0)
    for (const { headers, text } of mails) {
      assert.equal(headers['subject'], 'You have an account at Example Login already')
      assert.match(text, /alice/)
      assert.doesNotMatch(text, /\d{4} \d{4}/)
      assert.match(text, /https:\/\/login\.example\/sign-in\n/)
    }
    // What was made in its place opens nothing.
    const rows = await one.storage.oneTimeCodes.ofPurpose('sign_up', { now: one.clock.now(), limit: 99 })
    const decoy = rows.find(({ address }) => address === 'alice@example.org')
    assert.ok(decoy)
    assert.equal(decoy.accountId, undefined)
  })

  test('nor by how many mails there may be', async () => {
    const many = async (address: string) => {
      const answers = []
      for (let i = 0; i < 7; i++) answers.push((await askForAccount(testBrowser(one.app), address)).answer)
      return answers.map(({ statusCode, headers }) => [statusCode, headers['retry-after']])
    }
    // A network of its own would be needed for more: 30 mails in all.
    const first = await many('fresh@example.org')
    await one.addAccount({ username: 'second', claims: { email: 'second@example.org', email_verified: true } })
    assert.deepEqual(await many('second@example.org'), first)
    assert.deepEqual(
      first.map(([status]) => status),
      [303, 303, 303, 303, 303, 429, 429],
    )
  })
})

describe('somebody else’s address', () => {
  let one: SignUpApp
  before(async () => {
    one = await signUpApp({}, { clients })
  })
  after(() => one?.close())

  const accountOf = async (address: string) => (await one.storage.accounts.findByEmail(address))[0]

  test('classic-federated merge: a stranger who was first has nothing, and the owner gets an account of their own', async () => {
    const stranger = testBrowser(one.app)
    const { path } = await askForAccount(stranger, 'victim1@example.org')
    assert.equal(await accountOf('victim1@example.org'), undefined)
    for (let i = 0; i < 6; i++) {
      const answer = await stranger.get(path)
      if (!answer.body.includes('/type"')) break
      await stranger.post(`${path}/type`, { csrf: formToken(answer, '/type'), code: String(10_000_000 + i) })
    }
    const { answer } = await signUpWhole(one, testBrowser(one.app), 'victim1@example.org')
    assert.match(locationOf(answer), /^\/sign-in\//)
    assert.equal(stranger.cookies.has(SESSION), false)
    assert.doesNotMatch((await stranger.get(`${path}/sign-up`)).body, /new-password/)
  })

  test('unexpired session: a stranger’s page that is confirmed after the owner has an account makes no other, and is in nobody’s', async () => {
    const stranger = testBrowser(one.app)
    const { path } = await askForAccount(stranger, 'victim2@example.org')
    const [mail] = await one.mailsTo('victim2@example.org')
    assert.ok(mail)
    await signUpWhole(one, testBrowser(one.app), 'victim2@example.org')
    const owner = await accountOf('victim2@example.org')
    // The owner opens the older mail, too, and presses the button.
    const phone = testBrowser(one.app)
    const page = await phone.get(linkIn(mail))
    await phone.post(`${linkIn(mail)}/use`, { csrf: formToken(page, '/use') })
    const answer = await fillIn(stranger, locationOf(await stranger.get(path)), { username: 'stranger' })
    assert.equal(answer.statusCode, 409)
    assert.match(answer.body, /You have an account already/)
    assert.equal(stranger.cookies.has(SESSION), false)
    assert.deepEqual(await accountOf('victim2@example.org'), owner)
    assert.equal(await one.storage.accounts.findByUsername('stranger'), undefined)
  })

  test('trojan identifier, and a provider that verifies nothing: an account that only says so neither gains nor hinders', async () => {
    const trojans = []
    for (const [i, origin] of (['upstream', 'upstream', undefined] as const).entries()) {
      const made = newAccount(
        {
          username: `trojan-${i}`,
          claims: { email: 'victim3@example.org', email_verified: false },
          passwordHash: await one.deps.passwords.hash(PASSWORD),
          isDisabled: false,
          origin,
        },
        { now: one.clock.now(), random: one.deps.random },
      )
      assert.ok('account' in made)
      await one.storage.accounts.insert(made.account)
      trojans.push(made.account)
    }
    const { answer } = await signUpWhole(one, testBrowser(one.app), 'victim3@example.org')
    assert.match(locationOf(answer), /^\/sign-in\//)
    const mine = await accountOf('victim3@example.org')
    assert.equal(mine?.origin, 'sign_up')
    // The address and the owner's password lead to the owner's account; the trojan's password does not.
    const arrived = await testBrowser(one.app).signIn(undefined, {
      username: 'victim3@example.org',
      password: GOOD_PASSWORD,
    })
    assert.match(arrived.href, /code=/)
    const browser = testBrowser(one.app)
    const { path, csrf } = await browser.start()
    const fields = { csrf, username: 'victim3@example.org', password: PASSWORD }
    assert.equal((await browser.post(`${path}/password`, fields)).statusCode, 400)
    for (const trojan of trojans) assert.deepEqual(await one.storage.accounts.find(trojan.id), trojan)
  })

  test('unexpired e-mail change: what was proven for an account, or for a new password, makes none', async () => {
    for (const purpose of ['verify_email', 'reset_password'] as const) {
      const browser = testBrowser(one.app)
      const { path: interaction } = await browser.start()
      const { record } = await one.deps.codes.make({ purpose, address: 'victim4@example.org' })
      await one.storage.oneTimeCodes.use(record.id, { by: 'code', now: one.clock.now() })
      browser.cookies.set('__Secure-countersign-proof', one.deps.codes.proofOf(record))
      const answer = await browser.get(`/code/${record.id}/sign-up`)
      assert.equal(answer.statusCode, 303, purpose)
      const page = await browser.get(`${interaction}/sign-up`)
      const posted = await browser.post(`/code/${record.id}/sign-up`, {
        csrf: formToken(page, '/sign-up'),
        username: 'x',
        password: GOOD_PASSWORD,
      })
      assert.equal(posted.statusCode, 303, purpose)
    }
    assert.equal(await accountOf('victim4@example.org'), undefined)
  })
})

describe('the steps of making an account', () => {
  let one: SignUpApp
  before(async () => {
    one = await signUpApp({}, { clients })
  })
  after(() => one?.close())

  test('none can be skipped, done for another, or done in another browser', async () => {
    const [browser, other] = [testBrowser(one.app), testBrowser(one.app)]
    const { path } = await askForAccount(browser, 'steps@example.org')
    const mine = await askForAccount(other, 'other@example.org')
    const [mail] = await one.mailsTo('steps@example.org')
    assert.ok(mail)
    const fields = { username: 'skipped', password: GOOD_PASSWORD, name: '' }
    // Before the code, posted empty, and with the form of the page before.
    for (const csrf of ['', formToken(await browser.get(path), '/type')]) {
      assert.equal((await browser.post(`${path}/sign-up`, { ...fields, csrf })).statusCode, 303)
    }
    // The code is not looked at elsewhere.
    const page = await other.get(mine.path)
    const typed = await other.post(`${path}/type`, { csrf: formToken(page, '/type'), code: codeIn(mail) })
    assert.equal(typed.statusCode, 410)
    const form = locationOf(await typeCode(browser, path, codeIn(mail)))
    // A browser that shares the browser's own cookie (it was planted) shares nothing that was proven since.
    const shared = testBrowser(one.app)
    const secret = browser.cookies.get('__Host-countersign-browser') ?? ''
    shared.cookies.set('__Host-countersign-browser', secret)
    assert.equal((await shared.get(form)).statusCode, 303)
    const csrf = formToken(await browser.get(form), '/sign-up')
    assert.equal((await shared.post(form, { ...fields, csrf })).statusCode, 303)
    // The proof of one address is none of another's.
    other.cookies.set('__Secure-countersign-proof', browser.cookies.get('__Secure-countersign-proof') ?? '')
    assert.equal((await other.get(`${mine.path}/sign-up`)).statusCode, 303)
    assert.equal(await one.storage.accounts.findByUsername('skipped'), undefined)
    assert.match(locationOf(await fillIn(browser, form)), /^\/sign-in\//)
  })

  test('sent twice, or in two tabs at once, makes one account', async () => {
    const browser = testBrowser(one.app)
    const { path } = await askForAccount(browser, 'twice@example.org')
    const [mail] = await one.mailsTo('twice@example.org')
    assert.ok(mail)
    const form = locationOf(await typeCode(browser, path, codeIn(mail)))
    const answers = await Promise.all(
      ['twice', 'twice', 'thrice'].map((username) => fillIn(browser, form, { username })),
    )
    const statuses = answers.map(({ statusCode }) => statusCode)
    assert.ok(statuses.includes(303), String(statuses))
    assert.equal((await one.storage.accounts.findByEmail('twice@example.org')).length, 1)
  })

  test('two browsers that prove one address at the same moment: one account, and the other one is told', async () => {
    const browsers = [testBrowser(one.app), testBrowser(one.app)]
    const forms: string[] = []
    for (const [i, browser] of browsers.entries()) {
      one.clock.advance(1000)
      const { path } = await askForAccount(browser, 'race@example.org')
      const mail = (await one.mailsTo('race@example.org'))[i]
      assert.ok(mail)
      forms.push(locationOf(await typeCode(browser, path, codeIn(mail))))
    }
    const answers = await Promise.all(
      browsers.map((browser, i) => fillIn(browser, forms[i] ?? '', { username: `race-${i}` })),
    )
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b),
      [303, 409],
    )
    assert.equal(browsers.filter(({ cookies }) => cookies.has(SESSION)).length, 1)
  })

  test('from another site nothing is done, and of a form of another browser neither', async () => {
    const browser = testBrowser(one.app)
    const { path: interaction } = await browser.start(authorizeQuery())
    const csrf = formToken(await browser.get(`${interaction}/sign-up`), '/sign-up')
    const elsewhere = { 'sec-fetch-site': 'cross-site' }
    const email = 'cross@example.org'
    assert.equal((await browser.post(`${interaction}/sign-up`, { csrf, email }, elsewhere)).statusCode, 403)
    const stale = await browser.post(`${interaction}/sign-up`, { csrf: csrf.replace(/./, 'x'), email })
    assert.equal(stale.statusCode, 403)
    assert.match(stale.body, /an old one, or not complete/)
    assert.deepEqual(await one.mailsTo(email), [])

    const { path } = await askForAccount(browser, email)
    const [mail] = await one.mailsTo(email)
    assert.ok(mail)
    const form = locationOf(await typeCode(browser, path, codeIn(mail)))
    const fields = { csrf: formToken(await browser.get(form), '/sign-up'), username: 'cross', password: GOOD_PASSWORD }
    assert.equal((await browser.post(form, fields, elsewhere)).statusCode, 403)
    const kept = await browser.post(form, { ...fields, csrf: 'x', name: 'Kept' })
    assert.equal(kept.statusCode, 403)
    assert.match(kept.body, /value="Kept"/)
    assert.equal(await one.storage.accounts.findByUsername('cross'), undefined)
  })

  test('text that somebody sends stays text', async () => {
    const hostile = '"><script>alert(1)</script>{{constructor}}'
    const browser = testBrowser(one.app)
    const { answer } = await askForAccount(browser, hostile)
    assert.doesNotMatch(answer.body, /<script>alert/)
    const { answer: form } = await signUpWhole(one, browser, 'text@example.org', {
      username: `${hostile} `,
      name: hostile,
      password: 'short',
    })
    assert.equal(form.statusCode, 400)
    assert.doesNotMatch(form.body, /<script>alert/)
    assert.match(form.body, /&lt;script&gt;/)
  })

  test('what was planted as a session is another one afterwards', async () => {
    const browser = testBrowser(one.app)
    browser.cookies.set(SESSION, 'planted.session')
    await signUpWhole(one, browser, 'fixed@example.org')
    assert.notEqual(browser.cookies.get(SESSION), 'planted.session')
    assert.ok(browser.cookies.get(SESSION))
  })
})
