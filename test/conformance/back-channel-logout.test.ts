/** Back-Channel Logout OP: one test for each module of `oidcc-backchannel-rp-initiated-logout-certification-test-plan`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { ISSUER } from '../fixtures/test-app.ts'
import { discovery, serverKeys } from './checks.ts'
import { assertLedBack, assertSignedOut, endSession, endSessionRequest } from './logout.ts'
import { newRun, servedClient } from './setting.ts'
import { BACK_CHANNEL } from './site.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

describe('Back-Channel Logout OP', () => {
  const setting = servedClient(BACK_CHANNEL)

  test('[oidcc-backchannel-logout-discovery-endpoint-verification] supported, with sid, and an end_session_endpoint', async () => {
    const document = await discovery(setting.started().app)
    assert.equal(document['backchannel_logout_supported'], true)
    assert.equal(document['backchannel_logout_session_supported'], true)
    assert.equal(new URL(String(document['end_session_endpoint'])).protocol, 'https:')
  })

  test('[oidcc-backchannel-rp-initiated-logout] the client’s server gets a logout token, the browser comes back, nobody is signed in', async () => {
    const { started, server, base } = setting
    const { app, clock, deps } = started()
    const run = await newRun(setting)
    const signedOn = await run.signOn()
    const request = endSessionRequest(signedOn, `${base()}/post_logout_redirect`)
    const journey = await endSession(run, request)
    await deps.deliveries.idle()

    const [told, ...others] = server().received.filter(({ path }) => path.endsWith('/backchannel_logout'))
    assert.ok(told)
    assert.equal(others.length, 0)
    assert.equal(told.method, 'POST')
    assert.match(String(told.headers['content-type']), /^application\/x-www-form-urlencoded(;|$)/)
    const form = new URLSearchParams(told.body)
    assert.deepEqual([...form.keys()], ['logout_token'])
    const { payload, protectedHeader } = await jwtVerify(
      form.get('logout_token') ?? '',
      createLocalJWKSet(await serverKeys(app)),
      {
        ...{ issuer: ISSUER, audience: BACK_CHANNEL.id, currentDate: new Date(clock.now()) },
        requiredClaims: ['iat', 'jti', 'events'],
      },
    )
    assert.equal(protectedHeader.alg, 'RS256')
    assert.deepEqual(payload['events'], { [EVENT]: {} })
    assert.equal(payload.sub, signedOn.idToken['sub'])
    assert.ok(payload['sid'])
    assert.equal(payload['sid'], signedOn.idToken['sid'])
    assert.equal(payload['nonce'], undefined)

    assertLedBack(journey, request)
    await assertSignedOut(run)
  })
})
