/** Basic OP: redirection URIs, codes, refresh tokens, PKCE and request objects. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECOND as ONE_SECOND } from '../../../src/base/duration.ts'
import { CHALLENGE, VERIFIER } from '../../fixtures/test-browser.ts'
import { userinfo } from '../../fixtures/test-client.ts'
import { assertErrorPage } from '../../fixtures/test-pages.ts'
import { assertErrorFields, assertTokenError, discovery, idTokenClaims } from '../checks.ts'
import { aRun, assertTokens } from '../run.ts'
import { newRun, type Setting } from '../setting.ts'

export function codeModules(setting: Setting): void {
  const { started, mode } = setting

  test('[oidcc-ensure-registered-redirect-uri] an unregistered redirect_uri is an error page, and nobody goes there', async () => {
    const run = await newRun(setting)
    const { redirect_uri = '' } = run.request()
    const journey = await run.authorize(run.request({ redirect_uri: `${redirect_uri}/2wuVbXzA0p` }))
    assert.equal(journey.arrival, undefined)
    assertErrorPage(started(), journey.last)
  })

  test('[oidcc-codereuse] a code works once: then invalid_grant', async () => {
    const run = await newRun(setting)
    const { answer } = await run.signOn()
    assertTokenError(await run.token(run.codeFields(answer.get('code') ?? '')), 'invalid_grant')
  })

  test('[oidcc-codereuse-30seconds] the same half a minute later, and the access token of the first time is over', async () => {
    const run = await newRun(setting)
    const { answer, tokens } = await run.signOn()
    started().clock.advance(30 * ONE_SECOND)
    assertTokenError(await run.token(run.codeFields(answer.get('code') ?? '')), 'invalid_grant')
    const response = await userinfo(started().app, tokens.access_token)
    assert.ok(response.statusCode >= 400 && response.statusCode < 500, `${response.statusCode}`)
  })

  test('[oidcc-refresh-token] new tokens for the same sign-on, and only for the client that they belong to', async () => {
    const document = await discovery(started().app)
    assert.ok((document['grant_types_supported'] as string[]).includes('refresh_token'))
    const firstClient = await setting.first()
    const first = aRun(started(), { mode, client: firstClient })
    const second = aRun(started(), { mode, client: await setting.second() })
    for (const run of [first, second]) {
      const scope = 'openid offline_access'
      const { tokens, idToken, journey } = await run.signOn({ scope, prompt: 'consent' })
      assert.ok(journey.asked.includes('consent'))
      const { refresh_token } = tokens
      assert.match(refresh_token, /^[\x20-\x7e]{16,}$/)
      started().clock.advance(ONE_SECOND)
      // The scope may be sent again, or left out (RFC 6749 §6).
      const again = { grant_type: 'refresh_token', refresh_token, scope: run === first ? scope : undefined }
      if (run === second) assertTokenError(await first.token({ ...again, scope }), 'invalid_grant')
      const response = await run.token(again)
      assert.equal(response.headers['cache-control'], 'no-store')
      assert.equal(response.headers['pragma'], 'no-cache')
      const refreshed = assertTokens(response)
      assert.notEqual(refreshed.access_token, tokens.access_token)
      const clientId = String(idToken['aud'])
      const now = new Date(started().clock.now())
      const claims = await idTokenClaims(started().app, refreshed.id_token, { clientId, nonce: undefined, now })
      for (const name of ['iss', 'sub', 'aud', 'auth_time', 'azp']) assert.deepEqual(claims[name], idToken[name], name)
      assert.ok(Number(claims['iat']) > Number(idToken['iat']))
      assert.equal((await userinfo(started().app, refreshed.access_token)).statusCode, 200)
    }
  })

  test('[oidcc-ensure-request-with-valid-pkce-succeeds] PKCE of a client that need not use it', async () => {
    const run = await newRun(setting)
    const changes = { code_challenge: CHALLENGE, code_challenge_method: 'S256' }
    await run.signOn(changes, { token: { code_verifier: VERIFIER } })
  })

  requestObjectModules(setting)
}

const unsigned = (claims: object): string =>
  `${[{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`

/** Request objects without a signature: where the suite would ask for them at all, they have to be refused by their name. */
function requestObjectModules(setting: Setting): void {
  const { started } = setting

  test('[oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported] refused, by the name of the error', async () => {
    const run = await newRun(setting)
    const { state: _, nonce: __, ...outside } = run.request()
    const journey = await run.authorize({ ...outside, request: unsigned(run.request()) })
    const fields = run.fieldsOf(journey)
    assertErrorFields(fields, undefined)
    assert.equal(fields.get('error'), 'request_not_supported')
    assert.deepEqual(journey.asked, [])
  })

  test('[oidcc-ensure-request-object-with-redirect-uri] with an unregistered redirect_uri outside: an error page', async () => {
    const run = await newRun(setting)
    const inside = run.request()
    const outside = { ...inside, redirect_uri: `${inside['redirect_uri']}/2wuVbXzA0p`, request: unsigned(inside) }
    const journey = await run.authorize(outside)
    assert.equal(journey.arrival, undefined)
    assertErrorPage(started(), journey.last)
  })

  test('[oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported] refused, by the name of the error', async () => {
    const run = await newRun(setting)
    const { state: _, nonce: __, ...outside } = run.request()
    const journey = await run.authorize({ ...outside, request_uri: 'https://suite.example/requesturi/2wuVbXzA0p' })
    const fields = run.fieldsOf(journey)
    assertErrorFields(fields, undefined)
    assert.equal(fields.get('error'), 'request_uri_not_supported')
  })
}
