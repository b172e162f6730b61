/** The metrics of several processes as one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Measured, Snapshot } from '../../src/telemetry/metrics/snapshot.ts'
import { workerMetrics } from '../../src/telemetry/metrics/workers.ts'

const measured = (name: string, value: number, how: Partial<Measured> = {}): Measured => ({
  ...{ name, help: name, type: 'counter', aggregator: 'sum', values: [{ value, labels: {} }] },
  ...how,
})
const of = (tokens: number, waiting: number): Snapshot => [
  measured('tokens_total', tokens),
  measured('waiting', waiting, { type: 'gauge' }),
  measured('age_seconds', waiting, { type: 'gauge', aggregator: 'max' }),
]

async function seen(all: ReturnType<typeof workerMetrics>, living: number): Promise<Record<string, number>> {
  const { text } = await all.expose(living)
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => line.split(' ')).map(([name, value]) => [name, Number(value)]))
}

test('each metric is put together as it says itself', async () => {
  const all = workerMetrics()
  all.heard(1, of(10, 3))
  all.heard(2, of(5, 4))
  assert.deepEqual(await seen(all, 2), {
    ...{ tokens_total: 15, waiting: 7, age_seconds: 4 },
    ...{ countersign_workers: 2, countersign_workers_unanswered_total: 0 },
  })
})

test('what a dead worker counted stays counted: no sum goes back', async () => {
  const all = workerMetrics()
  all.heard(1, of(10, 3))
  all.heard(2, of(5, 4))
  all.ended(1)
  all.heard(3, of(1, 0))
  const first = await seen(all, 2)
  assert.deepEqual([first['tokens_total'], first['waiting']], [16, 4])
  all.ended(3)
  assert.equal((await seen(all, 1))['tokens_total'], 16)
})

test('of one that does not answer the counters stay and the rest is left out; that is counted', async () => {
  const all = workerMetrics()
  all.heard(1, of(10, 3))
  all.heard(2, of(5, 4))
  all.heard(2, undefined)
  all.heard(9, undefined)
  const now = await seen(all, 2)
  assert.deepEqual([now['tokens_total'], now['waiting'], now['countersign_workers_unanswered_total']], [15, 3, 2])
  all.heard(2, of(6, 1))
  assert.deepEqual([(await seen(all, 2))['tokens_total'], (await seen(all, 2))['waiting']], [16, 4])
})

test('a number that was none (JSON has no NaN) is left out', async () => {
  const all = workerMetrics()
  all.heard(1, JSON.parse(JSON.stringify([measured('lag', Number.NaN, { type: 'gauge', aggregator: 'average' })])))
  assert.equal('lag' in (await seen(all, 1)), false)
})
