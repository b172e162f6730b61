/** Who sets up a second factor, and uses it, rightly and wrongly. */
import assert from 'node:assert/strict'
import { formOf, type HttpBrowser, type Page } from '../fixtures/http-browser.ts'
import { phoneOf } from '../fixtures/second-factor.ts'
import type { World } from './world.ts'

export async function proveTwice(world: World): Promise<void> {
  const codes = await setUp(world)
  const { canaries, http, installation } = world
  const browser = http.browser()
  const asks = await enterPassword(world, browser)
  const wrong = formOf(asks, '/second-factor')
  // Where another code is asked for.
  const again = await browser.post(wrong.action, { ...wrong.fields, code: codes[0] ?? '' })
  assert.equal(again.status, 400)
  const recovery = await browser.open(`${again.url.href.replace(/\/second-factor$/, '')}?way=recovery`)
  const { action, fields } = formOf(recovery, '/second-factor[^"]*')
  await browser.post(action, { ...fields, code: canaries.make('wrong recovery code') })
  const done = await browser.post(action, { ...fields, code: codes[1] ?? '', remember: 'yes' })
  assert.equal(done.status, 303)
  assert.ok(browser.cookies.has('__Host-countersign-remembered'))
  await browser.open(`${installation.issuer}/account/totp`)
}

/** Gives the recovery codes: they and the key of the app are told once, to whom they are for. */
async function setUp(world: World): Promise<readonly string[]> {
  const { canaries, http } = world
  const browser = http.browser()
  const page = await enterPassword(world, browser)
  const phone = phoneOf(page, Date.now)
  const born = (name: string, secret: string, { body }: Page): void => {
    canaries.add(name, secret, body)
    canaries.used(secret)
  }
  const shown = /<code class="key">([^<]+)</.exec(page.body)?.[1] ?? ''
  const { action, fields } = formOf(page, '/confirm')
  const again = await browser.post(action, { ...fields, code: canaries.make('wrong code') })
  assert.equal(again.status, 400)
  for (const at of [page, again]) {
    born('key of an authenticator app', phone.secret, at)
    born('key of an authenticator app', shown, at)
  }
  canaries.add('key of an authenticator app', phone.bytes)
  const made = await browser.post(action, { ...fields, code: phone.code() })
  const codes = [...made.body.matchAll(/<li><code>([0-9a-z-]{19})</g)].map(([, one = '']) => one)
  assert.equal(codes.length, 10, made.body)
  for (const one of codes) {
    born('recovery code', one, made)
    born('recovery code', one.replaceAll('-', ''), made)
  }
  return codes
}

/** To the page of the second factor, which wants to know who is there. */
async function enterPassword({ installation, secrets }: World, browser: HttpBrowser): Promise<Page> {
  const page = await browser.open(`${installation.issuer}/account/totp`)
  const { action, fields } = formOf(page, '/password')
  const answer = await browser.post(action, { ...fields, username: 'wary', password: secrets.wary })
  return browser.open(new URL(answer.headers.get('location') ?? '', answer.url))
}
