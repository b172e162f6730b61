/** What counts as a use of a client, and under which of its redirect URIs. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ClientUses } from '../../src/clients/client-uses.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, newCode, postAsApp } from '../fixtures/test-client.ts'

const native = aPublicClient({
  id: 'native',
  isFirstParty: true,
  metadata: { application_type: 'native', redirect_uris: ['com.example.app:/cb', 'http://127.0.0.1/cb'] },
})

describe('uses of a client', () => {
  const started = suiteApp({ clients: [aClient(), native] })
  /** What has been counted since the last time, and is written now. */
  async function counted() {
    const { deps, storage } = started()
    const before = await storage.clientUses.since(0)
    const countOf = (id: string) => before.find((use) => idOf(use) === id)?.count ?? 0
    // The fixture's is the whole of it.
    await (deps.uses as ClientUses).write()
    const all = await storage.clientUses.since(0)
    return all.flatMap((use) => {
      const more = use.count - countOf(idOf(use))
      return more > 0 ? [`${idOf(use)} ${more}`] : []
    })
  }
  const idOf = ({ clientId, kind, redirectUri }: { clientId: string; kind: string; redirectUri: string }) =>
    [clientId, kind, redirectUri].filter(Boolean).join(' ')

  test('a granted code is a sign-on, by its redirect URI; a refresh counts, and what a code leads to does not', async () => {
    const browser = testBrowser(started().app)
    const code = await newCode(started().app, { browser })
    await browser.get(`/authorize?${authorizeQuery()}`)
    assert.deepEqual(await counted(), ['app sign_on https://app.example/callback 2'])
    const tokens = (await postAsApp(started().app, '/token', codeFields(code))).json()
    assert.deepEqual(await counted(), [])
    await postAsApp(started().app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
    await postAsApp(started().app, '/token', { grant_type: 'refresh_token', refresh_token: 'nonsense' })
    await postAsApp(started().app, '/token', { grant_type: 'client_credentials', scope: 'api' })
    assert.deepEqual(await counted(), ['app client_credentials 1', 'app refresh_token 1'])
  })

  test('[RFC8252 7.3] ports of native apps are one redirect URI: the registered one', async () => {
    const browser = testBrowser(started().app)
    await browser.signIn(authorizeQuery())
    for (const port of [50_001, 50_002]) {
      await browser.get(
        `/authorize?${authorizeQuery({ client_id: 'native', redirect_uri: `http://127.0.0.1:${port}/cb` })}`,
      )
    }
    assert.deepEqual(await counted(), [
      'app sign_on https://app.example/callback 1',
      'native sign_on http://127.0.0.1/cb 2',
    ])
  })

  test('what is refused is no use', async () => {
    await testBrowser(started().app).get(`/authorize?${authorizeQuery({ prompt: 'none' })}`)
    assert.deepEqual(await counted(), [])
  })
})
