/** The short form of `npm run proof`: kill -9 under load on both databases, and several processes that meet each other. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { findBinaries, NO_POSTGRESQL } from '../fixtures/postgresql.ts'
import { proveCrashes } from './crashes.ts'
import { proveParallel } from './parallel.ts'
import { sawEnough } from './proof.ts'
import { reportTable } from './report.ts'
import type { Report } from './site.ts'

const noPostgresql = findBinaries() === undefined && NO_POSTGRESQL
const seed = Date.now() % 1_000_000
const WEAKENED = pathToFileURL(join(import.meta.dirname, 'weakened-postgresql.js')).href
const HASTY = {
  ...({ database: 'postgresql', processes: 1, victims: 'database' } as const),
  settings: { synchronous_commit: 'off', wal_writer_delay: '10s', wal_writer_flush_after: '1GB' },
}

/** None wrong, and enough seen for that to mean something. */
function assertProved(report: Report | undefined): void {
  assert.ok(report)
  const shown = `seed ${seed}\n${reportTable([['', report]])}\n${report.violations.join('\n')}`
  assert.deepEqual(report.violations, [], shown)
  assert.ok(sawEnough(report.counts) && report.checked.families > 0, shown)
}

describe('what was acknowledged survives kill -9, and nothing is used twice', () => {
  test('SQLite', async () => {
    const report = await proveCrashes({ database: 'sqlite', processes: 1, kills: 3, longest: 4000, seed })
    assertProved(report)
    assert.ok(report && report.kills.processes >= 1)
  })

  test('PostgreSQL, whose server is crashed as well', { skip: noPostgresql }, async () => {
    assertProved(await proveCrashes({ database: 'postgresql', processes: 2, kills: 4, longest: 4000, seed }))
  })

  test('PostgreSQL that is set to answer before it has written: our sessions insist', {
    skip: noPostgresql,
  }, async () => {
    assertProved(await proveCrashes({ ...HASTY, kills: 2, longest: 4000, seed }))
  })

  // By this seed no account is added beside the crash: the commit of that command would take all others to the disk along.
  test('the proof can fail: sessions that do not insist', { skip: noPostgresql }, async () => {
    const environment = { NODE_OPTIONS: `--import=${WEAKENED}` }
    let violations: readonly string[] = []
    // Whether the crash comes when something was just acknowledged is chance.
    for (let tries = 0; tries < 5 && !/lost/.test(violations.join()); tries++) {
      const report = await proveCrashes({ ...HASTY, kills: 1, seed: 3, environment })
      violations = report?.violations ?? []
    }
    assert.match(violations.join('\n'), /lost/)
  })
})

describe('several processes on one database, at the same time', () => {
  test('two on one SQLite file', async () => {
    assertProved(await proveParallel({ database: 'sqlite', processes: 2, longest: 1200, rotates: false, seed }))
  })

  test('three on one PostgreSQL database', { skip: noPostgresql }, async () => {
    assertProved(await proveParallel({ database: 'postgresql', processes: 3, longest: 1200, seed }))
  })
})
