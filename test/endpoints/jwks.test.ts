/** The published keys: public halves alone, cacheable, and every kid in use. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { headerOf } from '../fixtures/forged-tokens.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { newTokens } from '../fixtures/test-client.ts'

describe('/jwks', () => {
  const started = suiteApp()
  const keys = async (): Promise<Record<string, string>[]> => (await started().app.inject({ url: '/jwks' })).json().keys

  test('[RFC7517 9.3] not one private member, and every key says what it is for', async () => {
    const published = await keys()
    assert.ok(published.length >= 2)
    for (const key of published) {
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) assert.equal(secret in key, false)
      assert.equal(key['use'], 'sig')
      assert.ok(key['kid'] && key['alg'])
    }
    assert.equal(new Set(published.map((key) => key['kid'])).size, published.length)
  })

  test('the kid of every token is among them', async () => {
    const kids = (await keys()).map((key) => key['kid'])
    const { access_token, id_token } = await newTokens(started().app)
    for (const token of [access_token, id_token]) assert.ok(kids.includes(String(headerOf(token)['kid'])))
  })

  test('[RFC9110 13.1.2] ETag, 304, and the configured max-age', async () => {
    const { app } = started()
    const first = await app.inject({ url: '/jwks' })
    assert.equal(first.headers['cache-control'], 'public, max-age=3600')
    assert.equal(first.headers['access-control-allow-origin'], '*')
    const again = await app.inject({ url: '/jwks', headers: { 'if-none-match': String(first.headers['etag']) } })
    assert.deepEqual([again.statusCode, again.body], [304, ''])
    assert.equal((await app.inject({ url: '/jwks', headers: { 'if-none-match': '"x"' } })).statusCode, 200)
  })

  describe('who fetches them', () => {
    const fetched = async (headers: Record<string, string>, method: 'GET' | 'HEAD' = 'GET') => {
      const { app, deps, storage, clock } = started()
      clock.advance(1)
      const since = clock.now()
      const answer = await app.inject({
        url: '/jwks',
        method,
        headers: { 'user-agent': 'Go-http-client/2.0', ...headers },
      })
      await deps.jwksFetches.write()
      return { answer, found: await storage.jwksFetches.list(since) }
    }

    test('is remembered with the keys that it got, also when it had them already', async () => {
      const published = (await keys()).map((key) => key['kid'])
      const first = await fetched({})
      assert.deepEqual(
        first.found.map(({ address, userAgent, kids }) => [address, userAgent, kids]),
        [['127.0.0.1', 'Go-http-client/2.0', published]],
      )
      const again = await fetched({ 'if-none-match': String(first.answer.headers['etag']) })
      assert.equal(again.answer.statusCode, 304)
      assert.deepEqual(again.found[0]?.kids, published)
    })

    test('is no app: HEAD, and a person who looks at them', async () => {
      assert.deepEqual((await fetched({}, 'HEAD')).found, [])
      assert.deepEqual((await fetched({ 'sec-fetch-mode': 'navigate' })).found, [])
      assert.equal((await fetched({ 'sec-fetch-mode': 'cors', origin: 'https://spa.example' })).found.length, 1)
    })

    test('a confidential client of the file is known by the address from which it authenticates', async () => {
      const { app, deps, storage } = started()
      await newTokens(app)
      await deps.jwksFetches.write()
      assert.deepEqual(
        (await storage.jwksFetches.addresses()).map(({ clientId, address }) => [clientId, address]),
        [['app', '127.0.0.1']],
      )
    })
  })
})
