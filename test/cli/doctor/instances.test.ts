/** What the doctor says of processes that serve from one database. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, MINUTE, SECOND } from '../../../src/base/duration.ts'
import { checkInstances, type InstancesInput } from '../../../src/cli/doctor/instances.ts'
import type { Instance } from '../../../src/storage/storage.ts'
import { START } from '../../fixtures/clock.ts'
import { inWords } from './judged.ts'

const NOW = START + DAY

const instance = (label: string, revision: string, different: Partial<Instance> = {}): Instance => ({
  ...{ id: label, label, revision, startedAt: START, seenAt: NOW - SECOND, turn: 1, answer: undefined },
  ...different,
})

const look = (instances: readonly Instance[] | undefined, different: Partial<InstancesInput> = {}) =>
  inWords(
    checkInstances({ ...{ instances, revision: 'aaaa', events: [], configPath: 'c.yaml', now: NOW }, ...different }),
  )

const event = (kind: string, at: number, fields: object) => ({ kind, at, fields: JSON.stringify(fields) })

describe('the processes that serve', () => {
  test('one revision, that of the files here; those that are gone do not count', () => {
    const gone = instance('gone 3', 'bbbb', { seenAt: NOW - MINUTE })
    assert.deepEqual(look([instance('one 1', 'aaaa'), instance('two 2', 'aaaa'), gone]), [
      'fine: 2 processes serve revision aaaa, as the files here say',
    ])
    assert.match(look([gone])[0] ?? '', /^unknown: no process serves/)
    assert.match(look(undefined)[0] ?? '', /^unknown: .*the database cannot be asked/)
  })

  test('different revisions: which process serves which, and since when', () => {
    const both = [instance('one 1', 'aaaa'), instance('two 2', 'bbbb')]
    const changed = event('config_changed', NOW - 2 * MINUTE, { revision: 'aaaa', before: 'bbbb' })
    const [told = '', ...more] = look(both, { events: [changed] })
    assert.match(told, /^problem: the processes do not serve the same/)
    assert.match(told, /one 1 serves aaaa since 2026-01-16T11:58:00Z; two 2 serves bbbb since 2026-01-15T12:00:00Z/)
    assert.match(told, /The files here are revision aaaa\. Bring the same files to all of them, run countersign reload/)
    assert.deepEqual(more, [])
  })

  test('a change that came just now may be on its way: no problem yet', () => {
    const changed = event('config_changed', NOW - 5 * SECOND, { revision: 'aaaa' })
    const [told = ''] = look([instance('one 1', 'aaaa'), instance('two 2', 'bbbb')], { events: [changed] })
    assert.match(told, /^warning: .*→ A change takes some seconds/)
  })

  test('nobody serves what the files here say, or that cannot be told', () => {
    assert.match(
      look([instance('one 1', 'bbbb')])[0] ?? '',
      /^warning: no process serves what c\.yaml says here \(revision aaaa\): served is bbbb/,
    )
    assert.match(
      look([instance('one 1', 'bbbb')], { revision: undefined })[0] ?? '',
      /^unknown: .*takes the sealing key/,
    )
  })

  test('one that refused its files when it was asked; an answer of before another one was taken is over', () => {
    const answer = { outcome: 'refused', revision: 'aaaa', detail: 'c.yaml:3:1: unknown key' } as const
    assert.match(
      look([instance('one 1', 'aaaa', { answer })])[1] ?? '',
      /^problem: one 1 refused its files.*c\.yaml:3:1.*countersign check/,
    )
    const over = { ...answer, revision: 'cccc' }
    assert.equal(look([instance('one 1', 'aaaa', { answer: over })]).length, 1)
  })

  test('one that refused what it saw by itself is known by the audit log, until something was taken', () => {
    const refused = event('config_refused', NOW - MINUTE, { revision: 'aaaa', faults: 2 })
    const some = [instance('one 1', 'aaaa')]
    assert.match(
      look(some, { events: [refused] })[1] ?? '',
      /^warning: the files were refused at 2026-01-16T11:59:00Z by one 1/,
    )
    assert.equal(look(some, { events: [event('config_changed', NOW, { revision: 'aaaa' }), refused] }).length, 1)
    const own = { revision: 'aaaa', outcome: 'unchanged' }
    assert.equal(look(some, { events: [refused], own }).length, 1, 'its files say again what it serves')
    assert.equal(look(some, { events: [refused], own: { ...own, outcome: 'refused' } }).length, 2)
    // It was started anew since.
    assert.equal(look([instance('one 1', 'aaaa', { startedAt: NOW })], { events: [refused] }).length, 1)
  })
})
