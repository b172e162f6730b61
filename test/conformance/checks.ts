/** What the official suite checks in every module, whatever else the module is about. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { ISSUER } from '../fixtures/test-app.ts'
import { userinfo } from '../fixtures/test-client.ts'

type Json = Readonly<Record<string, unknown>>

export const discovery = async (app: FastifyInstance): Promise<Json> => {
  const response = await app.inject({ url: '/.well-known/openid-configuration' })
  assertJson(response)
  return response.json()
}

export function assertJson(response: LightMyRequestResponse, status = 200): void {
  assert.equal(response.statusCode, status, response.body)
  assert.match(String(response.headers['content-type']), /^application\/json(;|$)/)
}

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const NEEDED: Readonly<Record<string, readonly string[]>> = { RSA: ['n', 'e'], EC: ['x', 'y'], OKP: ['x', 'crv'] }

/** The published keys: usable, named, each name once, nothing of them secret. */
export async function serverKeys(app: FastifyInstance): Promise<JSONWebKeySet> {
  const { pathname } = new URL(String((await discovery(app))['jwks_uri']))
  const response = await app.inject({ url: pathname })
  assert.equal(response.statusCode, 200)
  const keys = response.json<JSONWebKeySet>()
  assert.ok(keys.keys.length > 0)
  for (const key of keys.keys) {
    const needed = NEEDED[String(key.kty)]
    assert.ok(needed, `a key of kind ${key.kty}`)
    for (const member of needed) {
      if (member !== 'crv') assert.match(String(key[member as 'x']), /^[A-Za-z0-9_-]+$/)
      assert.ok(Object.hasOwn(key, member), `${key.kty} without ${member}`)
    }
    for (const member of PRIVATE) assert.ok(!Object.hasOwn(key, member), `the key set shows ${member}`)
  }
  const names = keys.keys.map(({ kid }) => kid)
  assert.ok(names.every((name) => typeof name === 'string' && name !== ''))
  assert.equal(new Set(names).size, names.length)
  return keys
}

export interface IdTokenExpectations {
  readonly clientId: string
  /** Undefined: there must be none. */
  readonly nonce: string | undefined
  readonly accessToken?: string
  readonly now: Date
}

/** OpenID Connect Core §2 and §3.1.3.7: its signature by a published key, and every claim that is always checked. */
export async function idTokenClaims(
  app: FastifyInstance,
  token: string,
  { clientId, nonce, accessToken, now }: IdTokenExpectations,
): Promise<Json> {
  const keys = await serverKeys(app)
  const { kid } = decodeProtectedHeader(token)
  assert.ok(
    keys.keys.some((key) => key.kid === kid),
    `no published key is named ${kid}`,
  )
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
    ...{ issuer: ISSUER, audience: clientId, currentDate: now },
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
  })
  assert.ok(Number(payload.iat) <= now.getTime() / 1000)
  assert.equal(payload['nonce'], nonce)
  assert.match(String(payload.sub), /^[\x21-\x7e]{1,255}$/)
  if (accessToken !== undefined && payload['at_hash'] !== undefined) {
    const left = hash('sha256', accessToken, 'buffer').subarray(0, 16)
    assert.equal(payload['at_hash'], left.toString('base64url'))
  }
  assertClaimTypes(payload)
  return payload
}

/** Userinfo as JSON: the subject of the ID token, and claims of the right types (§5.3.2). */
export async function userinfoClaims(app: FastifyInstance, accessToken: string, idToken: Json): Promise<Json> {
  const response = await userinfo(app, accessToken)
  assertJson(response)
  const claims = response.json<Json>()
  assert.equal(claims['sub'], idToken['sub'])
  assertClaimTypes(claims)
  return claims
}

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== ''
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isTime = (value: unknown): boolean => typeof value === 'number' && value > 0

const KIND: Readonly<Record<string, (value: unknown) => boolean>> = {
  ...Object.fromEntries(
    [
      ...['sub', 'name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile'],
      ...['picture', 'website', 'email', 'gender', 'zoneinfo', 'locale', 'phone_number'],
    ].map((name) => [name, isText]),
  ),
  birthdate: (value) => /^(\d{4}-\d{2}-\d{2}|\d{4})$/.test(String(value)),
  email_verified: isFlag,
  phone_number_verified: isFlag,
  updated_at: isTime,
  address: (value) =>
    typeof value === 'object' && value !== null && Object.keys(value).length > 0 && Object.values(value).every(isText),
}

/** OpenID Connect Core §5.1: standard claims have the types of the standard, and none is empty. */
export function assertClaimTypes(claims: Json): void {
  for (const [name, value] of Object.entries(claims)) {
    assert.ok(KIND[name]?.(value) ?? true, `${name} is ${JSON.stringify(value)}`)
  }
}

const ERROR_FIELDS = ['error', 'error_description', 'error_uri', 'state', 'session_state', 'iss']

/** An error that a client gets: only the fields of the standard, of the characters that it allows (RFC 6749 §4.1.2.1, RFC 9207 §2). */
export function assertErrorFields(fields: URLSearchParams, state: string | undefined): void {
  assert.equal(fields.get('state') ?? undefined, state)
  assert.equal(fields.get('iss') ?? ISSUER, ISSUER)
  assert.ok(fields.get('error'))
  assert.equal(fields.get('code'), null)
  for (const name of fields.keys()) assert.ok(ERROR_FIELDS.includes(name), `an error with ${name}`)
  assert.match(fields.get('error_description') ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
}

/** An error of the token endpoint (RFC 6749 §5.2). */
export function assertTokenError(response: LightMyRequestResponse, error: string, status = 400): void {
  assertJson(response, status)
  const body = response.json<Record<string, string>>()
  assert.equal(body['error'], error, response.body)
  assert.match(body['error'] ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  assert.match(body['error_description'] ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
}

/** Bits by Shannon's measure over the characters of the text itself, as the suite estimates it. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let perCharacter = 0
  for (const count of counts.values()) perCharacter -= (count / text.length) * Math.log2(count / text.length)
  return perCharacter * text.length
}
