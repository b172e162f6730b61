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
})
