/** Whether all that live run the same: told by turns, and by the clock of who asks. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SECOND } from '../../src/base/duration.ts'
import { instanceAgreement } from '../../src/jobs/instance-agreement.ts'
import type { Instance } from '../../src/storage/storage.ts'
import { fakeClock, START } from '../fixtures/clock.ts'

function world() {
  const { steady, advance } = fakeClock()
  const rows = new Map<string, Instance>()
  /** A report; its clock says whatever it likes. */
  const report = (id: string, revision: string, seenAt = START): void => {
    const turn = (rows.get(id)?.turn ?? 0) + 1
    rows.set(id, { ...{ id, label: id, revision, startedAt: START, seenAt, turn }, answer: undefined })
  }
  const { agree } = instanceAgreement({ instances: { list: async () => [...rows.values()] }, steady })
  return { rows, report, agree, advance }
}

describe('instances agree', () => {
  test('when nobody, one, or all say the same', async () => {
    const { report, agree } = world()
    assert.equal(await agree(), true)
    report('a', 'one')
    assert.equal(await agree(), true)
    report('b', 'one')
    assert.equal(await agree(), true)
  })

  test('not while one that lives runs another configuration', async () => {
    const { report, agree, advance } = world()
    report('a', 'one')
    report('b', 'two')
    for (let second = 0; second < 100; second++) {
      assert.equal(await agree(), false)
      advance(SECOND)
      // Its clock is far behind; its turn moves.
      report('b', 'two', 0)
      report('a', 'one')
    }
    report('b', 'one')
    assert.equal(await agree(), true)
  })

  test('one that stands still is gone, but only once it was seen to for half a minute', async () => {
    const { report, agree, advance } = world()
    report('b', 'two')
    advance(1000 * SECOND)
    for (let second = 0; second < 30; second++) {
      report('a', 'one')
      assert.equal(await agree(), false)
      advance(SECOND)
    }
    assert.equal(await agree(), true)
  })
})
