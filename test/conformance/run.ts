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

/** Where the answer is. */
export type Mode = 'query' | 'form_post' | 'fragment'
export type ResponseType = 'code' | 'id_token' | 'id_token token'
type Json = Readonly<Record<string, unknown>>

/** What a code was good for, or what came instead of one. */
export interface Redeemed {
  /** Of the response type `id_token`, that one alone. */
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

interface RunOptions {
  readonly mode?: Mode
  readonly client?: SuiteClient
  readonly responseType?: ResponseType
}

export function aRun(
  started: TestApp,
  { mode = 'query', client = FIRST, responseType = 'code' }: RunOptions = {},
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
      response_type: responseType,
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
    answerOf: (journey, request) => assertSuccess(run.fieldsOf(journey), request, responseType),
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
      const isCode = responseType === 'code'
      const code = answer.get('code') ?? ''
      const tokens = isCode ? assertTokens(await run.token(run.codeFields(code, changes))) : tokensIn(answer)
      const idToken = await idTokenClaims(app, tokens.id_token, {
        ...{
          clientId: client.id,
          nonce: request['nonce'],
          ...(tokens.access_token !== '' && { accessToken: tokens.access_token }),
        },
        now: new Date(clock.now()),
      })
      if (responseType === 'id_token') return { tokens, idToken }
      // OpenID Connect Core §3.2.2.10: beside an access token it has to be there.
      if (!isCode) assert.ok(idToken['at_hash'])
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
  const inUrl = mode === 'fragment' ? arrival.url.hash.slice(1) : arrival.url.search
  const fields = new URLSearchParams(arrival.posted ?? inUrl)
  // RFC 6749 §3.1.2: what the URI itself carries must arrive; it is no part of the answer.
  for (const [name, value] of registered.searchParams) {
    assert.equal(arrival.url.searchParams.get(name), value)
    fields.delete(name)
  }
  assert.equal(`${arrival.url.origin}${arrival.url.pathname}`, `${registered.origin}${registered.pathname}`)
  if (mode !== 'query') assert.equal(arrival.url.search, registered.search)
  if (mode !== 'fragment') assert.equal(arrival.url.hash, '')
  return fields
}

function assertSuccess(fields: URLSearchParams, request: Fields, responseType: ResponseType): URLSearchParams {
  assert.equal(fields.get('error'), null, fields.toString())
  assert.equal(fields.get('state') ?? undefined, request['state'])
  // RFC 9207 §2.4
  assert.equal(fields.get('iss'), ISSUER)
  const isThere = (name: string): boolean => /^[\x20-\x7e]+$/.test(fields.get(name) ?? '')
  assert.equal(isThere('code'), responseType === 'code')
  assert.equal(isThere('id_token'), responseType !== 'code')
  assert.equal(isThere('access_token'), responseType === 'id_token token')
  return fields
}

/** OpenID Connect Core §3.2.2.5 */
function tokensIn(answer: URLSearchParams): Tokens {
  const [id_token, access_token] = [answer.get('id_token') ?? '', answer.get('access_token') ?? '']
  const [token_type, expires_in] = [answer.get('token_type') ?? '', Number(answer.get('expires_in'))]
  if (access_token !== '') {
    assert.equal(token_type.toLowerCase(), 'bearer')
    assert.ok(Number.isInteger(expires_in) && expires_in > 0)
  }
  return { id_token, access_token, token_type, expires_in, refresh_token: '' }
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
