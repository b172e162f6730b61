/** Pairwise subjects from end to end (OpenID Connect Core §8): whatever goes to such a client has its own names. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aClient } from '../fixtures/client.ts'
import { claimsOf } from '../fixtures/forged-tokens.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, newCode, postForm, type Tokens, userinfo } from '../fixtures/test-client.ts'

const pairwise = (id: string, host: string) =>
  aClient({
    id,
    metadata: {
      subject_type: 'pairwise',
      redirect_uris: [`https://${host}/callback`],
      post_logout_redirect_uris: [`https://${host}/bye`],
    },
  })
const clients = [
  aClient(),
  pairwise('wiki', 'wiki.example'),
  pairwise('wiki-admin', 'wiki.example'),
  pairwise('shop', 'shop.example'),
]
const HOSTS: Readonly<Record<string, string>> = {
  'wiki-admin': 'wiki.example',
  wiki: 'wiki.example',
  shop: 'shop.example',
}

describe('[OpenID Connect Core 8] pairwise subjects', () => {
  const started = suiteApp({ clients })
  const redirectUri = (id: string) => `https://${HOSTS[id] ?? 'app.example'}/callback`
  const queryOf = (id: string, more: Record<string, string> = {}) =>
    authorizeQuery({ client_id: id, redirect_uri: redirectUri(id), ...more })
  const post = (id: string, url: string, form: Record<string, string | undefined>) =>
    postForm(started().app, url, form, { authorization: basicAuthorization(id) })
  async function tokensOf(id: string, browser = testBrowser(started().app)): Promise<Tokens> {
    const code = await newCode(started().app, { query: queryOf(id), browser })
    const response = await post(id, '/token', codeFields(code, { redirect_uri: redirectUri(id) }))
    assert.equal(response.statusCode, 200, response.body)
    return response.json()
  }
  const subOf = (token: string) => String(claimsOf(token)['sub'])

  test('one name for a person in a sector, another in each other one', async () => {
    const subs: string[] = []
    for (const id of ['app', 'wiki', 'wiki-admin', 'shop']) subs.push(subOf((await tokensOf(id)).id_token))
    const [app, wiki, admin, shop] = subs
    assert.equal(wiki, admin)
    assert.equal(new Set([app, wiki, shop]).size, 3)
  })

  test('[5.3.2] the same in ID token, access token, userinfo and introspection, also after a refresh', async () => {
    const { app, addAccount } = started()
    const carla = await addAccount({ username: 'carla' })
    const browser = testBrowser(app)
    await browser.signIn(queryOf('wiki'), { username: 'carla' })
    const { searchParams } = new URL(String((await browser.get(`/authorize?${queryOf('wiki')}`)).headers.location))
    const fields = codeFields(searchParams.get('code') ?? '', { redirect_uri: redirectUri('wiki') })
    const tokens = (await post('wiki', '/token', fields)).json()
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    const refreshed = (await post('wiki', '/token', refresh)).json()
    const said = [
      subOf(tokens.id_token),
      subOf(tokens.access_token),
      (await userinfo(app, tokens.access_token)).json().sub,
      (await post('wiki', '/introspect', { token: tokens.access_token })).json().sub,
      (await post('wiki', '/introspect', { token: tokens.refresh_token })).json().sub,
      subOf(refreshed.id_token),
      subOf(refreshed.access_token),
      (await userinfo(app, refreshed.access_token)).json().sub,
    ]
    assert.equal(new Set(said).size, 1)
    assert.notEqual(said[0], carla.id)
  })

  test('nothing that it is told has a name that the others share', async () => {
    const { app, addAccount } = started()
    const dora = await addAccount({ username: 'dora' })
    const browser = testBrowser(app)
    await browser.signIn(queryOf('app'), { username: 'dora' })
    const told: string[] = []
    for (const id of ['app', 'wiki', 'shop']) {
      const { headers } = await browser.get(`/authorize?${queryOf(id, { scope: 'openid' })}`)
      const code = new URL(String(headers.location)).searchParams.get('code') ?? ''
      const tokens = (await post(id, '/token', codeFields(code, { redirect_uri: redirectUri(id) }))).json()
      told.push(
        JSON.stringify([
          claimsOf(tokens.id_token),
          claimsOf(tokens.access_token),
          (await userinfo(app, tokens.access_token)).json(),
          (await post(id, '/introspect', { token: tokens.access_token })).json(),
          (await post(id, '/introspect', { token: tokens.refresh_token })).json(),
        ]),
      )
    }
    const [ofApp = '', ...ofPairwise] = told
    const sid = /"sid":"([^"]+)"/.exec(ofApp)?.[1] ?? '-'
    for (const shared of [dora.id, sid, 'dora']) {
      assert.ok(ofApp.includes(shared))
      for (const one of ofPairwise) assert.equal(one.includes(shared), false, one)
    }
    const [wikiSid, shopSid] = ofPairwise.map((one) => /"sid":"([^"]+)"/.exec(one)?.[1])
    assert.ok(wikiSid !== undefined && wikiSid !== shopSid)
  })

  test('[3.1.2.1] its ID token is a hint for the person that it names, and for nobody else', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    const { id_token } = await tokensOf('wiki', browser)
    const silently = async (of: typeof browser, more: Record<string, string>, id = 'wiki') => {
      const { headers } = await of.get(`/authorize?${queryOf(id, { prompt: 'none', ...more })}`)
      return new URL(String(headers.location)).searchParams.get('error') ?? 'granted'
    }
    assert.equal(await silently(browser, { id_token_hint: id_token }), 'granted')
    assert.equal(await silently(browser, { id_token_hint: id_token }, 'shop'), 'granted')
    assert.equal(await silently(browser, { id_token_hint: id_token }, 'app'), 'granted')
    const bobs = testBrowser(app)
    await bobs.signIn(queryOf('wiki'), { username: 'bob' })
    for (const id of ['wiki', 'shop', 'app']) {
      assert.equal(await silently(bobs, { id_token_hint: id_token }, id), 'login_required')
    }
  })

  test('[3.1.2.2] it asks for a person by its own name for them; the shared one tells it nothing', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    const sub = subOf((await tokensOf('wiki', browser)).id_token)
    const shared = subOf((await tokensOf('app')).id_token)
    const asking = async (value: string) => {
      const claims = JSON.stringify({ id_token: { sub: { value } } })
      const { headers } = await browser.get(`/authorize?${queryOf('wiki', { prompt: 'none', claims })}`)
      return new URL(String(headers.location)).searchParams.get('error')
    }
    assert.deepEqual([await asking(sub), await asking(shared)], [null, 'login_required'])
  })

  test('[RP-Initiated Logout 2] its ID token ends the session that it is of, without asking', async () => {
    const { app } = started()
    const browser = testBrowser(app)
    const { id_token } = await tokensOf('wiki', browser)
    const other = testBrowser(app)
    const { id_token: ofOtherSession } = await tokensOf('wiki', other)
    const end = async (hint: string) =>
      String(
        (await browser.get(`/end-session?id_token_hint=${hint}&post_logout_redirect_uri=https://wiki.example/bye`))
          .headers.location,
      )
    assert.match(await end(ofOtherSession), /^\/sign-out/)
    assert.equal(await end(id_token), 'https://wiki.example/bye')
    assert.match(
      String((await browser.get(`/authorize?${queryOf('wiki', { prompt: 'none' })}`)).headers.location),
      /login_required/,
    )
  })
})
