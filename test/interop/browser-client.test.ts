/** A single-page app on oidc-client-ts, in a real Chromium. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { oidcClientTs, renewInFrame } from './clients/oidc-client-ts.ts'
import { STEPS } from './visit.ts'
import { interopWorld, type World } from './world.ts'

const entry = { ...oidcClientTs.entry, grant_types: ['authorization_code'] }

describe('a single-page app', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let world: World

  before(async () => {
    world = await interopWorld([
      oidcClientTs,
      { name: 'same-site', entry, host: '127.0.0.1' },
      { name: 'other-site', entry, host: 'localhost' },
    ])
  })
  after(() => world?.close())

  test(`oidc-client-ts across origins: ${STEPS.join(', ')}`, async () => {
    const { failure } = await oidcClientTs.visit(world)
    if (failure) throw failure.error
  })

  test('[OIDC Core 3.1.2.1] prompt=none in a hidden frame renews the sign-in of an app of the same site, and tells one of another site that the end-user must sign in', async () => {
    assert.equal(await renewInFrame(world.registration('same-site')), 'the same person')
    assert.equal(await renewInFrame(world.registration('other-site')), 'login_required')
  })
})
