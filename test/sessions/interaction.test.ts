import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR } from '../../src/base/duration.ts'
import { isIdentifier } from '../../src/base/identifier.ts'
import { findInteraction, isOver, park } from '../../src/sessions/interaction.ts'
import type { Interaction, InteractionStore } from '../../src/storage/storage.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { anInteraction } from '../fixtures/records.ts'

function started() {
  const byId = new Map<string, Interaction>()
  const asked: string[] = []
  const store: InteractionStore = {
    async insert(interaction) {
      byId.set(interaction.id, interaction)
    },
    async find(id) {
      asked.push(id)
      return byId.get(id)
    },
    selectAccount: async () => {},
    keepUsername: async () => {},
    keepProven: async () => {},
    complete: async () => true,
  }
  const deps = {
    storage: { interactions: store },
    lifetimes: { interaction: HOUR },
    clock: fakeClock(),
    random: fakeRandom(),
  }
  return { deps, byId, asked }
}

describe('a parked request', () => {
  const parked = { clientId: 'app', parameters: 'client_id=app&state=%20' }

  test('is kept as it came, for its browser, until its time is over', async () => {
    const { deps, byId } = started()
    const interaction = await park(deps, parked, 'hash-of-the-browser')
    assert.ok(isIdentifier(interaction.id))
    assert.deepEqual(byId.get(interaction.id), interaction)
    assert.deepEqual(interaction, {
      ...parked,
      id: interaction.id,
      browserHash: 'hash-of-the-browser',
      createdAt: START,
      expiresAt: START + HOUR,
      completedAt: undefined,
      selectedAccountId: undefined,
      username: undefined,
      proven: undefined,
    })
  })

  test('that is parked again is a fresh one: nothing that was answered comes with it', async () => {
    const { deps } = started()
    const answered = anInteraction({ ...parked, completedAt: START, selectedAccountId: 'sub-of-anna', createdAt: 0 })
    const again = await park(deps, answered, 'hash-of-another-browser')
    assert.notEqual(again.id, answered.id)
    assert.deepEqual(
      [again.clientId, again.parameters, again.browserHash],
      ['app', parked.parameters, 'hash-of-another-browser'],
    )
    assert.deepEqual([again.createdAt, again.completedAt, again.selectedAccountId], [START, undefined, undefined])
  })

  test('is found by its identifier, and nothing else is even looked up', async () => {
    const { deps, asked } = started()
    const { id } = await park(deps, parked, 'x')
    assert.equal((await findInteraction(deps, id))?.id, id)
    for (const bad of ['', 'x', id.toUpperCase(), `${id}x`, "' OR 1=1", '__proto__']) {
      assert.equal(await findInteraction(deps, bad), undefined)
    }
    assert.deepEqual(asked, [id])
  })

  test('is over when it was answered, or at its end', () => {
    const interaction = anInteraction({ expiresAt: START + HOUR })
    assert.equal(isOver(interaction, START + HOUR - 1), false)
    assert.equal(isOver(interaction, START + HOUR), true)
    assert.equal(isOver(interaction, START), false)
    assert.equal(isOver(interaction, START - HOUR), true)
    assert.equal(isOver({ ...interaction, completedAt: START }, START), true)
    assert.equal(isOver({ ...interaction, completedAt: 0 }, START), true)
  })
})
