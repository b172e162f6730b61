/** What the apps' servers do, rightly and wrongly, with secrets wherever somebody may put them. */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { assertionFields, jwtOf } from '../fixtures/client-assertion.ts'
import { ecPair } from '../fixtures/client-keys.ts'
import type { HttpBrowser } from '../fixtures/http-browser.ts'
import type { Answer } from './http.ts'
import { requestOf, type SignOn, signOn } from './people.ts'
import { CALLBACK, type World } from './world.ts'

type Fields = Readonly<Record<string, string>>

export interface Tokens {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token: string
}

export const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${encodeURIComponent(secret)}`).toString('base64')}`,
})
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

export const post = ({ http }: World, path: string, body: Fields | string, headers: Fields = {}): Promise<Answer> =>
  http.ask(path, { method: 'POST', body, headers })

const codeFields = ({ code, verifier }: Pick<SignOn, 'code' | 'verifier'>): Record<string, string> => ({
  ...{ grant_type: 'authorization_code', redirect_uri: CALLBACK },
  ...{ code, code_verifier: verifier },
})

function good(answer: Answer): Tokens {
  assert.equal(answer.status, 200, answer.body)
  return answer.json<{ access_token: string; id_token: string; refresh_token: string }>()
}

/** An assertion that is remembered. */
function assertionOf(
  world: World,
  id: string,
  { header, key, more = {} }: { header: object; key: Parameters<typeof jwtOf>[2]; more?: object },
) {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: id,
    sub: id,
    aud: world.installation.issuer,
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
    ...more,
  }
  return world.canaries.add('client assertion', jwtOf({ ...header }, claims, key))
}

const signerAssertion = (world: World, more: object = {}) =>
  assertionFields(
    assertionOf(world, 'signer', { header: { alg: 'ES256', kid: 'one' }, key: world.keys.signer.privateKey, more }),
  )

/** Codes to tokens by every way to authenticate; the wrong ways first. */
export async function redeem(world: World, browser: HttpBrowser): Promise<Tokens> {
  const { canaries, secrets } = world
  const asApp = basic('app', secrets.basic)
  const first = await signOn(world, browser, 'app', { scope: 'openid profile email offline_access' })
  const fields = codeFields(first)
  const wrong = canaries.make('wrong client secret')
  await post(world, '/token', { ...fields, code_verifier: canaries.make('wrong code verifier') }, asApp)
  await post(world, '/token', fields, basic('app', wrong))
  await post(world, '/token', fields, basic(secrets.basic, 'app'))
  await post(world, '/token', { ...fields, client_id: 'app', client_secret: secrets.basic })
  await post(world, '/token', { ...fields, client_id: 'app', client_secret: secrets.basic }, asApp)
  await post(world, '/token', { ...fields, client_id: secrets.basic })
  await post(
    world,
    '/token',
    { ...fields, redirect_uri: `https://x:${secrets.basic}@app.example/?code=${first.code}` },
    asApp,
  )
  await post(world, `/token?client_secret=${secrets.basic}&code=${first.code}`, fields, {})
  const tokens = good(await post(world, '/token', fields, asApp))

  const second = await signOn(world, browser, 'post')
  await post(world, '/token', {
    ...codeFields(second),
    client_id: 'post',
    client_secret: canaries.make('wrong client secret'),
  })
  good(await post(world, '/token', { ...codeFields(second), client_id: 'post', client_secret: secrets.post }))

  const third = await signOn(world, browser, 'hs')
  const shared = assertionOf(world, 'hs', { header: { alg: 'HS256' }, key: secrets.jwt })
  await post(world, '/token', { ...codeFields(third), ...assertionFields(`${shared}x`) })
  good(await post(world, '/token', { ...codeFields(third), ...assertionFields(shared) }))
  await post(world, '/token', { ...codeFields(third), ...assertionFields(shared) })

  const fourth = await signOn(world, browser, 'signer')
  const foreign = { header: { alg: 'ES256', kid: secrets.basic, typ: secrets.post }, key: ecPair().privateKey }
  await post(world, '/token', { ...codeFields(fourth), ...assertionFields(assertionOf(world, 'signer', foreign)) })
  await post(world, '/token', {
    ...codeFields(fourth),
    ...signerAssertion(world, { exp: 1, aud: secrets.basic, iss: secrets.post }),
  })
  await post(world, '/token', { ...codeFields(fourth), ...signerAssertion(world, { exp: 1 }) })
  good(await post(world, '/token', { ...codeFields(fourth), ...signerAssertion(world) }))
  return tokens
}

