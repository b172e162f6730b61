/** Clients that are found at the address that is their client_id. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { DAY, MINUTE, SECOND } from '../../src/base/duration.ts'
import { type FakeWeb, fakeWeb } from '../fixtures/fake-web.ts'
import { type TestApp, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, testBrowser } from '../fixtures/test-browser.ts'
import { codeFields, postForm } from '../fixtures/test-client.ts'
import { signInAndConsent } from '../fixtures/test-pages.ts'

const ID = 'https://tool.example/client.json'
const CALLBACK = 'https://tool.example/callback'
const DOCUMENT = { client_id: ID, client_name: 'Tool', redirect_uris: [CALLBACK] }
const SCOPES = ['openid', 'email', 'offline_access']

const page = (more: Record<string, unknown> = {}, cacheControl = 'max-age=600') => ({
  body: JSON.stringify({ ...DOCUMENT, ...more }),
  cacheControl,
})

const withDocuments = (web: FakeWeb) =>
  testApp({
    egress: web,
    config: {
      clientIdMetadataDocuments: { allowedDomains: ['tool.example'], allowedScopes: SCOPES, allowedResources: [] },
    },
  })

describe('a client whose client_id is the address of its document', () => {
  const web = fakeWeb()
  let started: TestApp
  before(async () => {
    started = await withDocuments(web)
    await started.addAccount()
    web.pages.set(ID, page({ grant_types: ['authorization_code', 'refresh_token'] }))
  })
  after(() => started?.close())

  const query = (client_id = ID) =>
    authorizeQuery({ client_id, redirect_uri: CALLBACK, scope: 'openid email offline_access' })

  test('[CIMD 1] signs somebody in, with consent, and its tokens go on', async () => {
    const answer = await signInAndConsent(testBrowser(started.app), query())
    const fields = codeFields(answer.searchParams.get('code') ?? '', { client_id: ID, redirect_uri: CALLBACK })
    const tokens = (await postForm(started.app, '/token', fields)).json()
    const refreshed = await postForm(started.app, '/token', {
      ...{ grant_type: 'refresh_token', client_id: ID, refresh_token: tokens.refresh_token },
    })
    assert.equal(refreshed.statusCode, 200)
    assert.deepEqual(web.asked, [ID], 'one look is enough for all of it')
  })

  test('[RFC9700 2.1.1] must use PKCE and is never first party', async () => {
    const client = await started.deps.clients.find(ID)
    assert.deepEqual([client?.requiresPkce, client?.isFirstParty, client?.source], [true, false, 'document'])
  })

  test('[OIDC Registration 9.1] pages are not given its logo, or links to others’ hosts', async () => {
    const id = 'https://tool.example/dressed-up'
    const uris = {
      client_uri: 'https://bank.example/',
      tos_uri: 'https://tool.example/t',
      logo_uri: 'https://tool.example/l',
    }
    web.pages.set(id, { body: JSON.stringify({ ...DOCUMENT, client_id: id, ...uris }) })
    const shown = (await started.deps.clients.find(id))?.metadata
    assert.deepEqual([shown?.client_uri, shown?.tos_uri, shown?.logo_uri], [undefined, uris.tos_uri, undefined])
  })

  test('[CIMD 6] discovery says so', async () => {
    const { app } = started
    const document = (await app.inject({ url: '/.well-known/oauth-authorization-server' })).json()
    assert.equal(document.client_id_metadata_document_supported, true)
  })

  test('nothing is asked of a host that is not listed', async () => {
    for (const id of [
      'https://evil.example/client.json',
      'https://tool.example.evil/c',
      'https://evil-tool.example/c',
    ]) {
      web.pages.set(id, { body: JSON.stringify({ ...DOCUMENT, client_id: id }) })
      const before = web.asked.length
      const response = await testBrowser(started.app).get(`/authorize?${query(id)}`)
      assert.equal(response.statusCode, 400)
      assert.equal(web.asked.length, before)
    }
  })

  test('[CIMD 5.1] a document that is refused or not to be had is a client that is not known', async () => {
    for (const [path, body] of [
      ['/gone', undefined],
      ['/other', JSON.stringify(DOCUMENT)],
      ['/broken', '{'],
    ] as const) {
      const id = `https://tool.example${path}`
      if (body !== undefined) web.pages.set(id, { body })
      const response = await testBrowser(started.app).get(`/authorize?${query(id)}`)
      assert.equal(response.statusCode, 400, path)
      assert.equal(
        (await postForm(started.app, '/token', { client_id: id, grant_type: 'refresh_token' })).statusCode,
        401,
      )
    }
    assert.ok(started.logged.some((line) => line['clientId'] === 'https://tool.example/gone' && line['level'] === 40))
  })

  test('[CIMD 8.7] a document that is too large is not read', async () => {
    const id = 'https://tool.example/large'
    web.pages.set(id, { body: JSON.stringify({ ...DOCUMENT, client_id: id, x: 'x'.repeat(16_384) }) })
    assert.equal(await started.deps.clients.find(id), undefined)
  })
})

test('without a list nothing is fetched, and discovery does not say so', async () => {
  const web = fakeWeb()
  web.pages.set(ID, page())
  const started = await testApp({ egress: web })
  try {
    assert.equal(await started.deps.clients.find(ID), undefined)
    assert.deepEqual(web.asked, [])
    const document = (await started.app.inject({ url: '/.well-known/openid-configuration' })).json()
    assert.equal('client_id_metadata_document_supported' in document, false)
  } finally {
    await started.close()
  }
})

describe('[CIMD 5.2] what is remembered', () => {
  const web = fakeWeb()
  let started: TestApp
  before(async () => {
    started = await withDocuments(web)
  })
  after(() => started?.close())
  const nameOf = async (id: string) => (await started.deps.clients.find(id))?.metadata.client_name
  const fresh = (path: string, cacheControl?: string): string => {
    const id = `https://tool.example/${path}`
    web.pages.set(id, page({ client_id: id }, cacheControl))
    return id
  }

  test('a change is picked up when the document is due again', async () => {
    const id = fresh('changes', 'max-age=120')
    assert.equal(await nameOf(id), 'Tool')
    web.pages.set(id, page({ client_id: id, client_name: 'Renamed' }))
    started.clock.advance(2 * MINUTE - SECOND)
    assert.equal(await nameOf(id), 'Tool')
    started.clock.advance(SECOND)
    assert.equal(await nameOf(id), 'Renamed')
  })

  test('many that ask at once ask once', async () => {
    const id = fresh('at-once')
    const before = web.asked.length
    await Promise.all(Array.from({ length: 20 }, () => nameOf(id)))
    assert.equal(web.asked.length, before + 1)
  })

  test('a failure is not kept, but not asked for again within five seconds', async () => {
    const id = 'https://tool.example/later'
    const before = web.asked.length
    assert.equal(await nameOf(id), undefined)
    fresh('later')
    started.clock.advance(5 * SECOND - 1)
    assert.equal(await nameOf(id), undefined)
    assert.equal(web.asked.length, before + 1)
    started.clock.advance(1)
    assert.equal(await nameOf(id), 'Tool')
  })

  test('while its host is down the last document stands in, for a day', async () => {
    const id = fresh('outage', 'max-age=60')
    assert.equal(await nameOf(id), 'Tool')
    web.pages.delete(id)
    started.clock.advance(MINUTE)
    assert.equal(await nameOf(id), 'Tool')
    started.clock.advance(DAY - MINUTE - SECOND)
    assert.equal(await nameOf(id), 'Tool')
    started.clock.advance(6 * SECOND)
    assert.equal(await nameOf(id), undefined)
  })

  test('a document that is there and wrong takes its place at once', async () => {
    const id = fresh('turned', 'max-age=60')
    assert.equal(await nameOf(id), 'Tool')
    web.pages.set(id, page({ client_id: 'https://tool.example/stolen' }))
    started.clock.advance(MINUTE)
    assert.equal(await nameOf(id), undefined)
  })
})

test('[CIMD 8] strangers with many ids make us ask a host ten times a second, and push out no client', async () => {
  const web = fakeWeb()
  web.pages.set(ID, page({}, 'max-age=60'))
  const started = await withDocuments(web)
  try {
    const { clients } = started.deps
    assert.ok(await clients.find(ID))
    const garbage = async (from: number, count: number) => {
      for (let i = from; i < from + count; i++) await clients.find(`https://tool.example/x?${i}`)
    }
    await garbage(0, 50)
    assert.equal(web.asked.length, 10)
    for (let second = 1; second <= 101; second++) {
      started.clock.advance(SECOND)
      await garbage(second * 50, 12)
    }
    assert.equal(web.asked.length, 10 + 101 * 10)
    web.pages.delete(ID)
    assert.ok(await clients.find(ID), 'the last one goes on')
  } finally {
    await started.close()
  }
})
