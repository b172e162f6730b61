/** countersign reload. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MINUTE, SECOND } from '../../src/base/duration.ts'
import { reloadCommand } from '../../src/cli/reload.ts'
import type { Instance, ReloadAnswer } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'

const APPLIED: ReloadAnswer = { outcome: 'applied', revision: 'aaaaaaaaaaaa', detail: '2 clients (+1 −0 ~0)' }
const REFUSED: ReloadAnswer = {
  outcome: 'refused',
  revision: 'bbbbbbbbbbbb',
  detail: 'a.yaml:1:1: one\n    allowed: two',
}
const UNCHANGED: ReloadAnswer = {
  outcome: 'unchanged',
  revision: 'aaaaaaaaaaaa',
  detail: '2 clients, since 2026-01-15 12:00:00 UTC',
}

/** Processes that answer once they were looked at `after` times. */
async function run(
  given: readonly { answer: ReloadAnswer | undefined; seenAt?: number; after?: number }[],
  args: readonly string[] = [],
) {
  let [now, looks] = [START, 0]
  let isAsked = false
  const list = async (): Promise<readonly Instance[]> => {
    looks++
    return given.map(({ answer, seenAt = START, after = 2 }, index) => ({
      ...{ id: `i${index}`, label: `host ${index}`, revision: '0', startedAt: START, seenAt, turn: 1 },
      answer: isAsked && looks > after ? answer : undefined,
    }))
  }
  const askToReload = async () => {
    isAsked = true
  }
  const pause = async (time: number) => {
    now += time
  }
  const open = async () =>
    ({ config: {}, storage: { instances: { list, askToReload } }, close: async () => {} }) as never
  const terminal = fakeTerminal()
  const status = await reloadCommand(open, { now: () => now, pause }).run(args, terminal)
  return { status, out: terminal.out(), took: now - START }
}

describe('reload', () => {
  test('what each process that lives has made of it', async () => {
    const { status, out } = await run([{ answer: APPLIED }, { answer: UNCHANGED, after: 5 }])
    assert.equal(status, 0)
    assert.match(out, /^host 0: revision aaaaaaaaaaaa is in force, 2 clients \(\+1 −0 ~0\)$/m)
    assert.match(out, /^host 1: revision aaaaaaaaaaaa is in force already, 2 clients, since 2026-01-15 12:00:00 UTC$/m)
    assert.doesNotMatch(out, /do not serve the same/)
  })

  test('files that are not the same everywhere are told of, and the exit status is 1', async () => {
    const { status, out } = await run([{ answer: APPLIED }, { answer: { ...UNCHANGED, revision: 'cccccccccccc' } }])
    assert.equal(status, 1)
    assert.match(out, /^They do not serve the same: their files differ/m)
  })

  test('what the database holds does not steer the terminal', async () => {
    const { out } = await run([{ answer: { ...REFUSED, detail: 'one\n\u001b[2Jtwo \u202e' } }])
    assert.match(out, /^ {2}one\n {2}\uFFFD\[2Jtwo \uFFFD$/m)
  })

  test('one that refuses: why, and exit status 1', async () => {
    const { status, out } = await run([{ answer: APPLIED }, { answer: REFUSED }])
    assert.equal(status, 1)
    assert.match(
      out,
      /^host 1: revision bbbbbbbbbbbb stays in force, because\n {2}a\.yaml:1:1: one\n {6}allowed: two$/m,
    )
  })

  test('one that does not answer is waited for, not for ever', async () => {
    const { status, out, took } = await run([{ answer: undefined }])
    assert.equal(status, 1)
    assert.match(out, /^host 0: no answer within 15 seconds$/m)
    assert.ok(took > 15 * SECOND && took < 17 * SECOND)
  })

  test('those that are gone are not asked; where nobody serves nothing is in force, and the exit status is 1', async () => {
    const gone = [{ answer: APPLIED, seenAt: START - MINUTE }]
    const { status, out } = await run(gone)
    assert.equal(status, 1)
    assert.match(out, /^No process serves from this database just now: .* in force nowhere/)
    const { status: forMachines, out: list } = await run(gone, ['--json'])
    assert.deepEqual([forMachines, JSON.parse(list)], [1, []])
  })

  test('--json for machines', async () => {
    const { out } = await run([{ answer: APPLIED }, { answer: undefined }], ['--json'])
    assert.deepEqual(JSON.parse(out), [
      { process: 'host 0', ...APPLIED },
      { process: 'host 1', outcome: 'no_answer' },
    ])
  })
})
