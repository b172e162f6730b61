/** oidc-client-ts in a real Chromium: a public client, served from another site, which reads everything across origins. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { installPackages } from '../../../tools/debian-packages.ts'
import { findChromium, NO_CHROMIUM, startChromium } from '../../fixtures/chromium.ts'
import type { InteropClient } from '../client.ts'
import { close, listen } from '../listen.ts'
import { versionOf } from '../package-version.ts'
import type { Claims, Registration } from '../relying-party.ts'
import { assertAlice, assertOver, assertRefreshed, assertSignedIn, type Deeds, inOrder, type Sights } from '../visit.ts'
import { ALICE, type World } from '../world.ts'

export const oidcClientTs: InteropClient = {
  name: 'oidc-client-ts',
  entry: { token_endpoint_auth_method: 'none' },
  // Another site than 127.0.0.1, so cookies are no help either.
  host: 'localhost',
  unavailable() {
    if (findChromium() === undefined) installPackages(['chromium'], 'oidc-client-ts needs')
    return findChromium() === undefined ? NO_CHROMIUM : undefined
  },
  visit,
}

async function visit(world: World): Promise<Sights> {
  const registration = world.registration(oidcClientTs.name)
  const app = await openApp(registration)
  try {
    const sights = await inOrder(versionOf('oidc-client-ts'), deedsOf(world, registration, app.page))
    if (sights.failure === undefined) assert.deepEqual(app.complaints, [])
    return sights
  } finally {
    await app.close()
  }
}

interface OpenApp {
  readonly page: Page
  /** Of the browser. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

/** The app in a Chromium of its own, nobody signed in. */
async function openApp(registration: Registration): Promise<OpenApp> {
  const server = await serve(registration)
  const browser = await startChromium()
  assert.ok(browser, NO_CHROMIUM)
  const page = await browser.newPage()
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await page.goto(`${registration.origin}/`)
  return {
    ...{ page, complaints },
    async close() {
      await browser.close()
      await close(server)
    },
  }
}

/** By the library's own redirect and our page; gives what the app learned. */
async function signIn(page: Page, { origin }: Registration): Promise<Claims> {
  await page.locator('#username').fill(ALICE.username)
  await page.locator('#password').fill(ALICE.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(`${origin}/callback?**`)
  const learned = await inPage<Claims>(page, 'await arrived')
  assert.equal(learned['refused'], undefined, `the library refused it: ${learned['refused']}`)
  return learned
}

/**
 * Signs in, and again without a refresh token: by `prompt=none` in a hidden frame. Gives whether it is the same person, or
 * what was refused.
 */
export async function renewInFrame(registration: Registration): Promise<string> {
  const { page, close } = await openApp(registration)
  try {
    await page.evaluate('void manager.signinRedirect()')
    const { sub } = await signIn(page, registration)
    const renewed = 'await manager.signinSilent().then((user) => user.profile.sub, (fault) => fault.error)'
    const seen = await inPage<string>(page, renewed)
    return seen === sub ? 'the same person' : seen
  } finally {
    await close()
  }
}

/** What is awaited in the page, as JSON. */
async function inPage<T>(page: Page, expression: string): Promise<T> {
  const text = await page.evaluate<string>(`(async () => JSON.stringify(${expression}))()`)
  return JSON.parse(text)
}

interface User {
  readonly profile: Claims
  readonly access_token: string
  readonly refresh_token: string
}

function deedsOf(world: World, registration: Registration, page: Page): Deeds {
  const { issuer, origin } = registration
  let signedIn: Claims = {}
  let accessToken = ''
  const user = (): Promise<User> => inPage(page, 'await manager.getUser()')

  /** Leaves by the library's own redirect; gives the authorization request. */
  async function leave(extra: Claims): Promise<URL> {
    const asked = page.waitForRequest((request) => request.url().startsWith(`${issuer}/authorize?`))
    await page.evaluate(`void manager.signinRedirect(${JSON.stringify(extra)})`)
    return new URL((await asked).url())
  }

  return {
    async 'sign in'() {
      const asked = await leave({ nonce: 'a-nonce-of-the-app' })
      signedIn = await signIn(page, registration)
      return assertSignedIn(signedIn, asked, registration)
    },
    async userinfo() {
      // The library has merged it into the profile: ID tokens carry neither name nor e-mail.
      const { profile } = await user()
      const keys = await inPage<unknown[]>(page, 'await manager.metadataService.getSigningKeys()')
      assert.ok(keys.length > 0, 'no keys')
      return assertAlice(profile, signedIn['sub'])
    },
    async refresh() {
      const before = await user()
      const after = await inPage<User>(page, 'await manager.signinSilent()')
      assert.notEqual(after.refresh_token, before.refresh_token, 'the refresh token did not rotate')
      accessToken = after.access_token
      return assertRefreshed(
        world,
        { accessTokenBefore: before.access_token, accessToken, sub: String(after.profile['sub']) },
        signedIn['sub'],
      )
    },
    async 'sign out'() {
      await page.evaluate('void manager.signoutRedirect()')
      await page.waitForURL(`${origin}/bye`)
      await leave({ prompt: 'none' })
      await page.waitForURL(`${origin}/callback?**`)
      assert.deepEqual(await inPage(page, 'await arrived'), { refused: 'login_required' })
      return assertOver(world, accessToken)
    },
  }
}

/** Every path is the app. */
async function serve({ issuer, clientId, origin, scope }: Registration): Promise<Server> {
  const script = await readFile(
    join(import.meta.dirname, '../../../node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js'),
  )
  const settings = JSON.stringify({ authority: issuer, client_id: clientId, scope })
  const template = await readFile(join(import.meta.dirname, 'oidc-client-ts.html'), 'utf8')
  const html = template.replace('...REGISTRATION', `...${settings}`)
  const server = createServer(({ url }, response) => {
    const isScript = url === '/oidc-client-ts.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(isScript ? script : html)
  })
  await listen(server, Number(new URL(origin).port))
  return server
}
