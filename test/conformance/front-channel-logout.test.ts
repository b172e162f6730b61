/** Front-Channel Logout OP: one test for each module of `oidcc-frontchannel-rp-initiated-logout-certification-test-plan`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ISSUER } from '../fixtures/test-app.ts'
import { discovery } from './checks.ts'
import { assertLedBack, assertSignedOut, endSession, endSessionRequest } from './logout.ts'
import { newRun, servedClient } from './setting.ts'
import { FRONT_CHANNEL } from './site.ts'

describe('Front-Channel Logout OP', () => {
  const setting = servedClient(FRONT_CHANNEL)

  test('[oidcc-frontchannel-logout-discovery-endpoint-verification] supported, with sid, and an end_session_endpoint', async () => {
    const document = await discovery(setting.started().app)
    assert.equal(document['frontchannel_logout_supported'], true)
    assert.equal(document['frontchannel_logout_session_supported'], true)
    assert.equal(new URL(String(document['end_session_endpoint'])).protocol, 'https:')
  })

  test('[oidcc-frontchannel-rp-initiated-logout] the client’s page is opened with iss and sid, the browser comes back, nobody is signed in', async () => {
    const { base } = setting
    const run = await newRun(setting)
    const signedOn = await run.signOn()
    const request = endSessionRequest(signedOn, `${base()}/post_logout_redirect`)
    const journey = await endSession(run, request)

    assert.equal(journey.opened.length, 1)
    const opened = new URL(journey.opened[0] ?? '')
    assert.equal(`${opened.origin}${opened.pathname}`, `${base()}/frontchannel_logout`)
    const sid = String(signedOn.idToken['sid'])
    assert.ok(signedOn.idToken['sid'])
    assert.deepEqual(Object.fromEntries(opened.searchParams), { iss: ISSUER, sid })

    assertLedBack(journey, request)
    await assertSignedOut(run)
  })
})
