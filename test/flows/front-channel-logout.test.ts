/** Front-channel logout: the pages of clients that are opened when a person signs out, and the way on. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LightMyRequestResponse } from 'fastify'
import { decodeJwt } from 'jose'
import { aClient } from '../fixtures/client.ts'
import { readTags, unescapeHtml } from '../fixtures/html.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { ISSUER } from '../fixtures/test-app.ts'
import { authorizeQuery, formToken, locationOf, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, postAsApp } from '../fixtures/test-client.ts'

const BYE = 'https://app.example/bye'

const client = (id: string, frontchannel_logout_uri: string | undefined, isSessionRequired = false) =>
  aClient({
    id,
    metadata: {
      redirect_uris: [`https://${id}.example/callback`],
      post_logout_redirect_uris: [`https://${id}.example/bye`],
      ...(frontchannel_logout_uri !== undefined && { frontchannel_logout_uri }),
      frontchannel_logout_session_required: isSessionRequired,
    },
  })

const CLIENTS = [
  client('app', 'https://app.example/logout?theme=a&b', true),
  client('blog', 'https://blog.example:8443/out'),
  client('quiet', undefined),
  client('other', 'https://other.example/out'),
]

const framesOf = ({ body }: LightMyRequestResponse): readonly string[] =>
  readTags(body)
    .filter(({ name, closing }) => name === 'iframe' && !closing)
    .map(({ attributes }) => unescapeHtml(attributes.get('src') ?? ''))

describe('signing out of a session with clients that want their page opened', () => {
  const started = suiteApp({ clients: CLIENTS })
  const queryOf = (id: string) => authorizeQuery({ client_id: id, redirect_uri: `https://${id}.example/callback` })

  async function signOn(...ids: string[]) {
    const { app } = started()
    const browser = testBrowser(app)
    const [first = 'app', ...others] = ids
    const answer = await browser.signIn(queryOf(first))
    for (const id of others) await browser.get(`/authorize?${queryOf(id)}`)
    const fields = codeFields(answer.searchParams.get('code') ?? '')
    const idToken = first === 'app' ? (await postAsApp(app, '/token', fields)).json().id_token : ''
    const sid = browser.cookies.get('__Host-countersign-session')?.split('.')[0] ?? ''
    return { browser, idToken, sid }
  }

  test('[Front-Channel Logout 2] each page once, hidden, with iss and sid where the client needs them, and no other', async () => {
    const { browser, idToken, sid } = await signOn('app', 'blog', 'quiet', 'blog')
    assert.equal(decodeJwt(idToken)['sid'], sid)
    const query = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: BYE, state: 'x y;"' })
    const page = await browser.get(`/end-session?${query}`)
    assert.equal(page.statusCode, 200)
    assert.deepEqual(framesOf(page), [
      `https://app.example/logout?theme=a&b&iss=${encodeURIComponent(ISSUER)}&sid=${sid}`,
      'https://blog.example:8443/out',
    ])
    for (const { attributes } of readTags(page.body).filter(({ name, closing }) => name === 'iframe' && !closing)) {
      assert.ok(attributes.has('hidden'))
      assert.equal(attributes.get('sandbox'), 'allow-scripts allow-same-origin')
    }
    // Signed out already, whatever becomes of the page.
    assert.equal(browser.cookies.has('__Host-countersign-session'), false)
  })

  test('of one of two accounts: its apps alone, and on to the app, not to a question about the other one', async () => {
    const { browser, idToken, sid } = await signOn('app')
    started().clock.advance(1)
    await browser.signIn(`${queryOf('blog')}&prompt=login`, { username: 'bob' })
    const query = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: BYE, state: 's' })
    const page = await browser.get(`/end-session?${query}`)
    assert.deepEqual(framesOf(page), [
      `https://app.example/logout?theme=a&b&iss=${encodeURIComponent(ISSUER)}&sid=${sid}`,
    ])
    const [, url = ''] = /url=(\S+)$/.exec(String(page.headers['refresh'])) ?? []
    assert.equal(locationOf(await browser.get(url)), `${BYE}?state=s`)
    assert.match((await browser.get('/')).body, /Bob Example/)
    // Typed without its proof it asks, as any other.
    const bare = url.replace(/&?has_left=[^&]*/, '')
    assert.notEqual(bare, url)
    assert.match(locationOf(await browser.get(bare)), /^\/sign-out\?/)
  })

  test('of all of them: the apps of each, and then the page that says so', async () => {
    const { browser } = await signOn('app')
    started().clock.advance(1)
    await browser.signIn(`${queryOf('blog')}&prompt=login`, { username: 'bob' })
    const accounts = await browser.get('/accounts')
    const page = await browser.post('/accounts', { csrf: formToken(accounts), sign_out: 'all' })
    assert.deepEqual(
      framesOf(page).map((uri) => new URL(uri).host),
      ['blog.example:8443', 'app.example'],
    )
    assert.match(String(page.headers['refresh']), /; url=\/signed-out$/)
  })

  test('the policy of the page lets in exactly their origins', async () => {
    const { browser, idToken } = await signOn('app', 'blog', 'other')
    const page = await browser.get(`/end-session?${new URLSearchParams({ id_token_hint: idToken })}`)
    const policy = String(page.headers['content-security-policy']).split('; ')
    assert.deepEqual(
      policy.filter((directive) => directive.startsWith('frame-src')),
      ['frame-src https://app.example https://blog.example:8443 https://other.example'],
    )
    assert.ok(policy.includes("default-src 'none'"))
  })

  test('[Front-Channel Logout 3] and on, with and without scripts, to the registered URI with the state', async () => {
    const { browser, idToken } = await signOn('app')
    const query = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: BYE, state: 'x y;"' })
    const page = await browser.get(`/end-session?${query}`)
    const [, seconds, url = ''] = /^(\d+); url=(\/end-session\?\S+)$/.exec(String(page.headers['refresh'])) ?? []
    assert.equal(seconds, '3')
    const link = readTags(page.body).find(({ attributes }) => attributes.get('id') === 'on')
    assert.equal(unescapeHtml(link?.attributes.get('href') ?? ''), url)
    assert.equal(locationOf(await browser.get(url)), `${BYE}?state=x+y%3B%22`)
  })

  test('from the page that asks, too; without anywhere to go on to, to ours', async () => {
    const { browser } = await signOn('blog')
    const page = await browser.get('/sign-out')
    const done = await browser.post('/sign-out', { csrf: formToken(page), answer: 'yes' })
    assert.deepEqual(framesOf(done), ['https://blog.example:8443/out'])
    const url = String(done.headers['refresh']).replace(/^.*url=/, '')
    assert.equal(locationOf(await browser.get(url)), '/signed-out')
    // The same form once more, from the history.
    assert.equal(locationOf(await browser.post('/sign-out', { csrf: formToken(page), answer: 'yes' })), '/signed-out')
  })

  test('without such a client nothing changes: straight on', async () => {
    const { browser } = await signOn('quiet')
    const page = await browser.get('/sign-out')
    const done = await browser.post('/sign-out', { csrf: formToken(page), answer: 'yes' })
    assert.equal(locationOf(done), '/signed-out')
  })

  test('a client without a back channel is never sent anything there', async () => {
    const { deps, storage } = started()
    const { browser, idToken, sid } = await signOn('app')
    await browser.get(`/end-session?${new URLSearchParams({ id_token_hint: idToken })}`)
    await deps.deliveries.idle()
    assert.equal(await storage.deliveries.find(`logout/${sid}/app`), undefined)
    assert.deepEqual(await storage.sessionClients.ofSession(sid), [])
  })
})
