/** The suite's part of dynamic registration: what it registers in every module, and what it checks of the answer. */
import assert from 'node:assert/strict'
import type { LightMyRequestResponse } from 'fastify'
import { exportJWK, generateKeyPair } from 'jose'
import type { TestApp } from '../fixtures/test-app.ts'
import { assertJson, discovery } from './checks.ts'
import { type ClientKey, INITIAL_ACCESS_TOKEN, type SuiteClient } from './site.ts'

type Json = Readonly<Record<string, unknown>>

/** A client with the answer to its registration. */
export interface Registered extends SuiteClient {
  readonly metadata: Json
}

export async function newKey(kid?: string): Promise<ClientKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  // A key set need not say what its only key is called and is for (RFC 7517 §4.2, §4.5).
  const named = kid === undefined ? {} : { kid, use: 'sig' }
  return { privateKey, publicJwk: { ...(await exportJWK(publicKey)), ...named, alg: 'RS256' } }
}

let shared: Promise<ClientKey> | undefined
/** Where it does not matter which one: RSA keys take a while. */
const anyKey = (): Promise<ClientKey> => (shared ??= newKey())

/** What every module registers. Neither a scope nor any algorithm is in it. */
export const registrationRequest = (
  redirectUri: string,
  { authentication, key }: { readonly authentication: SuiteClient['authentication']; readonly key: ClientKey },
): Json => ({
  client_name: 'Conformance suite',
  grant_types: ['authorization_code'],
  response_types: ['code'],
  redirect_uris: [redirectUri],
  token_endpoint_auth_method: authentication,
  jwks: { keys: [key.publicJwk] },
  contacts: ['certification@suite.example'],
})

export async function postRegistration({ app }: TestApp, body: Json): Promise<LightMyRequestResponse> {
  const endpoint = new URL(String((await discovery(app))['registration_endpoint']))
  assert.equal(endpoint.protocol, 'https:')
  return app.inject({
    method: 'POST',
    url: endpoint.pathname,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${INITIAL_ACCESS_TOKEN}`,
    },
    payload: JSON.stringify(body),
  })
}

/** OpenID Connect Registration §3.2 and RFC 7591 §3.2.1 */
export function assertRegistered(response: LightMyRequestResponse): Json {
  assertJson(response, 201)
  const metadata = response.json<Json>()
  assert.equal(metadata['error'], undefined)
  assert.ok(metadata['client_id'])
  // RFC 7592 §3: both or neither.
  assert.ok(metadata['registration_access_token'])
  assert.equal(new URL(String(metadata['registration_client_uri'])).protocol, 'https:')
  return metadata
}

export function assertRegistrationRefused(response: LightMyRequestResponse, ...errors: readonly string[]): void {
  assertJson(response, 400)
  assert.ok(errors.includes(response.json().error), response.body)
}

export interface Registering {
  readonly redirectUri: string
  readonly authentication: SuiteClient['authentication']
  /** By value, unless told. */
  readonly key?: ClientKey
  /** Beside, or instead of, what every module registers; undefined takes a member away. */
  readonly changes?: Json
}

export async function register(
  started: TestApp,
  { redirectUri, authentication, ...more }: Registering,
): Promise<Registered> {
  const { key = await anyKey(), changes = {} } = more
  const request = { ...registrationRequest(redirectUri, { authentication, key }), ...changes }
  const metadata = assertRegistered(await postRegistration(started, request))
  return {
    ...{ authentication, redirectUri, key, metadata },
    id: String(metadata['client_id']),
    secret: String(metadata['client_secret'] ?? ''),
  }
}

const management = async ({ app }: TestApp, method: 'GET' | 'DELETE', { metadata }: Registered) =>
  app.inject({
    method,
    url: new URL(String(metadata['registration_client_uri'])).pathname,
    headers: { authorization: `Bearer ${metadata['registration_access_token']}`, accept: 'application/json' },
  })

/** RFC 7592 §2.1 */
export async function readRegistration(started: TestApp, client: Registered): Promise<Json> {
  const response = await management(started, 'GET', client)
  assertJson(response)
  return response.json()
}

/** RFC 7592 §2.3: the suite does it at the end of every module. */
export async function unregister(started: TestApp, client: Registered): Promise<void> {
  const response = await management(started, 'DELETE', client)
  assert.equal(response.statusCode, 204, response.body)
}
