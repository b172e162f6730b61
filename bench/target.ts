/** A server as its clients see it: found by discovery, asked over HTTP, every answer checked. */
import { createHash, randomBytes } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { BenchError } from './bench-error.ts'
import type { Browser } from './browser.ts'
import { APP_SCOPE, AUDIENCE, type Client, REDIRECT_URI, SERVICE_SCOPE } from './clients.ts'
import { type Answer, type Connection, headerOf, type Request } from './http-connection.ts'

export interface Target {
  readonly issuer: string
  /** Paths, by their names in the metadata. */
  path(endpoint: string): string
  /** Rejects unless the server's published keys have signed it for this audience. */
  verify(token: string, audience: string): Promise<void>
}

export interface Tokens {
  readonly access: string
  readonly refresh: string
  readonly id: string
}

export const DISCOVERY = '/.well-known/openid-configuration'

const VERIFIER = randomBytes(32).toString('base64url')
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const NONCE = randomBytes(16).toString('base64url')
let requests = 0

type Json = Readonly<Record<string, unknown>>

export async function findTarget(issuer: string): Promise<Target> {
  const metadata = (await get(`${issuer}${DISCOVERY}`)) as Json
  const keys = createLocalJWKSet((await get(String(metadata['jwks_uri']))) as JSONWebKeySet)
  return {
    issuer,
    path: (endpoint) => new URL(String(metadata[`${endpoint}_endpoint`])).pathname,
    async verify(token, audience) {
      await jwtVerify(token, keys, { issuer, audience })
    },
  }
}

const get = async (url: string): Promise<unknown> => (await fetch(url, { headers: { connection: 'close' } })).json()

export function authorizationPath(target: Target, client: Client, state: string): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: REDIRECT_URI,
    scope: APP_SCOPE,
    state,
    nonce: NONCE,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  })
  return `${target.path('authorization')}?${query}`
}

/** Gives the code. */
export async function authorize(
  target: Target,
  connection: Connection,
  client: Client,
  browser: Browser,
): Promise<string> {
  const state = `state-${++requests}`
  const path = authorizationPath(target, client, state)
  const answer = await connection.send({ method: 'GET', path, headers: { Cookie: browser.cookies(path) } })
  browser.keep(answer)
  const location = headerOf(answer.head, 'location') ?? ''
  const response = new URLSearchParams(location.slice(REDIRECT_URI.length + 1))
  const code = response.get('code')
  expect(answer.status === 302 || answer.status === 303, 'authorize', answer)
  expect(location.startsWith(`${REDIRECT_URI}?`) && code !== null && code.length > 20, 'authorize', answer)
  expect(response.get('state') === state && response.get('iss') === target.issuer, 'authorize', answer)
  return code ?? ''
}

export async function redeem(
  target: Target,
  connection: Connection,
  { client, code }: { client: Client; code: string },
): Promise<Tokens> {
  const form = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier: VERIFIER }
  const answer = await connection.send(formPost(target.path('token'), client, form))
  return tokensOf(target, client, answer, NONCE)
}

export async function refresh(target: Target, connection: Connection, client: Client, before: Tokens): Promise<Tokens> {
  const form = { grant_type: 'refresh_token', refresh_token: before.refresh }
  const answer = await connection.send(formPost(target.path('token'), client, form))
  const tokens = tokensOf(target, client, answer, undefined)
  expect(tokens.refresh !== before.refresh && tokens.access !== before.access, 'refresh rotates', answer)
  return tokens
}

/** Gives the access token. */
export async function clientCredentials(target: Target, connection: Connection, client: Client): Promise<string> {
  const form = { grant_type: 'client_credentials', scope: SERVICE_SCOPE }
  const answer = await connection.send(formPost(target.path('token'), client, form))
  const token = text(jsonOf(answer, 'client_credentials')['access_token'])
  const { header, claims } = partsOf(token)
  const isRight = claims['client_id'] === client.id && claims['aud'] === AUDIENCE && claims['scope'] === SERVICE_SCOPE
  expect(header['alg'] === client.algorithm && header['typ'] === 'at+jwt' && isRight, 'client_credentials', answer)
  return token
}

export async function userinfo(target: Target, connection: Connection, { access, id }: Tokens): Promise<void> {
  const headers = { Authorization: `Bearer ${access}` }
  const answer = await connection.send({ method: 'GET', path: target.path('userinfo'), headers })
  const claims = jsonOf(answer, 'userinfo')
  expect(claims['sub'] === partsOf(id).claims['sub'] && text(claims['email']).includes('@'), 'userinfo', answer)
}

export async function introspect(
  target: Target,
  connection: Connection,
  client: Client,
  { access, id }: Tokens,
): Promise<void> {
  const answer = await connection.send(formPost(target.path('introspection'), client, { token: access }))
  const described = jsonOf(answer, 'introspection')
  const isRight = described['client_id'] === client.id && described['sub'] === partsOf(id).claims['sub']
  expect(described['active'] === true && isRight, 'introspection', answer)
}

export async function discover(target: Target, connection: Connection): Promise<void> {
  const answer = await connection.send({ method: 'GET', path: DISCOVERY })
  expect(jsonOf(answer, 'discovery')['issuer'] === target.issuer, 'discovery', answer)
}

/** RFC 6749 §2.3.1: client_secret_basic. */
function formPost(path: string, { id, secret }: Client, form: Record<string, string>): Request {
  const headers = { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
  return { method: 'POST', path, headers, body: new URLSearchParams(form).toString() }
}

function tokensOf(target: Target, client: Client, answer: Answer, nonce: string | undefined): Tokens {
  const json = jsonOf(answer, 'tokens')
  const tokens = {
    access: text(json['access_token']),
    refresh: text(json['refresh_token']),
    id: text(json['id_token']),
  }
  expect(json['token_type'] === 'Bearer' && tokens.access.length > 20 && tokens.refresh.length > 20, 'tokens', answer)
  const { header, claims } = partsOf(tokens.id)
  expect(header['alg'] === client.algorithm && claims['iss'] === target.issuer, 'ID token', answer)
  expect(claims['aud'] === client.id && text(claims['sub']).length > 0, 'ID token', answer)
  expect(nonce === undefined || claims['nonce'] === nonce, 'nonce', answer)
  return tokens
}

function jsonOf(answer: Answer, what: string): Json {
  expect(answer.status === 200 && answer.body.startsWith('{'), what, answer)
  return JSON.parse(answer.body)
}

function partsOf(token: string): { header: Json; claims: Json } {
  const [header, claims] = token.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
  return { header, claims }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

function expect(isRight: boolean, what: string, { head, body }: Answer): void {
  if (!isRight) throw new BenchError(`a wrong answer (${what}):\n${head}\n\n${body.slice(0, 1000)}`)
}
