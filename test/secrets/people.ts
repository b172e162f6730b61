/** What people do with their browsers, rightly and wrongly. */
import assert from 'node:assert/strict'
import { sha256 } from '../../src/base/hash.ts'
import { formOf, type HttpBrowser, type Page } from '../fixtures/http-browser.ts'
import { CALLBACK, type World } from './world.ts'

export interface SignOn {
  readonly code: string
  readonly verifier: string
  readonly answer: URL
}

/** The address of an authorization request with secrets of its own. */
export function requestOf(
  { canaries, installation }: World,
  client: string,
  more: Readonly<Record<string, string>> = {},
): { url: string; verifier: string; parameters: Record<string, string> } {
  const verifier = canaries.make('code verifier')
  const parameters = {
    ...{ client_id: client, response_type: 'code', redirect_uri: CALLBACK, scope: 'openid profile email' },
    ...{ code_challenge: sha256(verifier), code_challenge_method: 'S256' },
    ...{ state: canaries.make('state'), nonce: canaries.make('nonce') },
    ...more,
  }
  return { url: `${installation.issuer}/authorize?${new URLSearchParams(parameters)}`, verifier, parameters }
}

export async function signOn(
  world: World,
  browser: HttpBrowser,
  client: string,
  more: Readonly<Record<string, string>> = {},
): Promise<SignOn> {
  const { url, verifier } = requestOf(world, client, more)
  const { url: answer, fields } = await browser.authorize(url, { username: 'alice', password: world.secrets.password })
  const code = fields.get('code') ?? ''
  assert.ok(code !== '' || client === 'old', `no code but ${answer}`)
  return { code, verifier, answer }
}

/** The sign-in page, with everything wrong that can be. */
export async function signInWrongly(world: World, browser: HttpBrowser): Promise<void> {
  const { canaries, secrets, http } = world
  const page = await browser.open(requestOf(world, 'app', { login_hint: 'alice' }).url)
  const { action, fields } = formOf(page, '/password')
  const wrong = canaries.add('wrong password', 'canary wrong password 81f')
  const typed = canaries.add('password typed as a user name', 'canary-typed-in-the-wrong-field')
  const forged = canaries.make('forged form token')
  await browser.post(action, { ...fields, username: 'alice', password: wrong })
  await browser.post(action, { ...fields, username: typed, password: wrong })
  await browser.post(action, { username: 'alice', password: wrong, csrf: forged })
  await browser.post(action, { ...fields, username: wrong.repeat(30), password: wrong })
  await browser.post(action, { ...fields, username: 'alice', pasword: secrets.password })
  await http.ask(action.pathname, { method: 'POST', body: { ...fields, username: 'alice', password: wrong } })
  const guess = { ...fields, username: 'alice' }
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { cookie, accept: 'text/html', 'sec-fetch-site': 'same-origin', 'x-forwarded-for': '203.0.113.7' }
  const statuses: number[] = []
  for (let i = 0; i < 6; i++) {
    const body = { ...guess, password: canaries.make('guessed password') }
    statuses.push((await http.ask(action.pathname, { method: 'POST', headers, body })).status)
  }
  assert.ok(statuses.includes(429), String(statuses))
}

/** Home, notices, every way out. */
export async function leave(world: World, browser: HttpBrowser, idToken: string): Promise<void> {
  const { installation, canaries } = world
  const at = (path: string, query: Record<string, string> = {}) =>
    `${installation.issuer}${path}?${new URLSearchParams(query)}`
  const home = await browser.get(at('/'))
  for (const form of home.body.match(/action="[^"]*\/notices[^"]*"/g) ?? []) {
    const { action, fields } = formOf(home, form.slice(8, -1).replace(/^.*\/notices/, '/notices'))
    await browser.post(action, fields)
  }
  await browser.post(at('/sign-out'), { csrf: canaries.make('forged form token') })
  await browser.get(at('/end-session', { id_token_hint: `${idToken}x`, state: canaries.make('state') }))
  const bye = { id_token_hint: idToken, post_logout_redirect_uri: 'https://app.example/bye' }
  await browser.get(at('/end-session', { ...bye, state: canaries.make('state') }))
}

export async function leaveEverywhere(world: World, browser: HttpBrowser): Promise<void> {
  const home = await browser.get(`${world.installation.issuer}/`)
  const { action, fields } = formOf(home, '/sign-out-everywhere')
  await browser.post(action, fields)
}

/** Every page for admins, the story of each refusal, and both actions. */
export async function administer(world: World, browser: HttpBrowser): Promise<void> {
  const { installation, secrets } = world
  const admin = (path: string) => `${installation.issuer}/admin${path}`
  let page: Page = await browser.open(admin(''))
  const { action, fields } = formOf(page, '/password')
  page = await browser.post(action, { ...fields, username: 'ada', password: secrets.admin })
  const seen = new Set<string>()
  const asked = [
    '',
    '/clients',
    '/client?id=app',
    '/people?name=alice',
    '/people?q=alice',
    '/keys',
    '/deliveries',
    '/refusals',
  ]
  for (const path of asked) {
    page = await browser.open(admin(path))
    assert.equal(page.status, 200, path)
    // Everything that they lead to: each refusal, delivery and account.
    for (const [, href = ''] of page.body.matchAll(
      /href="(\/admin\/(?:refusal|refusals|account|client|delivery)[^"]*)"/g,
    ))
      seen.add(href.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&'))
  }
  for (const href of [...seen].slice(0, 120)) await browser.open(`${installation.issuer}${href}`)
  const again = [...seen].find((href) => href.startsWith('/admin/delivery/retry'))
  assert.ok(again, 'nothing to be sent once more')
  const retry = formOf(await browser.open(`${installation.issuer}${again}`))
  await browser.post(retry.action, retry.fields)
  const out = [...seen].find((href) => href.startsWith('/admin/account'))
  assert.ok(out, [...seen].join(' '))
  const account = await browser.open(`${installation.issuer}${out}`)
  const question = /href="(\/admin\/account\/sign-out[^"]*)"/.exec(account.body)?.[1]?.replaceAll('&#x3D;', '=')
  assert.ok(question, account.body.slice(-500))
  const form = formOf(await browser.open(`${installation.issuer}${question}`), '')
  await browser.post(form.action, form.fields)
}