/** Every use of tokens, and each of their abuses. */
export async function useTokens(world: World, tokens: Tokens): Promise<void> {
  const { http, secrets, canaries } = world
  const { access_token: access, refresh_token: refresh, id_token: id } = tokens
  const asApp = basic('app', secrets.basic)
  const asRobot = basic('robot', secrets.robot)
  assert.equal((await http.ask('/userinfo', { headers: bearer(access) })).status, 200)
  for (const token of [`${access}x`, refresh, id, secrets.basic])
    await http.ask('/userinfo', { headers: bearer(token) })
  await post(world, '/userinfo', { access_token: access })
  await post(world, '/userinfo', { access_token: access }, bearer(access))
  await http.ask(`/userinfo?access_token=${access}`)
  await http.ask('/userinfo', { headers: { authorization: `DPoP ${access}`, dpop: canaries.make('DPoP proof') } })
  for (const token of [access, refresh, id, `${refresh.slice(0, -1)}A`, secrets.basic]) {
    await post(world, '/introspect', { token }, asApp)
    await post(
      world,
      '/introspect',
      { token, token_type_hint: token },
      { ...asApp, accept: 'application/token-introspection+jwt' },
    )
    await post(world, '/introspect', { token })
    await post(world, '/introspect', { token }, asRobot)
  }
  good(await post(world, '/token', { grant_type: 'refresh_token', refresh_token: refresh }, asApp))
  const wrongly: readonly Fields[] = [
    ...[
      { refresh_token: id },
      { refresh_token: `${refresh.slice(0, -1)}A` },
      { scope: access, refresh_token: refresh },
    ],
    { grant_type: refresh, refresh_token: refresh },
    { refresh_token: refresh, resource: `https://x:${secrets.basic}@api.example/?token=${access}` },
    { refresh_token: refresh, password: secrets.password, username: 'alice', grant_type: 'password' },
    { refresh_token: '\0', code: canaries.make('code in a field that is none'), other: access },
  ]
  for (const fields of wrongly) await post(world, '/token', { grant_type: 'refresh_token', ...fields }, asApp)
  good(await post(world, '/token', { grant_type: 'client_credentials' }, asRobot))
  await post(world, '/token', { grant_type: 'client_credentials', scope: access }, asRobot)
  await post(world, '/token', { grant_type: 'client_credentials', client_id: refresh })
  await post(world, '/revoke', { token: access, token_type_hint: refresh }, asApp)
  await post(world, '/revoke', { token: `${access}x` }, asApp)
  await post(world, '/revoke', { token: refresh })
}

/** A code and a refresh token that come twice: somebody has stolen them. */
export async function stealTokens(world: World, browser: HttpBrowser): Promise<void> {
  const { secrets } = world
  const stolen = await signOn(world, browser, 'app')
  const asApp = basic('app', secrets.basic)
  good(await post(world, '/token', codeFields(stolen), asApp))
  assert.equal((await post(world, '/token', codeFields(stolen), asApp)).status, 400)
  const callback = 'https://spa.example/callback'
  const spa = await signOn(world, browser, 'spa', { redirect_uri: callback, scope: 'openid offline_access' })
  const asSpa = { client_id: 'spa' }
  const tokens = good(await post(world, '/token', { ...codeFields(spa), ...asSpa, redirect_uri: callback }))
  const refresh = (refresh_token: string) =>
    post(world, '/token', { grant_type: 'refresh_token', ...asSpa, refresh_token })
  const next = good(await refresh(tokens.refresh_token))
  good(await refresh(next.refresh_token))
  assert.equal((await refresh(tokens.refresh_token)).status, 400)
}

