/** Independent relying parties from npm, against the real program on a real port. The rest is in `npm run interop`. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { NPM_CLIENTS } from './clients/index.ts'
import { STEPS } from './visit.ts'
import { interopWorld, type World } from './world.ts'

describe('independent clients from npm', () => {
  let world: World

  before(async () => {
    world = await interopWorld(NPM_CLIENTS)
  })
  after(() => world?.close())

  for (const client of NPM_CLIENTS) {
    test(`${client.name}: ${STEPS.join(', ')}`, async () => {
      const { failure } = await client.visit(world)
      if (failure) throw failure.error
    })
  }

  test('nothing went wrong on the way: no error in the log, no secret either', () => {
    const log = world.process.log()
    assert.deepEqual(
      log.filter(({ level }) => Number(level) >= 50),
      [],
    )
    assert.doesNotMatch(world.process.output(), /correct horse|eyJ|code=/)
  })
})
