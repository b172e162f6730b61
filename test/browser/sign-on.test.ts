/** Signing in as people meet it: a real Chromium, TLS, one login and apps on sites of their own. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import type { Page } from 'playwright-core'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { ALICE, appUrl, BOB, ISSUER, signOnWorld, type Visitor, type World } from '../fixtures/sign-on-world.ts'

const SIGNED_IN = 'Signed in as Alice Adams'
const OURS = ['alpha', 'beta', 'gamma'] as const

describe('sign-on in a real browser', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let world: World

  before(async () => {
    world = await signOnWorld()
  })
  after(() => world?.close())

  const visit: World['visit'] = (body, options) => world.visit(body, options)

  const focusOf = (page: Page): Promise<string> => page.evaluate('document.activeElement.id')
  const fieldValue = (page: Page, id: string): Promise<string> => page.locator(`#${id}`).inputValue()
  const bodyOf = async (page: Page): Promise<string> => (await page.locator('body').textContent()) ?? ''

  /** The id that the page shows for support is in the log. */
  async function assertSupportId(page: Page): Promise<void> {
    const id = /give this id: ([0-9a-z]{4}-[0-9a-z]{4})/.exec(await bodyOf(page))?.[1]
    assert.ok(id, `no id on: ${await bodyOf(page)}`)
    assert.ok(
      world
        .process()
        .log()
        .some((line) => line['reqId'] === id),
      `${id} is not in the log`,
    )
  }

  /** Changes what is stored, as time would. */
  function inDatabase(sql: string): void {
    const database = new Database(join(world.installation.folder, 'countersign.db'))
    try {
      assert.ok(database.prepare(sql).run().changes > 0, 'nothing was changed')
    } finally {
      database.close()
    }
  }

  test('sign in once, and apps on three sites know who it is without asking', () =>
    visit(async ({ page, login, heading, signIn, screenshot }) => {
      await login('alpha')
      assert.equal(new URL(page.url()).origin, ISSUER)
      assert.equal(await heading(), 'Sign in to Alpha')
      assert.equal(await page.title(), 'Sign in to Alpha – Example Login')
      await screenshot('sign-in')
      await signIn()
      for (const app of OURS) {
        if (app !== 'alpha') await login(app)
        assert.equal(page.url(), appUrl(app))
        assert.equal(await heading(), SIGNED_IN)
      }
      const cookies = await page.context().cookies(ISSUER)
      assert.equal(cookies.length, 3)
      for (const { name, domain, secure, httpOnly, sameSite, path } of cookies) {
        assert.match(name, /^__Host-/)
        assert.deepEqual(
          { domain, secure, httpOnly, sameSite, path },
          {
            domain: 'login.example.test',
            secure: true,
            httpOnly: true,
            sameSite: 'Lax',
            path: '/',
          },
        )
      }
    }))

  test('prompt=none: the app learns that nobody is signed in, and afterwards who is, without a page in between', () =>
    visit(async ({ page, login, heading, signIn }) => {
      await login('alpha', { prompt: 'none' })
      assert.equal(await heading(), 'Refused: login_required')
      await login('alpha')
      await signIn()
      await login('beta', { prompt: 'none' })
      assert.equal(await heading(), SIGNED_IN)
      await login('delta', { prompt: 'none' })
      assert.equal(await heading(), 'Refused: consent_required')
      assert.equal(new URL(page.url()).origin, 'https://app.delta.test')
    }))

  test('max_age: a sign-on that is too old is confirmed by its own person, a young one serves', () =>
    visit(async ({ page, login, heading, signIn, screenshot }) => {
      await login('alpha')
      await signIn()
      const before = Number(await page.locator('#auth-time').textContent())
      await login('alpha', { max_age: '3600' })
      assert.equal(await heading(), SIGNED_IN)
      await login('beta', { max_age: '0' })
      assert.equal(await heading(), 'Confirm it’s you')
      assert.equal(await fieldValue(page, 'username'), 'alice')
      assert.equal(await page.locator('#username').getAttribute('readonly'), '')
      assert.equal(await focusOf(page), 'password')
      await screenshot('confirm')
      await page.locator('#password').fill(ALICE.password)
      await page.getByRole('button', { name: 'Confirm and continue' }).click()
      await page.waitForURL(appUrl('beta'))
      assert.equal(await heading(), SIGNED_IN)
      assert.ok(Number(await page.locator('#auth-time').textContent()) >= before)
    }))

  test('prompt=login with another account than before; the apps then see the other one', () =>
    visit(async ({ page, login, heading, signIn }) => {
      await login('alpha')
      await signIn()
      await login('beta', { prompt: 'login' })
      await page.getByRole('button', { name: 'Use another account' }).click()
      await page.locator('#username:not([readonly])').waitFor()
      await signIn(BOB)
      await page.waitForURL(appUrl('beta'))
      assert.equal(await heading(), 'Signed in as Bob Brown')
      await login('gamma', { prompt: 'none' })
      assert.equal(await heading(), 'Signed in as Bob Brown')
    }))

  test('a wrong password for another account: said, and that account can be changed', () =>
    visit(async ({ page, login, heading, signIn }) => {
      await login('alpha')
      await signIn()
      for (const prompt of ['login', 'select_account']) {
        await login('beta', { prompt })
        await page.getByRole('button', { name: 'Use another account' }).click()
        await signIn({ ...BOB, password: 'wrong' })
        await page.locator('#errors:focus').waitFor()
        assert.equal(await heading(), 'Sign in to Beta')
        assert.equal(await fieldValue(page, 'username'), 'bob')
        assert.equal(await page.locator('#username[readonly]').count(), 0)
        await signIn()
        await page.waitForURL(appUrl('beta'))
        assert.equal(await heading(), SIGNED_IN)
      }
    }))

  test('prompt=select_account: go on as the one who is there, or as another', () =>
    visit(async ({ page, login, heading, signIn, screenshot }) => {
      await login('alpha')
      await signIn()
      await login('beta', { prompt: 'select_account' })
      assert.equal(await heading(), 'Choose an account')
      await screenshot('select-account')
      await page.getByRole('button', { name: 'Alice Adams alice' }).click()
      await page.waitForURL(appUrl('beta'))
      assert.equal(await heading(), SIGNED_IN)
      await login('gamma', { prompt: 'select_account' })
      await page.getByRole('button', { name: 'Use another account' }).click()
      await signIn(BOB)
      await page.waitForURL(appUrl('gamma'))
      assert.equal(await heading(), 'Signed in as Bob Brown')
    }))

  test('a wrong password: said, announced, focused, the user name kept, the password empty; then the right one', () =>
    visit(async ({ page, login, heading, signIn, screenshot }) => {
      await login('alpha')
      await signIn({ username: 'alice', password: 'not the password' })
      assert.match(await page.title(), /^Error: Sign in to Alpha/)
      await page.locator('#errors[role=alert]:focus').waitFor()
      assert.equal(await fieldValue(page, 'username'), 'alice')
      assert.equal(await fieldValue(page, 'password'), '')
      const password = page.locator('#password')
      assert.equal(await password.getAttribute('aria-invalid'), 'true')
      const described = await page.locator(`#${await password.getAttribute('aria-describedby')}`).textContent()
      assert.match(described ?? '', /The user name or the password is not right/)
      await assertSupportId(page)
      await screenshot('wrong-password')
      const wrong = (await bodyOf(page)).replaceAll(/[0-9a-z]{4}-[0-9a-z]{4}/g, '')

      // An account that does not exist is told the same.
      await signIn({ username: 'nobody', password: 'not the password' })
      await page.locator('#username[value=nobody]').waitFor()
      assert.equal((await bodyOf(page)).replaceAll(/[0-9a-z]{4}-[0-9a-z]{4}/g, ''), wrong)

      await signIn()
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), SIGNED_IN)
    }))

  test('empty fields are named, each of them, and lead to their field', () =>
    visit(async ({ page, login }) => {
      await login('alpha')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.locator('#errors:focus').waitFor()
      assert.deepEqual(await page.locator('#errors a').allTextContents(), [
        'Enter your user name or your e-mail address.',
        'Enter your password.',
      ])
      await page.locator('#errors a').nth(1).click()
      assert.equal(await focusOf(page), 'password')
    }))

  test('an e-mail address is as good as a user name, and login_hint is filled in', () =>
    visit(async ({ page, login, heading }) => {
      await login('alpha', { login_hint: 'alice@example.org' })
      assert.equal(await fieldValue(page, 'username'), 'alice@example.org')
      assert.equal(await focusOf(page), 'password')
      await page.keyboard.type(ALICE.password)
      await page.keyboard.press('Enter')
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), SIGNED_IN)
    }))

  test('the back button after a sign-in goes on to the app; reload asks nothing again', () =>
    visit(async ({ page, login, heading, signIn }) => {
      await login('alpha')
      await page.reload()
      await signIn()
      await page.waitForURL(appUrl('alpha'))
      await page.goBack({ waitUntil: 'commit' })
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), SIGNED_IN)
      await page.reload()
      assert.equal(await heading(), SIGNED_IN)
    }))

  test('after a wrong password: reload asks again with the user name kept, and Back from the app goes on to it', () =>
    visit(async ({ page, login, heading, signIn }) => {
      await login('alpha')
      await signIn({ username: 'alice', password: 'wrong' })
      await page.locator('#errors').waitFor()
      await page.reload()
      assert.equal(await fieldValue(page, 'username'), 'alice')
      await signIn({ username: 'alice', password: 'wrong' })
      await page.locator('#errors').waitFor()
      await signIn()
      await page.waitForURL(appUrl('alpha'))
      await page.goBack({ waitUntil: 'commit' })
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), SIGNED_IN)
    }))

  test('two tabs of two apps at the same time: both arrive, at their own app', () =>
    visit(async ({ page, login }) => {
      await login('alpha')
      const second = await page.context().newPage()
      await second.goto(appUrl('beta', '/login'))
      for (const each of [page, second]) {
        await each.locator('#username').fill(ALICE.username)
        await each.locator('#password').fill(ALICE.password)
      }
      await Promise.all(
        [page, second].map((each) => each.getByRole('button', { name: 'Sign in', exact: true }).click()),
      )
      await Promise.all([page.waitForURL(appUrl('alpha')), second.waitForURL(appUrl('beta'))])
      for (const each of [page, second]) assert.equal(await each.locator('h1').textContent(), SIGNED_IN)
    }))

  test('a tab that was left open while another one signed in goes straight to its app', () =>
    visit(async ({ page, login, signIn }) => {
      await login('alpha')
      const second = await page.context().newPage()
      await second.goto(appUrl('beta', '/login'))
      await signIn()
      await page.waitForURL(appUrl('alpha'))
      await second.reload()
      await second.waitForURL(appUrl('beta'))
      assert.equal(await second.locator('h1').textContent(), SIGNED_IN)
    }))

  test('consent: said no, said yes, remembered, and asked again for what is new', () =>
    visit(async ({ page, login, heading, signIn, screenshot }) => {
      await login('delta')
      await signIn(BOB)
      await page.getByRole('button', { name: 'Allow', exact: true }).waitFor()
      assert.equal(await heading(), 'Allow Delta Notes to use your account?')
      assert.match(await bodyOf(page), /Your answer goes to https:\/\/app\.delta\.test/)
      await screenshot('consent')
      await page.getByRole('button', { name: 'Don’t allow' }).click()
      await page.waitForURL(/app\.delta\.test/)
      assert.equal(await heading(), 'Refused: access_denied')

      await login('delta')
      await page.getByRole('button', { name: 'Allow', exact: true }).click()
      await page.waitForURL(appUrl('delta'))
      assert.equal(await heading(), 'Signed in as Bob Brown')
      await login('delta')
      assert.equal(page.url(), appUrl('delta'))

      await login('delta', { scope: 'openid profile email groups' })
      assert.equal(await page.locator('.badge').count(), 1)
      await page.getByRole('button', { name: 'Allow', exact: true }).click()
      await page.waitForURL(appUrl('delta'))
    }))

  test('Cancel returns to the app with access_denied', () =>
    visit(async ({ page, login, heading }) => {
      await login('alpha')
      await page.getByRole('button', { name: 'Cancel and go back to Alpha' }).click()
      await page.waitForURL(/app\.alpha\.test/)
      assert.equal(await heading(), 'Refused: access_denied')
    }))

  test('a double click on Sign in arrives, and sends one password', () =>
    visit(async ({ page, login, heading }) => {
      const posts: string[] = []
      page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().endsWith('/password')) posts.push(request.url())
      })
      await login('alpha')
      await page.locator('#username').fill(ALICE.username)
      await page.locator('#password').fill(ALICE.password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).dblclick()
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), SIGNED_IN)
      assert.equal(posts.length, 1)
    }))

  test('cookies deleted while the page was open: never called a wrong password, the user name kept, and it goes on', () =>
    visit(async ({ page, login, heading, signIn, screenshot }) => {
      await login('alpha')
      await page.context().clearCookies({ domain: 'login.example.test' })
      await signIn()
      await page.locator('#errors').waitFor()
      assert.doesNotMatch(await bodyOf(page), /not right/)
      assert.match(await bodyOf(page), /Your browser did not send our cookie/)
      assert.equal(await fieldValue(page, 'username'), 'alice')
      await assertSupportId(page)
      await screenshot('lost-cookie')
      await signIn()
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), SIGNED_IN)
    }))

  test('Countersign restarts while the page is open: nobody notices', () =>
    visit(async ({ page, login, heading, signIn }) => {
      await login('alpha')
      await world.restart()
      await signIn()
      await page.waitForURL(appUrl('alpha'))
      await world.restart()
      await login('beta', { prompt: 'none' })
      assert.equal(await heading(), SIGNED_IN)
    }))

  test('a sign-in page that was open for too long: the same request goes on', () =>
    visit(async ({ page, login, heading, signIn }) => {
      await login('alpha')
      inDatabase('UPDATE interactions SET expires_at = created_at')
      await signIn({ username: 'alice', password: 'wrong' })
      await page.locator('#errors').waitFor()
      assert.equal(await fieldValue(page, 'username'), 'alice')
      inDatabase('UPDATE interactions SET expires_at = created_at')
      await signIn()
      await page.waitForURL(appUrl('alpha'))
      assert.equal(await heading(), SIGNED_IN)
    }))

  test('one that nobody knows any more: plain words, a way on, an id that is in the log', () =>
    visit(async ({ page, login, heading, signIn, screenshot }) => {
      await login('alpha')
      inDatabase('DELETE FROM interactions')
      await signIn()
      assert.equal(await heading(), 'This sign-in page is no longer here')
      await assertSupportId(page)
      await screenshot('forgotten')
      await page.getByRole('link', { name: 'Go to Example Login' }).click()
      assert.equal(await heading(), 'Sign in once for all apps')
    }))

  test('without JavaScript: sign-in, a wrong password, consent, a form post and sign-out', () =>
    visit(
      async ({ page, login, heading, signIn }) => {
        await login('delta')
        await signIn({ ...ALICE, password: 'wrong' })
        await page.locator('#errors:focus').waitFor()
        await signIn()
        await page.getByRole('button', { name: 'Allow', exact: true }).click()
        await page.waitForURL(appUrl('delta'))
        assert.equal(await heading(), SIGNED_IN)
        await login('epsilon')
        await page.getByRole('button', { name: 'Continue to Epsilon' }).click()
        await page.waitForURL(appUrl('epsilon'))
        assert.equal(await heading(), SIGNED_IN)
        await page.goto(appUrl('alpha'))
        await page.getByRole('button', { name: 'Sign out' }).click()
        assert.equal(await heading(), 'Sign out of Example Login?')
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.waitForURL(appUrl('alpha', '/bye'))
        await login('delta', { prompt: 'none' })
        assert.equal(await heading(), 'Refused: login_required')
      },
      { javaScriptEnabled: false },
    ))

  test('by keyboard alone: sign-in, consent and sign-out', () =>
    visit(async ({ page, login, heading }) => {
      const press = async (...keys: readonly string[]) => {
        for (const key of keys) await page.keyboard.press(key)
      }
      /** Forward until the button with this name has the focus. */
      async function tabTo(name: string): Promise<void> {
        for (let i = 0; i < 12; i++) {
          await press('Tab')
          if ((await page.evaluate('document.activeElement.textContent.trim()')) === name) return
        }
        assert.fail(`${name} cannot be reached`)
      }
      await login('delta', { prompt: 'consent' })
      await page.locator('#username:focus').waitFor()
      await page.keyboard.type(ALICE.username)
      await press('Tab')
      await page.keyboard.type(ALICE.password)
      await press('Enter')
      await page.getByRole('heading', { name: 'Allow Delta Notes' }).waitFor()
      await tabTo('Allow')
      await press('Enter')
      await page.waitForURL(appUrl('delta'))
      assert.equal(await heading(), SIGNED_IN)
      await page.goto(`${ISSUER}/`)
      await tabTo('Sign out')
      await press('Enter')
      await page.waitForURL(`${ISSUER}/signed-out**`)
    }))

  test('sign-out at one app returns to it, and no other app is let in silently', () =>
    visit(async ({ page, login, heading, signIn, screenshot }) => {
      await login('alpha')
      await signIn()
      await login('beta')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.waitForURL(appUrl('beta', '/bye'))
      assert.equal(await heading(), 'Signed out')
      for (const app of OURS) {
        await login(app, { prompt: 'none' })
        assert.equal(await heading(), 'Refused: login_required')
      }
      // Signed out already, there is nothing to ask.
      await page.goto(`${ISSUER}/end-session`)
      assert.equal(await heading(), 'You are signed out')
      await screenshot('signed-out')
    }))

  test('an app that wants its answers posted gets them posted', () =>
    visit(async ({ page, login, heading, signIn }) => {
      world.apps.epsilon.callbacks.length = 0
      await login('epsilon')
      await signIn()
      await page.waitForURL(appUrl('epsilon'))
      assert.equal(await heading(), SIGNED_IN)
      await login('epsilon', { prompt: 'none' })
      await page.waitForURL(appUrl('epsilon'))
      assert.deepEqual(world.apps.epsilon.callbacks, ['POST', 'POST'])
    }))

  test('the issuer and the sign-in page opened directly are of use', () =>
    visit(async ({ page, heading, signIn, screenshot }) => {
      await page.goto(`${ISSUER}/`)
      assert.equal(await heading(), 'Sign in once for all apps')
      await screenshot('home')
      await page.getByRole('link', { name: 'Sign in' }).click()
      assert.equal(await heading(), 'Sign in to Example Login')
      await signIn()
      await page.waitForURL(`${ISSUER}/`)
      assert.equal(await heading(), 'You are signed in')
      await screenshot('home-signed-in')
      await page.getByRole('link', { name: 'Gamma' }).click()
      assert.equal(page.url(), appUrl('gamma'))
    }))

  test('an address that leads nowhere, and a request that is refused, have a way on and an id', () =>
    visit(async ({ page, heading, screenshot }) => {
      await page.goto(`${ISSUER}/nothing/here`)
      assert.match(await page.title(), /^Error: /)
      await assertSupportId(page)
      await page.goto(`${ISSUER}/authorize?client_id=alpha&redirect_uri=https://evil.test/`)
      assert.match(await heading(), /link does not work/)
      await assertSupportId(page)
      await screenshot('refused')
      assert.equal(new URL(page.url()).origin, ISSUER)
    }))

  test('a password manager knows what the fields are', () =>
    visit(async ({ page, login }) => {
      await login('alpha')
      const fields = await page.evaluate<Record<string, string>[]>(
        `[...document.querySelectorAll('form input:not([type=hidden])')]
          .map(({ name, id, type, autocomplete, form }) => ({ name, id, type, autocomplete, method: form.method }))`,
      )
      assert.deepEqual(
        fields.map(({ name, id, type, method }) => `${name} ${id} ${type} ${method}`),
        ['username username text post', 'password password password post'],
      )
      assert.match(fields[0]?.['autocomplete'] ?? '', /^username\b/)
      assert.equal(fields[1]?.['autocomplete'], 'current-password')
    }))

  describe('another site', () => {
    /** In the page of an app, which here plays the attacker. */
    const evil = async ({ page }: Visitor, html: string): Promise<void> => {
      await page.goto(appUrl('gamma'))
      await page.setContent(html)
    }

    test('cannot put a page of ours into a frame', () =>
      visit(
        async (visitor) => {
          const { page } = visitor
          await evil(visitor, `<iframe src="${ISSUER}/"></iframe>`)
          const where = (): string => page.frames()[1]?.url() ?? ''
          while (['', 'about:blank'].includes(where())) await page.waitForTimeout(10)
          assert.match(where(), /^chrome-error:/)
        },
        { expectedComplaints: /frame|Content Security Policy/i },
      ))

    test('cannot sign anybody out or in with a form of its own', () =>
      visit(async (visitor) => {
        const { page, login, heading, signIn } = visitor
        await login('alpha')
        const signInPage = page.url()
        await signIn()
        await page.waitForURL(appUrl('alpha'))
        for (const path of ['/sign-out', `${new URL(signInPage).pathname}/password`]) {
          await evil(
            visitor,
            `<form method="post" action="${ISSUER}${path}"><button name="answer" value="yes">x</button>`,
          )
          await page.getByRole('button').click()
          await page.waitForURL(`${ISSUER}/**`)
          assert.equal(await heading(), 'That did not come from this page')
        }
        await login('beta', { prompt: 'none' })
        assert.equal(await heading(), SIGNED_IN)
      }))
  })

  test('on a phone and in the dark', () =>
    visit(
      async ({ login, screenshot, signIn, page }) => {
        await login('delta', { prompt: 'consent' })
        await screenshot('sign-in-phone-dark')
        await signIn(BOB)
        await page.getByRole('heading', { name: 'Allow Delta Notes' }).waitFor()
        await screenshot('consent-phone-dark')
      },
      { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' },
    ))

  test('nothing went wrong on the way: no error in the log, no password either', () => {
    const log = world.process().log()
    assert.deepEqual(
      log.filter(({ level }) => Number(level) >= 50),
      [],
    )
    assert.doesNotMatch(world.process().output(), /correct horse|another staple/)
  })
})