/** Requests that are pushed or signed, and answers that go through the browser's address bar or a form. */
export async function askOtherwise(world: World, browser: HttpBrowser, tokens: Tokens): Promise<void> {
  const { canaries, secrets, keys, installation, http } = world
  const { parameters } = requestOf(world, 'post', { login_hint: 'alice' })
  const asPost = { client_id: 'post', client_secret: secrets.post }
  const pushed =
    (await post(world, '/par', { ...parameters, ...asPost, other: tokens.access_token })).json()['request_uri'] ?? ''
  for (let i = 0; i < 2; i++)
    await browser.open(
      `${installation.issuer}/authorize?${new URLSearchParams({ client_id: 'post', request_uri: pushed })}`,
    )
  const signed = requestOf(world, 'signer').parameters
  const objectOf = (claims: object, key = keys.signer.privateKey) =>
    canaries.add(
      'request object',
      jwtOf({ alg: 'ES256', kid: 'one' }, { iss: 'signer', aud: installation.issuer, ...claims }, key),
    )
  await post(world, '/par', { ...signerAssertion(world), request: objectOf(signed) })
  await post(world, '/par', { ...signerAssertion(world), request: objectOf({ ...signed, exp: 1 }) })
  const authorize = (more: Fields) =>
    browser.open(`${installation.issuer}/authorize?${new URLSearchParams({ ...signed, ...more })}`)
  await authorize({ request: objectOf(signed) })
  await authorize({ request: objectOf(signed, ecPair().privateKey) })
  await authorize({ request: objectOf({ ...signed, aud: secrets.basic, iss: secrets.basic }) })
  await authorize({ request: objectOf(signed), request_uri: `urn:ietf:params:oauth:request_uri:${secrets.basic}` })
  await authorize({ request_uri: `https://app.example/${secrets.basic}` })
  await signOn(world, browser, 'app', { response_mode: 'form_post' })
  await browser.authorize(requestOf(world, 'old', { response_type: 'id_token token' }).url)

  // Where no secret belongs.
  const strange: readonly Fields[] = [
    { redirect_uri: `https://x:${secrets.basic}@app.example/callback?access_token=${tokens.access_token}` },
    { redirect_uri: `https://app.example/${tokens.refresh_token}` },
    ...[
      'prompt',
      'response_type',
      'response_mode',
      'scope',
      'acr_values',
      'max_age',
      'display',
      'claims',
      'client_id',
    ].map((name) => ({ [name]: tokens.refresh_token })),
    { resource: `https://api.example/${tokens.refresh_token}` },
    { claims: `{"id_token": {"${tokens.refresh_token}": ` },
    { prompt: 'none', id_token_hint: `${tokens.id_token}x` },
    { prompt: 'login', id_token_hint: tokens.id_token },
    {
      prompt: 'login',
      client_secret: secrets.basic,
      code: tokens.refresh_token,
      token: tokens.access_token,
      note: secrets.password,
    },
    { code_challenge: requestOf(world, 'app').verifier, code_challenge_method: 'plain' },
    { ui_locales: tokens.refresh_token, prompt: 'login' },
  ]
  for (const more of strange) await browser.get(requestOf(world, 'app', more).url)
  await http.ask('/authorize', {
    method: 'POST',
    body: { ...requestOf(world, 'app').parameters, client_secret: secrets.basic },
  })
}

/** RFC 7591, RFC 7592. */
export async function registerClients(world: World): Promise<void> {
  const { http, secrets, canaries } = world
  const asked = { redirect_uris: ['https://tool.example/callback'], client_name: 'Tool' }
  const json = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body))
  const send = (method: string, path: string, token: string, body?: unknown) =>
    http.ask(path, {
      method,
      headers: { ...bearer(token), 'content-type': 'application/json' },
      ...(body !== undefined && { body: json(body) }),
    })
  await send('POST', '/register', canaries.make('wrong initial access token'), asked)
  await send('POST', '/register', secrets.initial, `{"client_name": "${secrets.initial}" oops`)
  await send('POST', '/register', secrets.initial, { ...asked, token_endpoint_auth_method: secrets.basic })
  await send('POST', '/register', secrets.initial, { redirect_uris: [`https://x:${secrets.basic}@tool.example/cb`] })
  await send('POST', '/register', secrets.initial, {
    ...asked,
    jwks: { keys: [world.keys.signer.privateKey.export({ format: 'jwk' })] },
  })
  await send('POST', '/register', secrets.initial, {
    ...asked,
    client_secret: canaries.make('secret that a client chose'),
  })
  for (const method of ['client_secret_basic', 'client_secret_jwt']) {
    const made = await send('POST', '/register', secrets.initial, { ...asked, token_endpoint_auth_method: method })
    assert.equal(made.status, 201, made.body)
    const { client_id = '', client_secret = '', registration_access_token: token = '' } = made.json()
    const one = `/register/${client_id}`
    await send('GET', one, token)
    await send('GET', one, `${token}x`)
    await send('GET', `${one}?access_token=${token}`, 'x')
    await send('PUT', one, token, { ...asked, client_id, client_secret, client_name: 'Other' })
    await send('PUT', one, token, { ...asked, client_id, client_secret: canaries.make('wrong client secret') })
    await send('PUT', one, token, { ...asked, client_id, registration_access_token: token })
    if (method === 'client_secret_basic') await send('DELETE', one, token)
    await send('DELETE', `/register/${token}`, token)
  }
}

