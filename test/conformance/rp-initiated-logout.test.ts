/** RP-Initiated Logout OP: one test for each module of `oidcc-rp-initiated-logout-certification-test-plan`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { claimsOf, headerOf } from '../fixtures/forged-tokens.ts'
import { discovery } from './checks.ts'
import {
  assertLedBack,
  assertSignedOut,
  assertStaysHere,
  type EndSession,
  endSession,
  endSessionRequest,
} from './logout.ts'
import { newRun, type Setting, staticClients } from './setting.ts'
import { POST_LOGOUT } from './site.ts'

describe('RP-Initiated Logout OP', () => {
  const setting = staticClients()
  returning(setting)
  staying(setting)
  signedOut(setting)

  test('[oidcc-rp-initiated-logout-discovery-endpoint-verification] end_session_endpoint is an https URL', async () => {
    const document = await discovery(setting.started().app)
    assert.equal(new URL(String(document['end_session_endpoint'])).protocol, 'https:')
    for (const [name, url] of Object.entries(document)) {
      if (name.endsWith('_endpoint')) assert.equal(new URL(String(url)).protocol, 'https:', name)
    }
  })
})

/** With a good hint and a registered URI. */
function returning(setting: Setting): void {
  test('[oidcc-rp-initiated-logout] back to the client with its state, and prompt=none fails afterwards', async () => {
    const run = await newRun(setting)
    const request = endSessionRequest(await run.signOn())
    assertLedBack(await endSession(run, request), request)
    await assertSignedOut(run)
  })

  test('[oidcc-rp-initiated-logout-no-state] back to the client without a state', async () => {
    const run = await newRun(setting)
    const { state: _, ...request } = endSessionRequest(await run.signOn())
    assertLedBack(await endSession(run, request), request)
    await assertSignedOut(run)
  })
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const unsigned = ({ id_token_hint }: EndSession): string =>
  `${base64url({ ...headerOf(id_token_hint), alg: 'none' })}.${id_token_hint.split('.')[1]}.`

/** An ID token as it should be, by a key that is not ours. */
async function forged({ id_token_hint }: EndSession): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const { kid } = { ...(await exportJWK(publicKey)), kid: 'suite' }
  return new SignJWT(claimsOf(id_token_hint)).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
}

type Change = (request: EndSession) => Partial<EndSession> | Promise<Partial<EndSession>>

/** What must never lead back to the client, whatever the person answers. */
function staying(setting: Setting): void {
  const modules: [string, string, Change][] = [
    [
      'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
      'a URI that is not registered',
      (request) => ({ ...request, post_logout_redirect_uri: `${POST_LOGOUT}/random` }),
    ],
    [
      'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
      'a registered URI with a query added',
      (request) => ({ ...request, post_logout_redirect_uri: `${POST_LOGOUT}?foo=bar` }),
    ],
    [
      'oidcc-rp-initiated-logout-modified-id-token-hint',
      'a hint with alg none',
      (request) => ({ ...request, id_token_hint: unsigned(request) }),
    ],
    [
      'oidcc-rp-initiated-logout-bad-id-token-hint',
      'a hint that somebody else signed',
      async (request) => ({ ...request, id_token_hint: await forged(request) }),
    ],
    ['oidcc-rp-initiated-logout-no-id-token-hint', 'no hint', ({ id_token_hint: _, ...request }) => request],
  ]
  for (const [module, title, change] of modules) {
    test(`[${module}] ${title}: nobody is sent to the client`, async () => {
      const run = await newRun(setting)
      const journey = await endSession(run, await change(endSessionRequest(await run.signOn())))
      assertStaysHere(journey)
      assert.doesNotMatch(journey.pages.join(''), /post_logout_redirect/)
    })
  }
}

/** Without a place to go back to: signed out, and a page that says so. */
function signedOut(setting: Setting): void {
  const modules: [string, string, Change][] = [
    ['oidcc-rp-initiated-logout-no-params', 'no parameters', () => ({})],
    ['oidcc-rp-initiated-logout-only-state', 'only a state', ({ state }) => ({ state })],
    [
      'oidcc-rp-initiated-logout-no-post-logout-redirect-uri',
      'no post_logout_redirect_uri',
      ({ post_logout_redirect_uri: _, ...request }) => request,
    ],
  ]
  for (const [module, title, change] of modules) {
    test(`[${module}] ${title}: the person is signed out, and a page says so`, async () => {
      const run = await newRun(setting)
      const { arrival, last } = await endSession(run, await change(endSessionRequest(await run.signOn())))
      assert.equal(arrival, undefined)
      assert.equal(last.statusCode, 200)
      assert.match(last.body, /<h1>[^<]*signed out/i)
      await assertSignedOut(run)
    })
  }
}
