/** Linking a provider to one's account, and unlinking: by who is signed in, freshly, and never the last way in. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { MINUTE } from '../../src/base/duration.ts'
import { formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { assertErrorPage } from '../fixtures/test-pages.ts'
import { aProvider, signInThere, signInWith, type UpstreamWorld, upstreamWorld } from '../fixtures/upstream.ts'

const PAGE = '/account/linked'

describe('linked providers', () => {
  let world: UpstreamWorld
  before(async () => {
    world = await upstreamWorld({
      providers: [
        aProvider({ signUp: 'nobody' }),
        aProvider({ id: 'open', name: 'Open', issuer: 'https://open.example' }),
      ],
    })
  })
  after(() => world?.close())

  let people = 0
  /** Somebody with a password here, and an account at both providers. */
  async function somebody(): Promise<{ browser: TestBrowser; username: string; accountId: string }> {
    const username = `person${++people}`
    const { id: accountId } = await world.login.addAccount({ username, claims: { name: username } })
    for (const at of world.providers.values()) await at.addAccount({ username, claims: { name: username } })
    const browser = testBrowser(world.login.app)
    await browser.signIn(undefined, { username })
    return { browser, username, accountId }
  }

  async function sendToLink(browser: TestBrowser, provider = 'work'): Promise<URL> {
    const page = await browser.get(PAGE)
    assert.equal(page.statusCode, 200, page.body)
    const answer = await browser.post(`${PAGE}/link`, { csrf: formToken(page, '/link'), provider })
    return new URL(locationOf(answer))
  }

  const linksOf = (accountId: string) => world.login.storage.upstreamIdentities.ofAccount(accountId)

  test('one is linked, signs in to that very account, and is unlinked', async () => {
    const { browser, username, accountId } = await somebody()
    const callback = await signInThere(world, await sendToLink(browser), { username })
    assert.equal(locationOf(await browser.get(callback)), `${PAGE}?done=linked`)
    const page = await browser.get(`${PAGE}?done=linked`)
    assert.match(page.body, /Unlink <bdi>Work<\/bdi>/)
    const again = await signInWith(world, { username })
    assert.equal(again.back.statusCode, 303)
    const [identity] = await linksOf(accountId)
    assert.ok(identity)
    const session = again.browser.cookies.get('__Host-countersign-session')?.split('.')[0] ?? ''
    assert.equal((await world.login.storage.sessions.find(session))?.account.id, accountId)

    const answer = await browser.post(`${PAGE}/unlink?id=${identity.id}`, {
      csrf: formToken(page, `unlink?id&#x3D;${identity.id}`),
    })
    assert.equal(locationOf(answer), `${PAGE}?done=unlinked`)
    assert.deepEqual(await linksOf(accountId), [])
    assert.equal((await signInWith(world, { username })).back.statusCode, 403)
    await world.login.deps.audit.stop()
  })

  test('[OWASP ASVS 7.5.1] an old sign-in does not link', async () => {
    const { browser } = await somebody()
    const page = await browser.get(PAGE)
    world.clock.advance(16 * MINUTE)
    const answer = await browser.post(`${PAGE}/link`, { csrf: formToken(page, '/link'), provider: 'work' })
    assert.match(locationOf(answer), /^\/sign-in\//)
    assert.match(locationOf(await browser.get(PAGE)), /^\/sign-in\//)
  })

  test('who is linked to another account is linked to no second one', async () => {
    const [first, second] = [await somebody(), await somebody()]
    await first.browser.get(await signInThere(world, await sendToLink(first.browser), { username: first.username }))
    const callback = await signInThere(world, await sendToLink(second.browser), { username: first.username })
    const page = await second.browser.get(callback)
    assertErrorPage(world.login, page, 403)
    assert.match(page.body, /is linked to another account here/)
    assert.deepEqual(await linksOf(second.accountId), [])
  })

  test('[CSRF] an answer that an attacker got links nothing to their victim, nor to who signed in in between', async () => {
    const [attacker, victim] = [await somebody(), await somebody()]
    const callback = await signInThere(world, await sendToLink(attacker.browser), { username: attacker.username })
    assertErrorPage(world.login, await victim.browser.get(callback))
    assert.deepEqual(await linksOf(victim.accountId), [])
    attacker.browser.cookies.delete('__Host-countersign-session')
    assertErrorPage(world.login, await attacker.browser.get(callback))
    assert.deepEqual(await linksOf(attacker.accountId), [])
    const page = await victim.browser.get(PAGE)
    const csrf = formToken(page, '/link')
    const elsewhere = await victim.browser.post(
      `${PAGE}/link`,
      { csrf, provider: 'work' },
      { 'sec-fetch-site': 'cross-site' },
    )
    assert.equal(elsewhere.statusCode, 403)
    assert.equal(locationOf(await victim.browser.post(`${PAGE}/link`, { csrf: 'x', provider: 'work' })), PAGE)
  })

  test('the last way to sign in stays; another account’s can’t be unlinked', async () => {
    const owner = await somebody()
    await world.providers.get('https://open.example')?.addAccount({ username: 'newcomer', claims: { name: 'New' } })
    const { browser } = await signInWith(world, { id: 'open', username: 'newcomer' })
    const page = await browser.get(PAGE)
    assert.match(page.body, /This is your only way to sign in/)
    assert.doesNotMatch(page.body, /unlink\?id/)
    const session = browser.cookies.get('__Host-countersign-session')?.split('.')[0] ?? ''
    const accountId = (await world.login.storage.sessions.find(session))?.account.id ?? ''
    const [identity] = await linksOf(accountId)
    const id = identity?.id ?? ''
    assert.equal(locationOf(await browser.post(`${PAGE}/unlink?id=${id}`, { csrf: 'x' })), PAGE)
    assert.equal((await linksOf(accountId)).length, 1)

    await owner.browser.get(await signInThere(world, await sendToLink(owner.browser), { username: owner.username }))
    const [own] = await linksOf(owner.accountId)
    const csrf = formToken(await owner.browser.get(PAGE), `unlink?id&#x3D;${own?.id}`)
    assert.equal(locationOf(await owner.browser.post(`${PAGE}/unlink?id=${id}`, { csrf })), PAGE)
    assert.equal((await linksOf(accountId)).length, 1)
  })

  test('who has no password confirms by the provider', async () => {
    await world.providers.get('https://open.example')?.addAccount({ username: 'fresh', claims: { name: 'Fresh' } })
    const { browser } = await signInWith(world, { id: 'open', username: 'fresh' })
    world.clock.advance(20 * MINUTE)
    const path = locationOf(await browser.get(PAGE))
    const page = await browser.get(path)
    assert.doesNotMatch(page.body, /value="work"/)
    const answer = await browser.post(`${path}/upstream`, { csrf: formToken(page, '/upstream'), provider: 'open' })
    const sentTo = new URL(locationOf(answer))
    assert.equal(sentTo.searchParams.get('max_age'), '900')
    const callback = await signInThere(world, sentTo, { username: 'fresh' })
    assert.equal(locationOf(await browser.get(callback)), path)
    assert.equal(locationOf(await browser.get(path)), PAGE)
    assert.equal((await browser.get(PAGE)).statusCode, 200)
  })
})
