/** One's own profile: what is shown, what may be changed, and what is refused. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readTags, unescapeHtml } from '../fixtures/html.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import type { TestApp } from '../fixtures/test-app.ts'
import { PASSWORD } from '../fixtures/test-app.ts'
import { formToken, locationOf, type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { assertErrorPage } from '../fixtures/test-pages.ts'

const PROFILE = '/account/profile'
const CHANGE = `${PROFILE}/change`

async function opened(one: TestApp, username: string): Promise<TestBrowser> {
  const browser = testBrowser(one.app)
  const path = locationOf(await browser.get(PROFILE))
  const page = await browser.get(path)
  const answer = await browser.post(`${path}/password`, { csrf: formToken(page), username, password: PASSWORD })
  assert.equal(locationOf(await browser.get(locationOf(answer))), PROFILE)
  return browser
}

const valuesOf = (html: string): Record<string, string> =>
  Object.fromEntries(
    readTags(html)
      .filter(({ name, attributes }) => name === 'input' && attributes.get('type') === 'text')
      .map(({ attributes }) => [attributes.get('name') ?? '', unescapeHtml(attributes.get('value') ?? '')]),
  )

describe('the profile', () => {
  const ask = suiteApp({ config: { languages: { default: 'en', offered: ['en', 'de'] } } })

  test('shows what is known of somebody, and keeps what they change', async () => {
    const one = ask()
    const claims = {
      name: 'Cleo',
      email: 'cleo@example.org',
      email_verified: true,
      groups: ['staff', 'admins'],
      gender: 'f',
    }
    const account = await one.addAccount({ username: 'cleo', claims })
    const browser = await opened(one, 'cleo')
    const page = await browser.get(PROFILE)
    assert.match(page.body, /<bdi>cleo@example\.org<\/bdi> <span class="quiet">\(confirmed\)/)
    assert.match(page.body, /<bdi>staff<\/bdi>, <bdi>admins<\/bdi>/)
    assert.match(page.body, /<a href="\/account\/profile" aria-current="page">/)
    assert.deepEqual(valuesOf(page.body), { name: 'Cleo', given_name: '', family_name: '' })

    one.clock.advance(60_000)
    const typed = { name: '  Cleo C. ', given_name: 'Cle\u0301o', family_name: '', locale: 'de' }
    const answer = await browser.post(CHANGE, { csrf: formToken(page), ...typed })
    const saved = await browser.get(locationOf(answer))
    assert.match(saved.body, /<html lang="de"/)
    assert.match(saved.body, /role="status">Gespeichert/)
    const found = await one.storage.accounts.find(account.id)
    assert.deepEqual(found?.claims, {
      ...{ preferred_username: 'cleo', ...claims, name: 'Cleo C.', given_name: 'Cl\u00e9o', locale: 'de' },
      updated_at: Math.floor(one.clock.now() / 1000),
    })
    assert.deepEqual(
      one.logged
        .filter(({ audit }) => audit === 'profile_changed')
        .map(({ claims, accountId }) => ({ claims, accountId })),
      [{ claims: ['name', 'given_name', 'locale'], accountId: account.id }],
    )
  })

  test('what is not to be changed is not, whatever is posted; and nothing changed is nothing done', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'dora', claims: { name: 'Dora', email: 'dora@example.org' } })
    const browser = await opened(one, 'dora')
    const csrf = formToken(await browser.get(PROFILE))
    const more = {
      email: 'x@example.org',
      email_verified: 'true',
      groups: 'admins',
      nickname: 'x',
      sub: 'x',
      username: 'x',
    }
    await browser.post(CHANGE, { csrf, name: 'Dora', ...more })
    assert.deepEqual(await one.storage.accounts.find(account.id), account)
  })

  test('what is wrong is said beside its field, and nothing of the rest is kept', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'edda', claims: { locale: 'fr-CA' } })
    const browser = await opened(one, 'edda')
    const page = await browser.get(PROFILE)
    // A language that is not offered stays, until another one is chosen.
    assert.match(page.body, /<option value="fr-CA" lang="fr-CA" selected>fr-CA<\/option>/)
    const wrong = await browser.post(CHANGE, {
      ...{ csrf: formToken(page), name: 'E\u0007dda', given_name: 'x'.repeat(201), family_name: 'Fine', locale: 'tlh' },
    })
    assert.equal(wrong.statusCode, 400)
    assert.match(wrong.body, /<title>Error: /)
    for (const name of ['name', 'given_name', 'locale']) {
      assert.match(wrong.body, new RegExp(`id="${name}"[^>]* aria-invalid="true" aria-describedby="${name}-error"`))
    }
    assert.deepEqual(valuesOf(wrong.body)['family_name'], 'Fine')
    assert.match(wrong.body, /give this id: <code>/)
    assert.deepEqual(await one.storage.accounts.find(account.id), account)
    const kept = await browser.post(CHANGE, { csrf: formToken(wrong), name: 'Edda', locale: 'fr-CA' })
    assert.equal(kept.statusCode, 303)
    assert.equal((await one.storage.accounts.find(account.id))?.claims.locale, 'fr-CA')
  })

  test('[CSRF] a post from elsewhere, without our cookie, or with the form of another session does nothing', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'fred', claims: { name: 'Fred' } })
    await one.addAccount({ username: 'gina', claims: { name: 'Gina' } })
    const [browser, stranger] = [await opened(one, 'fred'), await opened(one, 'gina')]
    const csrf = formToken(await browser.get(PROFILE))
    const cross = await browser.post(CHANGE, { csrf, name: 'x' }, { 'sec-fetch-site': 'cross-site' })
    assertErrorPage(one, cross, 403)
    const other = await browser.post(CHANGE, { csrf: formToken(await stranger.get(PROFILE)), name: 'x' })
    assert.equal(other.statusCode, 403)
    assert.match(other.body, /That form was an old one/)
    assert.equal((await browser.post(CHANGE, { name: 'x' })).statusCode, 403)
    // Nobody is signed in: on to the sign-in.
    assert.match(locationOf(await testBrowser(one.app).post(CHANGE, { csrf, name: 'x' })), /^\/sign-in\//)
    assert.equal((await browser.get(CHANGE)).headers.location, PROFILE)
    assert.deepEqual(await one.storage.accounts.find(account.id), account)
  })

  test('a change that an operator made meanwhile is not undone', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'hugo', claims: { name: 'Hugo', groups: ['admins'] } })
    const browser = await opened(one, 'hugo')
    const csrf = formToken(await browser.get(PROFILE))
    const { accounts } = one.storage
    const { changeClaims } = accounts
    // Between the read and the write of the request.
    Object.assign(accounts, {
      changeClaims: async (...args: Parameters<typeof changeClaims>) => {
        await accounts.setClaims(account.id, { ...account, claims: { name: 'Hugo' }, updatedAt: one.clock.now() + 5 })
        return changeClaims(...args)
      },
    })
    const answer = await browser.post(CHANGE, { csrf, name: 'Hugo II' })
    Object.assign(accounts, { changeClaims })
    assert.equal(answer.statusCode, 409)
    assert.match(answer.body, /Your account has changed meanwhile/)
    assert.deepEqual((await one.storage.accounts.find(account.id))?.claims, { name: 'Hugo' })
  })

  test('[XSS] what somebody wrote is text', async () => {
    const one = ask()
    await one.addAccount({ username: 'ivan', claims: { groups: ['<script>1</script>'] } })
    const browser = await opened(one, 'ivan')
    const csrf = formToken(await browser.get(PROFILE))
    await browser.post(CHANGE, { csrf, name: '"><script>alert(1)</script>{{constructor}}' })
    const { body } = await browser.get(PROFILE)
    assert.doesNotMatch(body, /<script>(1|alert)/)
    assert.equal(valuesOf(body)['name'], '"><script>alert(1)</script>{{constructor}}')
  })
})

describe('a profile of which nothing is to be changed', () => {
  const ask = suiteApp({ config: { account: { editable: [], remove: true } } })

  test('has no form, and a post of one changes nothing', async () => {
    const one = ask()
    const account = await one.addAccount({ username: 'jane', claims: { name: 'Jane', locale: 'de' } })
    const browser = await opened(one, 'jane')
    const page = await browser.get(PROFILE)
    assert.doesNotMatch(page.body, /<form/)
    assert.match(page.body, /<bdi>Deutsch<\/bdi>/)
    await browser.post(CHANGE, { csrf: 'x', name: 'x' })
    assert.deepEqual(await one.storage.accounts.find(account.id), account)
  })
})
