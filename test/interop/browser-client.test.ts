/** A single-page app on oidc-client-ts, in a real Chromium, from another site. */
import { after, before, describe, test } from 'node:test'
import { findChromium, NO_CHROMIUM } from '../fixtures/chromium.ts'
import { oidcClientTs } from './clients/oidc-client-ts.ts'
import { STEPS } from './visit.ts'
import { interopWorld, type World } from './world.ts'

describe('a single-page app', { skip: findChromium() === undefined ? NO_CHROMIUM : false }, () => {
  let world: World

  before(async () => {
    world = await interopWorld([oidcClientTs])
  })
  after(() => world?.close())

  test(`oidc-client-ts across origins: ${STEPS.join(', ')}`, async () => {
    const { failure } = await oidcClientTs.visit(world)
    if (failure) throw failure.error
  })
})