/** Bodies, headers and addresses that nobody should send. */
export async function sendNonsense(world: World, tokens: Tokens): Promise<void> {
  const { http, secrets, canaries, installation } = world
  const { access_token: access, refresh_token: refresh } = tokens
  const asApp = basic('app', secrets.basic)
  const bodies: readonly [string, string][] = [
    ['application/json', `{"grant_type": "refresh_token", "refresh_token": "${refresh}" `],
    ['application/x-www-form-urlencoded', `grant_type=refresh_token&refresh_token=%ZZ${refresh}`],
    ['application/x-www-form-urlencoded', `refresh_token=${refresh}&refresh_token=${refresh}&grant_type=refresh_token`],
    ['application/x-www-form-urlencoded', `${refresh}=${secrets.basic}&grant_type=${secrets.basic}`],
    ['application/x-www-form-urlencoded', `client_secret=${secrets.basic}&x=${'x'.repeat(70_000)}`],
    [`text/plain; ${secrets.basic}`, `password=${secrets.password}`],
    [`multipart/form-data; boundary=${refresh}`, `--${refresh}\r\n\r\n${secrets.password}`],
  ]
  for (const [type, body] of bodies)
    for (const path of ['/token', '/introspect', '/par', '/authorize', '/sign-out', '/register'])
      await http.ask(path, { method: 'POST', body, headers: { ...asApp, 'content-type': type } })
  const cookie = canaries.make('cookie of another app')
  const strange = {
    cookie: `other=${cookie}; __Host-countersign-session=${cookie}; __Host-countersign-browser=${cookie}; __Host-countersign-device=${cookie}`,
    'proxy-authorization': `Basic ${canaries.make('proxy authorization')}`,
    'x-forwarded-for': canaries.make('address that is none'),
    'x-forwarded-host': canaries.make('host that is none'),
    'x-request-id': canaries.make('request id of a proxy'),
    'x-api-key': canaries.make('API key'),
    referer: `https://app.example/callback?code=${refresh}`,
    origin: 'https://pages.example',
    traceparent: `00-${createHash('md5').update('x').digest('hex')}-00f067aa0ba902b7-01`,
    tracestate: `vendor=${canaries.make('trace state')}`,
    baggage: `token=${canaries.make('baggage')}`,
    'if-none-match': `"${canaries.make('entity tag')}"`,
    authorization: `Custom ${canaries.make('authorization of another kind')}`,
    accept: 'text/html',
  }
  const paths = [
    '/',
    '/admin',
    '/token',
    '/userinfo',
    '/jwks',
    '/.well-known/openid-configuration',
    '/authorize',
    '/readyz?verbose',
  ]
  for (const path of [...paths, '/check-session', '/livez', '/metrics', '/sign-in', '/signed-out', '/notices'])
    for (const method of ['GET', 'POST', 'OPTIONS']) await http.ask(path, { method, headers: strange })
  await post(
    world,
    '/token',
    { grant_type: 'client_credentials' },
    { ...asApp, 'x-forwarded-for': strange['x-forwarded-for'] },
  )
  const agent = `Tool/1 (${canaries.make('secret in a user agent')})`
  for (const path of ['/jwks', '/nowhere'])
    await http.ask(path, { headers: { 'user-agent': agent, 'x-forwarded-for': strange['x-forwarded-for'] } })
  for (const path of [
    ...[`/nowhere?code=${refresh}&password=${secrets.basic}`, `/nowhere/${refresh}`, `/token/${secrets.basic}`],
    ...[
      `/${access}`,
      `/reset;token=${secrets.basic}`,
      `/userinfo/${access}/x`,
      `/sign-in/${refresh}`,
      `/sign-in/${refresh}/password`,
    ],
    ...[
      `/admin/${secrets.basic}`,
      `/register/${secrets.initial}`,
      `/%ZZ${secrets.basic}`,
      `//${secrets.basic}@evil.example/`,
    ],
  ])
    for (const headers of [{ accept: 'text/html' }, { accept: '*/*' }]) await http.ask(path, { headers })
  const host = new URL(installation.issuer).host
  await http.raw(`${secrets.basic} / HTTP/9\r\n\r\n`)
  await http.raw(`GET /x HTTP/1.1\r\nHost: ${host}\r\nCookie: ${secrets.basic.repeat(600)}\r\n\r\n`)
  await http.raw(`GET /x HTTP/1.1\r\nHost: ${host}\r\n${secrets.basic} : x\r\nBad\x01: y\r\n\r\n`)
  await http.raw(
    `GET https://u:${secrets.basic}@${host}/nowhere HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  )
  await http.raw(`POST /token HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 9999\r\n\r\nrefresh_token=${refresh}`)
  const guess = () => basic('app', canaries.make('guessed client secret'))
  const statuses: number[] = []
  for (let i = 0; i < 6; i++)
    statuses.push(
      (
        await post(
          world,
          '/token',
          { grant_type: 'client_credentials' },
          { ...guess(), 'x-forwarded-for': '203.0.113.9' },
        )
      ).status,
    )
  assert.ok(statuses.includes(429), String(statuses))
}
