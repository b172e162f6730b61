/** Signing out as browsers do it: the pages of apps that are opened unseen, and the page that apps frame. */
import assert from 'node:assert/strict'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { sha256 } from '../../src/base/hash.ts'
import { findChromium, NO_CHROMIUM, startChromium } from '../fixtures/chromium.ts'
import { type CountersignProcess, countersignInstallation, type Installation } from '../fixtures/countersign.ts'

const ALICE = { username: 'alice', password: 'correct horse battery staple' }
const VERIFIER = 'a-code-verifier-of-forty-three-characters-ok'

interface App {
  readonly origin: string
  /** The requests for its logout page, in the frame or wherever. */
  readonly loggedOut: URL[]
  /** Its logout page never comes. */
  isHanging: boolean
  close(): void
}

/** Its pages: `/callback` and `/bye` say where they are, `/logout` is for the frame, `/watch` asks the page of the issuer. */
async function startApp(issuer: () => string): Promise<App> {
  const hanging: ServerResponse[] = []
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', app.origin)
    if (url.pathname === '/logout') {
      app.loggedOut.push(url)
      if (app.isHanging) return void hanging.push(response)
    }
    const html = url.pathname === '/watch' ? watchPage(issuer()) : `<title>app</title><h1>${url.pathname}</h1>`
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html>${html}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const app: App = {
    ...{ origin: `http://127.0.0.1:${port}`, loggedOut: [], isHanging: false },
    close() {
      for (const response of hanging) response.destroy()
      server.closeAllConnections()
      server.close()
    },
  }
  return app
}

const watchPage = (issuer: string): string => `<iframe id="op" src="${issuer}/check-session"></iframe><script>
  const op = document.getElementById('op')
  op.addEventListener('load', () => { document.title = 'ready' })
  window.ask = (message) => new Promise((resolve) => {
    addEventListener('message', (event) => resolve(event.origin + ' says ' + event.data), { once: true })
    op.contentWindow.postMessage(message, '${issuer}')
  })</script>`

describe('signing out in a real browser', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let apps: readonly App[]
  let countersign: Installation
  let running: CountersignProcess
  let browser: Browser

  before(async () => {
    apps = await Promise.all([startApp(() => countersign.issuer), startApp(() => countersign.issuer)])
    const clients = apps.map(({ origin }, i) => ({
      ...{ client_id: `app ${i}`, token_endpoint_auth_method: 'none', first_party: true },
      ...{ redirect_uris: [`${origin}/callback`], post_logout_redirect_uris: [`${origin}/bye`] },
      ...{ frontchannel_logout_uri: `${origin}/logout`, frontchannel_logout_session_required: i === 0 },
    }))
    countersign = await countersignInstallation({ clients, config: { session_management: true } })
    running = await countersign.start()
    await countersign.addAccounts(ALICE)
    const started = await startChromium()
    assert.ok(started)
    browser = started
  })
  after(async () => {
    await browser?.close()
    await countersign?.remove()
    for (const app of apps ?? []) app.close()
  })

  async function withPage(
    options: { javaScriptEnabled?: boolean },
    body: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext(options)
    context.setDefaultTimeout(15_000)
    const complaints: string[] = []
    context.on('console', (message) => {
      if (!/favicon|404/.test(message.text())) complaints.push(message.text())
    })
    try {
      await body(await context.newPage())
    } finally {
      await context.close()
    }
    assert.deepEqual(complaints, [])
  }

  /** Gives the answer at the app. */
  async function signOn(page: Page, app: number): Promise<URL> {
    const query = new URLSearchParams({
      ...{ client_id: `app ${app}`, redirect_uri: `${apps[app]?.origin}/callback`, response_type: 'code' },
      ...{ scope: 'openid', code_challenge: sha256(VERIFIER), code_challenge_method: 'S256' },
    })
    await page.goto(`${running.origin}/authorize?${query}`)
    if (page.url().startsWith(running.origin)) {
      await page.locator('#username').fill(ALICE.username)
      await page.locator('#password').fill(ALICE.password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.waitForURL(/\/callback\?/)
    }
    return new URL(page.url())
  }

  async function signOut(page: Page): Promise<void> {
    const query = new URLSearchParams({
      client_id: 'app 0',
      post_logout_redirect_uri: `${apps[0]?.origin}/bye`,
      state: 's',
    })
    await page.goto(`${running.origin}/end-session?${query}`)
    await page.getByRole('button', { name: 'Sign out' }).click()
  }

  for (const javaScriptEnabled of [true, false]) {
    test(`[Front-Channel Logout 2] every app's page is opened, then back to the app, ${javaScriptEnabled ? 'at once' : 'without JavaScript'}`, () =>
      withPage({ javaScriptEnabled }, async (page) => {
        for (const app of apps) app.loggedOut.length = 0
        await signOn(page, 0)
        await signOn(page, 1)
        const began = performance.now()
        await signOut(page)
        await page.waitForURL(`${apps[0]?.origin}/bye?state=s`)
        const took = performance.now() - began
        assert.ok(javaScriptEnabled ? took < 3000 : took >= 3000, `${took} ms`)
        const [one, other] = apps.map(({ loggedOut }) => loggedOut)
        assert.deepEqual([one?.length, other?.length], [1, 1])
        assert.equal(one?.[0]?.searchParams.get('iss'), countersign.issuer)
        assert.match(one?.[0]?.searchParams.get('sid') ?? '', /^[0-9a-f-]{36}$/)
        assert.equal(other?.[0]?.search, '')
      }))
  }

  test('an app whose page never comes keeps nobody for long', () =>
    withPage({}, async (page) => {
      await signOn(page, 0)
      await signOn(page, 1)
      for (const app of apps) app.isHanging = true
      await signOut(page)
      assert.equal(await page.locator('h1').textContent(), 'Signing you out of your apps')
      await page.waitForURL(`${apps[0]?.origin}/bye?state=s`, { timeout: 10_000 })
      for (const app of apps) app.isHanging = false
    }))

  test('and its link leads on at once, without JavaScript too', () =>
    withPage({ javaScriptEnabled: false }, async (page) => {
      await signOn(page, 0)
      for (const app of apps) app.isHanging = true
      await signOut(page)
      await page.getByRole('link', { name: 'Continue' }).click({ noWaitAfter: true })
      await page.waitForURL(`${apps[0]?.origin}/bye?state=s`)
      for (const app of apps) app.isHanging = false
    }))

  test('[OpenID Connect Session Management 3.1] an app that frames our page hears unchanged, and changed after a sign-out in another tab', () =>
    withPage({}, async (page) => {
      const state = (await signOn(page, 0)).searchParams.get('session_state')
      const watching = await page.context().newPage()
      await watching.goto(`${apps[0]?.origin}/watch`)
      await watching.waitForFunction('document.title === "ready"')
      const ask = (message: string): Promise<string> => watching.evaluate(`ask(${JSON.stringify(message)})`)
      assert.equal(await ask(`app 0 ${state}`), `${countersign.issuer} says unchanged`)
      assert.equal(await ask('nonsense'), `${countersign.issuer} says error`)
      // Of another client's page it is another one.
      assert.equal(await ask(`app 1 ${state}`), `${countersign.issuer} says changed`)
      await signOut(page)
      await page.waitForURL(`${apps[0]?.origin}/bye?state=s`)
      assert.equal(await ask(`app 0 ${state}`), `${countersign.issuer} says changed`)
    }))
})
