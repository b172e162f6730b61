/** That an acknowledged write is on the disk, not only with the operating system: seen by strace, and asked of PostgreSQL. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseDatabaseUrl } from '../../src/storage/prisma/database-url.ts'
import { postgresqlAdapterFactory } from '../../src/storage/prisma/postgresql-adapter.ts'
import { countersignInstallation } from '../fixtures/countersign.ts'
import { findBinaries, NO_POSTGRESQL } from '../fixtures/postgresql.ts'
import { crashingPostgresql } from './crashing-postgresql.ts'
import { authorize, BOUND, redeem, refresh, revoke, signIn, signOut } from './deeds.ts'
import { newHistory } from './history.ts'
import { newCounts, type Proof } from './proof.ts'
import { seeded } from './seeded.ts'
import { CLIENTS } from './site.ts'
import { readTrace, type ServerAnswer, straceWords } from './system-calls.ts'
import { exchange } from './wire.ts'

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0
const noStrace = !canTrace && 'strace is not here, or may not trace'
const WEAKENED = pathToFileURL(join(import.meta.dirname, 'weakened-sqlite.js')).href

/** Codes asked for at the same moment. */
const TOGETHER = 48

interface Traced {
  readonly answers: readonly ServerAnswer[]
  /** Of the deeds that write, one after another: a piece of each answer, in order. */
  readonly needles: readonly string[]
  readonly codes: readonly string[]
}

async function traced(environment: Readonly<Record<string, string>> = {}): Promise<Traced> {
  const installation = await countersignInstallation({ clients: CLIENTS, config: { log: { level: 'error' } } })
  try {
    const output = join(installation.folder, 'trace')
    const server = await installation.start({ via: straceWords(output), environment })
    const person = { username: 'alice', password: 'correct horse battery staple' }
    await installation.addAccounts(person)
    const proof: Proof = {
      ...{ history: newHistory(), random: seeded(1), violations: new Set(), counts: newCounts() },
      servers: [{ at: 0, origin: server.origin }],
      ...{ visits: [], holdings: [], touched: new Set(), touchedVisits: new Set() },
    }
    const added = Object.assign(proof.history.begin(0), { outcome: 'done' as const, answered: 1 })
    const visit = await signIn(proof, {
      ...{ ...person, added, disabled: [], signIns: [], consents: [], asked: [] },
    })
    assert.ok(visit)
    assert.equal(await authorize(proof, visit, BOUND), undefined, 'consent is asked for')
    const holding = await authorize(proof, visit, BOUND)
    assert.ok(holding)
    await redeem(proof, holding)
    const first = holding.refreshToken ?? ''
    await refresh(proof, holding)
    const second = holding.refreshToken ?? ''
    assert.ok(first && second && first !== second)
    // Stopped while they are sent, so that it finds them all at once; on connections that are open already.
    await whileStopped(server.pid, () => Promise.all(fill(() => exchange(server.origin, { path: '/livez' }))))
    const shared = await whileStopped(server.pid, () => Promise.all(fill(() => authorize(proof, visit, BOUND))))
    await revoke(proof, holding, 'family')
    await signOut(proof, visit)
    assert.equal(await server.stop(), 0, server.output())
    return {
      answers: readTrace(await wholeTrace(output, server.pid)),
      needles: [holding.family.code, first, second],
      codes: shared.map((each) => each?.family.code ?? 'none'),
    }
  } finally {
    await installation.remove()
  }
}

const fill = <T>(make: () => Promise<T>): readonly Promise<T>[] => Array.from({ length: TOGETHER }, make)

async function whileStopped<T>(pid: number, send: () => Promise<T>): Promise<T> {
  process.kill(pid, 'SIGSTOP')
  const sent = send()
  await delay(800)
  process.kill(pid, 'SIGCONT')
  return sent
}

/** The tracer ends a moment after the server. */
async function wholeTrace(path: string, pid: number): Promise<readonly string[]> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const text = await readFile(path, 'utf8')
    if (new RegExp(`^${pid} +\\+\\+\\+ exited`, 'm').test(text)) return text.split('\n')
    await delay(25)
  }
  throw new Error('strace did not finish')
}

describe('SQLite: what is acknowledged is on the disk', () => {
  test('no answer leaves before the log is synced, and writes at the same time share one sync', {
    skip: noStrace,
  }, async () => {
    const { answers, needles, codes } = await traced()
    assert.ok(answers.length > TOGETHER)
    assert.deepEqual(
      answers.filter(({ isEarly }) => isEarly),
      [],
    )
    for (const needle of needles) {
      const at = answers.findIndex(({ text }) => text.includes(needle))
      assert.ok(at > 0, 'the answer was seen')
      assert.ok(answers[at]!.syncs > answers[at - 1]!.syncs, 'a sync of its own came before it')
    }
    const first = answers.findIndex(({ text }) => codes.some((code) => text.includes(code)))
    const last = answers.findLastIndex(({ text }) => codes.some((code) => text.includes(code)))
    assert.ok(last - first >= TOGETHER - 1)
    const syncs = answers[last]!.syncs - answers[first - 1]!.syncs
    assert.ok(syncs >= 1 && syncs <= TOGETHER / 2, `${syncs} syncs for ${TOGETHER} codes`)
  })

  test('the test can fail: a SQLite that does not wait for the disk is found out', { skip: noStrace }, async () => {
    const { answers } = await traced({ NODE_OPTIONS: `--import ${WEAKENED}` })
    assert.ok(answers.some(({ isEarly }) => isEarly))
  })

  test('the reader of traces: what counts is the end of a sync, and the log alone', () => {
    const write = '7 pwrite64(20</d/c.db-wal>, "x"..., 4096, 32) = 4096'
    const answer = '7 write(21<socket:[9]>, "HTTP/1.1 200 OK\\r\\n"..., 100) = 100'
    const early = (...lines: string[]) => readTrace(lines).map(({ isEarly }) => isEarly)
    assert.deepEqual(early(write, answer), [true])
    assert.deepEqual(early(write, '7 fdatasync(20</d/c.db-wal>) = 0', answer), [false])
    assert.deepEqual(early(write, '7 fdatasync(19</d/c.db>) = 0', answer), [true])
    assert.deepEqual(early(write, '7 fdatasync(20</d/c.db-wal>) = -1 EIO (Input/output error)', answer), [true])
    const [begun, ended] = ['7 fdatasync(20</d/c.db-wal> <unfinished ...>', '7 <... fdatasync resumed>) = 0']
    assert.deepEqual(early(write, begun, answer.replace('7', '8'), ended, answer), [true, false])
    assert.deepEqual(
      early(
        '7 pwrite64(20</d/c.db-wal>, "x" <unfinished ...>',
        answer.replace('7', '8'),
        '7 <... pwrite64 resumed>) = 1',
      ),
      [true],
    )
  })
})

describe('PostgreSQL: what is acknowledged is on the disk', {
  skip: findBinaries() === undefined && NO_POSTGRESQL,
}, () => {
  test('our connections leave fsync and synchronous_commit as the server has them: on', async () => {
    const server = await crashingPostgresql()
    assert.ok(server)
    try {
      const url = parseDatabaseUrl(server.url)
      assert.ok(url.kind === 'postgresql')
      const adapter = await postgresqlAdapterFactory(url).connect()
      try {
        for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
          const { rows } = await adapter.queryRaw({ sql: `SHOW ${name}`, args: [], argTypes: [] })
          assert.deepEqual(rows, [['on']], name)
        }
      } finally {
        await adapter.dispose()
      }
    } finally {
      await server.stop()
    }
  })
})
