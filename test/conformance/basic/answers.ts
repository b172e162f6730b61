/** Basic OP: the answers of the authorization, token and userinfo endpoints. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { postForm, userinfo } from '../../fixtures/test-client.ts'
import { assertClaimTypes, assertErrorFields, assertJson, discovery, entropyOf } from '../checks.ts'
import { aRun } from '../run.ts'
import { newRun, type Setting } from '../setting.ts'

export function answerModules(setting: Setting): void {
  const { started, mode } = setting
  signatureModule(setting)
  userinfoModules(setting)

  test('[oidcc-server] a sign-on: the answer, the code, the tokens, the claims', async () => {
    const run = await newRun(setting)
    const { answer, tokens, idToken } = await run.signOn()
    const code = answer.get('code') ?? ''
    assert.ok(code.length * 8 >= 128)
    assert.ok(entropyOf(code) >= 96, `${entropyOf(code)} bits`)
    assert.deepEqual([...answer.keys()].sort(), ['code', 'iss', 'state'])
    // OpenID Connect Core §5.4: with an access token, what a scope asks for is at userinfo, not in the ID token.
    assert.equal(idToken['name'], undefined)
    assert.equal(tokens.expires_in, 300)
  })

  test('[oidcc-server-client-secret-post] the same of a client that sends its secret in the body', async () => {
    const run = aRun(started(), { mode, client: await setting.posting() })
    await run.signOn()
    const { token_endpoint_auth_methods_supported: methods } = await discovery(started().app)
    assert.ok(
      Array.isArray(methods) && methods.includes('client_secret_post') && methods.includes('client_secret_basic'),
    )
  })

  test('[oidcc-response-type-missing] the client gets invalid_request or unsupported_response_type', async () => {
    const run = await newRun(setting)
    const request = run.request({ response_type: undefined })
    const journey = await run.authorize(request)
    const fields = run.fieldsOf(journey)
    assertErrorFields(fields, request['state'])
    assert.match(fields.get('error') ?? '', /^(invalid_request|unsupported_response_type)$/)
    assert.deepEqual(journey.asked, [])
  })

  test('[oidcc-idtoken-unsigned] does not apply: alg none is not offered', async () => {
    const document = await discovery(started().app)
    const algorithms = document['id_token_signing_alg_values_supported']
    assert.ok(Array.isArray(algorithms) && !algorithms.includes('none'))
  })

  test('[oidcc-ensure-request-without-nonce-succeeds-for-code-flow] no nonce, no claim nonce', async () => {
    const run = await newRun(setting)
    const { idToken } = await run.signOn({ nonce: undefined })
    assert.equal(idToken['nonce'], undefined)
  })
}

export function signatureModule(setting: Setting): void {
  test('[oidcc-idtoken-signature] RS256 where nothing else is said, and the key has a name', async () => {
    const run = await newRun(setting)
    const { tokens } = await run.signOn()
    const { alg, kid } = decodeProtectedHeader(tokens.id_token)
    assert.equal(alg, 'RS256')
    assert.ok(kid)
  })
}

export function userinfoModules(setting: Setting): void {
  const { started } = setting

  const asked: [string, string, (token: string) => ReturnType<typeof userinfo>][] = [
    ['oidcc-userinfo-get', 'by GET', (token) => userinfo(started().app, token)],
    [
      'oidcc-userinfo-post-header',
      'by POST with the token in the header',
      (token) => postForm(started().app, '/userinfo', {}, { authorization: `Bearer ${token}` }),
    ],
    [
      'oidcc-userinfo-post-body',
      'by POST with the token in the body',
      (token) => postForm(started().app, '/userinfo', { access_token: token }),
    ],
  ]
  for (const [module, title, ask] of asked) {
    test(`[${module}] userinfo ${title}: JSON, the subject of the ID token`, async () => {
      const run = await newRun(setting)
      const { tokens, idToken } = await run.signOn()
      const response = await ask(tokens.access_token)
      assertJson(response)
      const claims = response.json()
      assertClaimTypes(claims)
      assert.equal(claims.sub, idToken['sub'])
      // No aggregated or distributed claims (§5.6.2): nothing refers to nothing.
      assert.equal(claims._claim_names, undefined)
    })
  }
}
