/** One run of a module: the suite's part of an authorization, a token request and a userinfo request, with what is always checked. */
import assert from 'node:assert/strict'
import type { LightMyRequestResponse } from 'fastify'
import { ISSUER, type TestApp } from '../fixtures/test-app.ts'
import { type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'
import { type Fields, formEncoded, postForm, type Tokens, userinfo } from '../fixtures/test-client.ts'
import { assertJson, idTokenClaims, serverKeys } from './checks.ts'
import { authentication } from './client-authentication.ts'
import { follow, type Journey } from './person.ts'
import { FIRST, type SuiteClient } from './site.ts'

export type Mode = 'query' | 'form_post'
type Json = Readonly<Record<string, unknown>>

/** What a code was good for. */
export interface Redeemed {
  readonly tokens: Tokens
  readonly idToken: Json
}

export interface SignOn extends Redeemed {
  readonly request: Fields
  readonly journey: Journey
  readonly answer: URLSearchParams
}

export interface Run {
  readonly browser: TestBrowser
  /** The parameters of a request of the suite; undefined takes one away. */
  request(changes?: Fields): Fields
  /** Sends a request to the authorization endpoint and goes wherever that leads. */
  authorize(request: Fields, method?: 'GET' | 'POST'): Promise<Journey>
  /** What came back to the client: in the place that the response mode says, for this client and from this issuer. */
  fieldsOf(journey: Journey): URLSearchParams
  /** The same of a success. */
  answerOf(journey: Journey, request: Fields): URLSearchParams
  /** @param how.audience of a client assertion; the token endpoint unless told */
  token(fields: Fields, how?: { readonly audience?: string }): Promise<LightMyRequestResponse>
  codeFields(code: string, changes?: Fields): Fields
  /** Redeems the code of an answer, and asks userinfo once. */
  redeem(answer: URLSearchParams, request: Fields, changes?: Fields): Promise<Redeemed>
  /** The whole way, which must succeed. */
  signOn(changes?: Fields, how?: { readonly method?: 'GET' | 'POST'; readonly token?: Fields }): Promise<SignOn>
}

let texts = 0

/** Letters and digits, another text for every number; the suite makes its states and nonces of such. */
export const text = (length: number): string => {
  texts += 1
  return `${texts}Zx9`.repeat(Math.ceil(length / 4)).slice(0, length)
}

export function aRun(
  started: TestApp,
  { mode = 'query', client = FIRST }: { readonly mode?: Mode; readonly client?: SuiteClient } = {},
  browser: TestBrowser = testBrowser(started.app),
): Run {
  const { app, clock } = started
  const run: Run = {
    browser,
    request: (changes = {}) => ({
      client_id: client.id,
      redirect_uri: client.redirectUri,
      scope: 'openid',
      state: text(10),
      nonce: text(10),
      response_type: 'code',
      ...(mode === 'form_post' && { response_mode: 'form_post' }),
      ...changes,
    }),
    async authorize(request, method = 'GET') {
      const sent =
        method === 'GET'
          ? await browser.get(`/authorize?${formEncoded(request)}`)
          : await browser.post('/authorize', present(request), { 'sec-fetch-site': 'cross-site' })
      return follow(browser, sent)
    },
    fieldsOf: (journey) => fieldsOf(journey, client.redirectUri, mode),
    answerOf: (journey, request) => assertSuccess(run.fieldsOf(journey), request),
    async token(fields, { audience } = {}) {
      const proof = await authentication(started, client, audience)
      return postForm(app, '/token', { ...fields, ...proof.fields }, proof.headers)
    },
    codeFields: (code, changes = {}) => ({
      ...{ grant_type: 'authorization_code', code, redirect_uri: client.redirectUri },
      ...changes,
    }),
    async signOn(changes = {}, { method = 'GET', token = {} } = {}) {
      await serverKeys(app)
      const request = run.request(changes)
      const journey = await run.authorize(request, method)
      const answer = run.answerOf(journey, request)
      return { request, journey, answer, ...(await run.redeem(answer, request, token)) }
    },
    async redeem(answer, request, changes = {}) {
      const tokens = assertTokens(await run.token(run.codeFields(answer.get('code') ?? '', changes)))
      const idToken = await idTokenClaims(app, tokens.id_token, {
        ...{ clientId: client.id, nonce: request['nonce'], accessToken: tokens.access_token },
        now: new Date(clock.now()),
      })
      const info = await userinfo(app, tokens.access_token)
      assert.equal(info.statusCode, 200, info.body)
      return { tokens, idToken }
    },
  }
  return run
}

const present = (fields: Fields): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== undefined))

function fieldsOf({ arrival, last }: Journey, redirectUri: string, mode: Mode): URLSearchParams {
  assert.ok(arrival, `the browser did not come back but got ${last.statusCode}: ${last.body.slice(-400)}`)
  assert.equal(arrival.method, mode === 'form_post' ? 'POST' : 'GET')
  const registered = new URL(redirectUri)
  const fields = new URLSearchParams(arrival.posted ?? arrival.url.search)
  // RFC 6749 §3.1.2: what the URI itself carries must arrive; it is no part of the answer.
  for (const [name, value] of registered.searchParams) {
    assert.equal(arrival.url.searchParams.get(name), value)
    fields.delete(name)
  }
  assert.equal(`${arrival.url.origin}${arrival.url.pathname}`, `${registered.origin}${registered.pathname}`)
  if (mode === 'form_post') assert.equal(arrival.url.search, registered.search)
  assert.equal(arrival.url.hash, '')
  return fields
}

function assertSuccess(fields: URLSearchParams, request: Fields): URLSearchParams {
  assert.equal(fields.get('error'), null, fields.toString())
  assert.equal(fields.get('state') ?? undefined, request['state'])
  // RFC 9207 §2.4
  assert.equal(fields.get('iss'), ISSUER)
  assert.match(fields.get('code') ?? '', /^[\x20-\x7e]+$/)
  return fields
}

/** RFC 6749 §5.1 and OpenID Connect Core §3.1.3.3 */
export function assertTokens(response: LightMyRequestResponse): Tokens {
  assertJson(response)
  const tokens: Tokens = response.json()
  assert.ok(tokens.access_token)
  assert.ok(tokens.id_token)
  assert.equal(tokens.token_type.toLowerCase(), 'bearer')
  assert.ok(Number.isInteger(tokens.expires_in) && tokens.expires_in > 0)
  return tokens
}
