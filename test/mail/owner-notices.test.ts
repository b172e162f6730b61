/** What happens to an account is told its owner by mail: new browsers, factors, passwords, the end. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { tellOwner } from '../../src/authorization/owner-notices.ts'
import { DAY, HOUR } from '../../src/base/duration.ts'
import { mailsIn, type ReadMail } from '../fixtures/eml.ts'
import { addTotp, enterCode, enterPassword, phoneOf } from '../fixtures/second-factor.ts'
import { silentLog } from '../fixtures/signing-keys.ts'
import { ISSUER, PASSWORD, type TestApp, testApp } from '../fixtures/test-app.ts'
import { formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'

const FIREFOX = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0' }

describe('notices to the owner of an account', () => {
  let folder: string
  let world: TestApp
  let count = 0
  let seen = 0

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-owner-notices-'))
    const from = { name: 'Example Login', address: 'login@example.com' }
    const mail = { from, replyTo: undefined, tellsUnknown: true, transport: { kind: 'folder', folder } } as const
    world = await testApp({ config: { mail } })
  })
  beforeEach(async () => {
    seen = (await all()).length
  })
  after(async () => {
    await world.close()
    await rm(folder, { recursive: true, force: true })
  })
  const all = async (): Promise<readonly ReadMail[]> => {
    await world.deps.audit.flush()
    await world.deps.deliveries.idle()
    return mailsIn(folder)
  }
  const arrived = async () => (await all()).slice(seen)
  const subjects = async () => (await arrived()).map(({ headers }) => headers['subject'])
  /** An account that was made a while ago. */
  const someone = async () => {
    const username = `ada${count++}`
    const claims = { email: `${username}@example.org`, email_verified: true }
    const account = await world.addAccount({ username, claims })
    world.clock.advance(2 * HOUR)
    return account
  }
  const signIn = async (browser: TestBrowser, username: string) => {
    const { path, csrf } = await browser.start()
    await browser.post(`${path}/password`, { csrf, username, password: PASSWORD }, FIREFOX)
  }

  test('a sign-in in a browser that the account does not know, and in no other', async () => {
    const { username } = await someone()
    const browser = testBrowser(world.app)
    await signIn(browser, username)
    const [mail, ...others] = await arrived()
    assert.equal(others.length, 0)
    assert.deepEqual(
      [mail?.headers['to'], mail?.headers['subject']],
      [`${username}@example.org`, 'A new sign-in to your account at Example Login'],
    )
    assert.match(mail?.text ?? '', /with Firefox on Linux, which has not been seen/)
    assert.ok(mail?.text.trimEnd().endsWith(`${ISSUER}/account`), mail?.text)
    browser.cookies.delete('__Host-countersign-session')
    await signIn(browser, username)
    assert.equal((await arrived()).length, 1)
    // Another account's browser is a new one for this account.
    const { username: other } = await someone()
    browser.cookies.delete('__Host-countersign-session')
    await signIn(browser, other)
    assert.equal((await arrived()).length, 2)
    await signIn(testBrowser(world.app), username)
    assert.equal((await arrived()).length, 3)
  })

  test('not of the first sign-in to an account that was made just now', async () => {
    await world.addAccount({ username: 'new', claims: { email: 'new@example.org', email_verified: true } })
    await signIn(testBrowser(world.app), 'new')
    assert.deepEqual(await subjects(), [])
  })

  test('nor of wrong passwords, which anybody may type', async () => {
    const { username } = await someone()
    const { path, csrf } = await testBrowser(world.app).start()
    await testBrowser(world.app).post(`${path}/password`, { csrf, username, password: 'wrong' })
    assert.deepEqual(await subjects(), [])
  })

  test('an authenticator app: added, with its codes in one mail; new codes; removed', async () => {
    const { username } = await someone()
    const browser = testBrowser(world.app)
    const path = locationOf(await browser.get('/account/totp'))
    const page = await browser.get(path)
    await browser.post(`${path}/password`, { csrf: formToken(page), username, password: PASSWORD })
    await browser.get(path)
    const setup = await browser.get('/account/totp')
    const phone = phoneOf(setup, world.clock.now)
    const before = (await arrived()).length
    world.clock.advance(1)
    await browser.post('/account/totp/confirm', { csrf: formToken(setup, '/confirm'), code: phone.code() }, FIREFOX)
    const told = async () => (await arrived()).slice(before).map(({ text }) => /Linux: (.*)/.exec(text)?.[1])
    assert.deepEqual(await told(), ['An authenticator app was added.'])
    const on = await browser.get('/account/totp')
    world.clock.advance(1)
    await browser.post('/account/totp/recovery-codes', { csrf: formToken(on, '/recovery-codes') }, FIREFOX)
    world.clock.advance(1)
    await browser.post('/account/totp/remove', { csrf: formToken(on, '/remove') }, FIREFOX)
    assert.deepEqual(await told(), [
      'An authenticator app was added.',
      'New recovery codes were made; the older ones stopped working.',
      'The authenticator app was removed.',
    ])
  })

  test('each recovery code that is used, and the last one', async () => {
    const account = await someone()
    const { recoveryCodes } = await addTotp(world, account)
    for (const code of recoveryCodes.slice(0, 2)) {
      const browser = testBrowser(world.app)
      const { path } = await enterPassword(browser, { username: account.username })
      await enterCode(browser, path, code, { way: '?way=recovery' })
    }
    const texts = (await arrived()).map(({ text }) => text).join('\n')
    assert.match(texts, /used to sign in\. You have 9 left/)
    assert.match(texts, /used to sign in\. You have 8 left/)
    for (const code of recoveryCodes) assert.ok(!texts.includes(code))
    world.clock.advance(1)
    const context = { headers: FIREFOX }
    const used = { kind: 'recovery_code_used', accountId: account.id, left: 0 } as const
    await tellOwner(world.deps, used, { context, log: silentLog })
    assert.match((await arrived()).at(-1)?.text ?? '', /The last recovery code was used to sign in\. Make new ones\./)
  })

  test('what an operator did is told as that, in the language of the account, and after it is gone', async () => {
    const account = await someone()
    const german = { ...account, claims: { ...account.claims, locale: 'de' } }
    const context = { actor: 'operator:root', account: german }
    const ended = { accountId: account.id, sessions: 0, grants: 0 }
    await tellOwner(world.deps, { kind: 'password_changed', ...ended }, { context, log: silentLog })
    await world.storage.accounts.remove(account.id)
    world.clock.advance(1)
    await tellOwner(world.deps, { kind: 'account_removed', ...ended }, { context, log: silentLog })
    const [password, removed] = await arrived()
    assert.match(password?.text ?? '', /mit einem Befehl derer, die Example Login betreiben geändert/)
    assert.equal(removed?.headers['subject'], 'Ihr Konto bei Example Login wurde entfernt')
  })

  test('to nobody whose address is not verified', async () => {
    await world.addAccount({ username: 'unverified', claims: { email: 'somebody@example.org' } })
    world.clock.advance(DAY)
    await signIn(testBrowser(world.app), 'unverified')
    assert.deepEqual(await subjects(), [])
  })

  test('a storage that fails holds up nobody, and is logged', async () => {
    const errors: object[] = []
    const find = () => Promise.reject(new Error('away'))
    const log = { ...silentLog, error: (fields: object) => void errors.push(fields) }
    const deps = { ...world.deps, storage: { accounts: { find } } }
    const event = { kind: 'second_factor_added', accountId: 'ada', factor: 'totp' } as const
    await tellOwner(deps, event, { context: {}, log })
    assert.equal(errors.length, 1)
  })
})
