/** What the suite checks of the discovery document, whatever kind of client it is run with. */
import assert from 'node:assert/strict'
import type { FastifyInstance } from 'fastify'
import { ISSUER } from '../fixtures/test-app.ts'
import { assertJson, serverKeys } from './checks.ts'

const RESPONSE_TYPES = ['code', 'code id_token', 'id_token', 'id_token token', 'code id_token token', 'code token']

type Document = Readonly<Record<string, unknown>>

/** A list of names in a document: there, an array of texts, not empty. */
export function listOf(document: Document, name: string): readonly string[] {
  const list = document[name]
  assert.ok(Array.isArray(list) && list.length > 0, name)
  assert.ok(
    list.every((one) => typeof one === 'string' && one !== ''),
    name,
  )
  return list
}

export async function assertProviderDocument(app: FastifyInstance): Promise<Document> {
  const response = await app.inject({ url: '/.well-known/openid-configuration' })
  assertJson(response)
  const document = response.json()
  assert.equal(document.issuer, ISSUER)
  const { protocol, search, hash, username, password } = new URL(document.issuer)
  assert.deepEqual([protocol, search, hash, username, password], ['https:', '', '', '', ''])
  for (const needed of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri']) {
    assert.ok(document[needed], needed)
  }
  for (const [name, url] of Object.entries<string>(document)) {
    if (/_endpoint$|^jwks_uri$/.test(name)) assert.equal(new URL(url).protocol, 'https:', name)
  }
  assert.ok(listOf(document, 'response_types_supported').some((type) => RESPONSE_TYPES.includes(type)))
  assert.ok(listOf(document, 'subject_types_supported').some((type) => ['public', 'pairwise'].includes(type)))
  assert.ok(listOf(document, 'id_token_signing_alg_values_supported').includes('RS256'))
  listOf(document, 'grant_types_supported')
  listOf(document, 'claims_supported')
  listOf(document, 'code_challenge_methods_supported')
  const scopes = listOf(document, 'scopes_supported')
  assert.ok(scopes.includes('openid'))
  // RFC 6749 §3.3
  for (const scope of scopes) assert.match(scope, /^[\x21\x23-\x5b\x5d-\x7e]+$/)
  for (const optional of [
    'userinfo_signing_alg_values_supported',
    'ui_locales_supported',
    'claims_locales_supported',
  ]) {
    if (document[optional] !== undefined) listOf(document, optional)
  }
  if (document.request_object_signing_alg_values_supported !== undefined) {
    assert.ok(listOf(document, 'request_object_signing_alg_values_supported').includes('RS256'))
  }
  await serverKeys(app)
  return document
}
