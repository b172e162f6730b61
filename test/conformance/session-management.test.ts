/** Session Management OP: one test for each module of `oidcc-session-management-certification-test-plan`. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { ISSUER, PASSWORD } from '../fixtures/test-app.ts'
import { formEncoded } from '../fixtures/test-client.ts'
import { type BrowserSite, openSite } from './browser-site.ts'
import { discovery } from './checks.ts'
import { endSessionRequest } from './logout.ts'
import { newRun, type Setting, staticClients } from './setting.ts'
import { CALLBACK, documentedConfig, FIRST, POST_LOGOUT, SUITE } from './site.ts'

const skip = findChromium() === undefined ? NO_CHROMIUM : false

describe('Session Management OP', () => {
  const setting = staticClients('query', { sessionManagement: documentedConfig().sessionManagement })

  test('[oidcc-session-management-discovery-endpoint-verification] check_session_iframe and end_session_endpoint, https', async () => {
    const document = await discovery(setting.started().app)
    for (const name of ['check_session_iframe', 'end_session_endpoint']) {
      assert.equal(new URL(String(document[name])).protocol, 'https:', name)
    }
  })

  describe('in a real browser', { skip }, () => inBrowser(setting))
})

function inBrowser(setting: Setting): void {
  let site: BrowserSite | undefined
  before(async () => {
    site = await openSite(setting.started().app)
  })
  after(() => site?.close())

  test('[oidcc-session-management-rp-initiated-logout] the frame says unchanged while signed in, changed after the sign-out', async () => {
    assert.ok(site)
    const page = await site.browser.newPage()
    const run = await newRun(setting)
    const request = run.request()

    await page.goto(`${ISSUER}/authorize?${formEncoded(request)}`)
    await signIn(page)
    const answer = new URL(page.url()).searchParams
    const state = answer.get('session_state') ?? ''
    assert.match(state, /^[\x21-\x7e]+$/)
    assert.equal(await checkSession(page, `${FIRST.id} ${state}`), 'unchanged')

    const { tokens, idToken } = await run.redeem(answer, request)
    const ending = endSessionRequest({ tokens, idToken })
    await page.goto(`${ISSUER}/end-session?${formEncoded({ ...ending })}`)
    await page.waitForURL(`${POST_LOGOUT}**`)
    assert.deepEqual([...new URL(page.url()).searchParams], [['state', ending.state]])
    assert.equal(await checkSession(page, `${FIRST.id} ${state}`), 'changed')
  })
}

async function signIn(page: Page): Promise<void> {
  await page.locator('#username').fill('alice')
  await page.locator('#password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  await page.waitForURL(`${CALLBACK}**`)
}

/** §3.1: a page of the client with two frames, one of which asks the other, from the client's origin, once. */
async function checkSession(page: Page, message: string): Promise<string> {
  await page.goto(`${SUITE}/session_verify?${new URLSearchParams({ message })}`)
  await page.waitForFunction('document.title !== ""')
  return page.title()
}
