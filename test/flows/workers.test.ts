/** `countersign serve --workers N`, as a service manager sees it: one process to start and stop, whatever dies below it. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { decodeProtectedHeader } from 'jose'
import { SECOND } from '../../src/base/duration.ts'
import {
  type CountersignProcess,
  countersignInstallation,
  type Installation,
  newClientSecret,
} from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'
import { NO_POSTGRESQL, type PostgresqlServer, startPostgresql } from '../fixtures/postgresql.ts'
import { until } from '../fixtures/until.ts'

const SECRET = newClientSecret()
const ROBOT = { client_id: 'robot', client_secret: SECRET, grant_types: ['client_credentials'], scope: 'api' }
const BASIC = { authorization: `Basic ${Buffer.from(`robot:${SECRET}`).toString('base64')}` }

/** A connection for each request, so that it may be any worker's. */
async function post(at: CountersignProcess, path: string, fields: Readonly<Record<string, string>>) {
  const response = await fetch(`${at.origin}${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { ...BASIC, connection: 'close' },
    signal: AbortSignal.timeout(10 * SECOND),
  })
  const body: Record<string, unknown> = JSON.parse(await response.text())
  return { status: response.status, body }
}

const newToken = async (at: CountersignProcess): Promise<string> => {
  const { status, body } = await post(at, '/token', { grant_type: 'client_credentials' })
  assert.equal(status, 200)
  return String(body['access_token'])
}
const isActive = async (at: CountersignProcess, token: string): Promise<unknown> =>
  (await post(at, '/introspect', { token })).body['active']

/** The process ids of the workers that have begun to listen, by number; the newest of each. */
function workersOf(at: CountersignProcess): Map<unknown, number> {
  const listening = at.log().filter(({ msg }) => /^Server listening/.test(String(msg)))
  return new Map(listening.map(({ worker, pid }) => [worker, Number(pid)]))
}

function onlyBroken(error: unknown): undefined {
  assert.ok(error instanceof TypeError && error.message === 'fetch failed', String(error))
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const said = (at: CountersignProcess, message: string) => at.log().filter(({ msg }) => msg === message)

function withWorkers(databaseUrl: () => Promise<string | undefined>): void {
  let countersign: Installation
  let running: CountersignProcess

  before(async () => {
    const url = await databaseUrl()
    countersign = await countersignInstallation({ clients: [ROBOT], ...(url && { databaseUrl: url }) })
    running = await countersign.start({ workers: 2 })
    await until('ready', () => said(running, 'Countersign is ready').length > 0)
  })
  after(() => countersign?.remove())

  test('the first start makes one set of keys, says once that all are ready, and tells its workers apart', async () => {
    // Three processes write to one pipe: a line may come a moment after another process has spoken of it.
    await until('both listen', () => workersOf(running).size === 2)
    assert.deepEqual([...workersOf(running).keys()].sort(), [1, 2])
    assert.deepEqual(
      said(running, 'Countersign is ready').map(({ workers, worker }) => [workers, worker]),
      [[2, undefined]],
    )
    const set: { keys: unknown[] } = JSON.parse(await (await fetch(`${running.origin}/jwks`)).text())
    assert.equal(set.keys.length, 4)
    for (const lease of ['rotate-keys', 'sweep-expired']) {
      const holders = running.log().filter((line) => line['lease'] === lease && /^took/.test(String(line['msg'])))
      assert.equal(holders.length, 1, `one worker does ${lease}`)
    }
  })

  test('what `keys revoke` takes out is refused within a second, by every worker and another instance', async () => {
    const other = await countersign.start({ port: await freePort() })
    const token = await newToken(running)
    for (let i = 0; i < 8; i++) assert.equal(await isActive(i % 2 ? running : other, token), true)
    const revoked = await countersign.run(['keys', 'revoke', String(decodeProtectedHeader(token).kid), '--yes'])
    assert.equal(revoked.status, 0, revoked.stderr)
    // The command has taken some time already to end; a second is over soon.
    await delay(SECOND)
    for (let i = 0; i < 8; i++) assert.equal(await isActive(i % 2 ? running : other, token), false)
    for (const at of [running, other]) assert.equal(await isActive(other, await newToken(at)), true)
    assert.equal(await other.stop(), 0)
  })

  test('a worker killed with -9 is replaced, and its background work goes on', async () => {
    const before = workersOf(running)
    const killed = before.get(1) ?? 0
    process.kill(killed, 'SIGKILL')
    // What was just handed to it breaks off, and hangs nobody; the next try is the other worker's.
    const tries = [await newToken(running).catch(onlyBroken), await newToken(running).catch(onlyBroken)]
    assert.ok(tries.some((token) => token !== undefined))
    await until('replaced', () => workersOf(running).get(1) !== killed)
    assert.equal(workersOf(running).get(2), before.get(2))
    const [replaced] = said(running, 'a worker ended; it is replaced')
    assert.deepEqual([replaced?.['worker'], replaced?.['status']], [1, 'SIGKILL'])
    await until('the lease moved on', () => {
      const taken = running.log().filter(({ lease, msg }) => lease === 'sweep-expired' && /^took/.test(String(msg)))
      return taken.length > 1 || taken[0]?.['pid'] !== killed
    })
  })

  test('kill -9 of the first process leaves nobody behind', async () => {
    const workers = [...workersOf(running).values()]
    assert.ok(workers.every(lives))
    // Not `kill()`, which waits until nobody holds its output any more.
    process.kill(running.pid, 'SIGKILL')
    await until('gone', () => !workers.some(lives))
    await running.kill()
  })

  test('SIGTERM to all of them, as service managers send it: all end well, and it is said once', async () => {
    running = await countersign.start({ workers: 2 })
    await until('ready', () => said(running, 'Countersign is ready').length > 0)
    const workers = [...workersOf(running).values()]
    for (const pid of workers) process.kill(pid, 'SIGTERM')
    assert.equal(await running.stop(), 0)
    assert.ok(!workers.some(lives))
    assert.equal(said(running, 'Countersign has stopped').length, 1)
    assert.doesNotMatch(running.output(), /\n\s+at |Warning/)
  })
}

describe('workers on one SQLite file', () => withWorkers(async () => undefined))

const postgresql: PostgresqlServer | undefined = await startPostgresql()

describe('workers on PostgreSQL', { skip: postgresql ? false : NO_POSTGRESQL }, () => {
  after(() => postgresql?.stop())
  withWorkers(async () => postgresql?.url('workers'))
})

describe('what keeps workers from starting', () => {
  let countersign: Installation
  before(async () => {
    countersign = await countersignInstallation({ clients: [ROBOT] })
  })
  after(() => countersign?.remove())

  async function fails(words: RegExp, config: Readonly<Record<string, unknown>> = {}) {
    const { status, stdout, stderr } = await countersign.run(['serve', '--workers', '3'], { config })
    assert.equal(status, 1, stdout + stderr)
    assert.match(stderr, words)
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
  }

  test('is said once, in one line: a taken port', async () => {
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(countersign.port, '127.0.0.1', resolve))
    try {
      await fails(new RegExp(`Port ${countersign.port} on 127.0.0.1 is taken`))
    } finally {
      await new Promise((resolve) => squatter.close(resolve))
    }
  })

  test('is said once, in one line: a database that is not there', async () => {
    const url = `postgresql://someone:hunter2@127.0.0.1:${await freePort()}/countersign`
    await fails(/cannot open the database/, { database: { url } })
  })

  test('a number of workers that makes no sense is wrong usage', async () => {
    for (const word of ['0', '65', 'many', '1.5', '']) {
      const { status, stderr } = await countersign.run(['serve', `--workers=${word}`])
      assert.equal(status, 2, stderr)
      assert.match(stderr, /--workers takes a number from 1 to 64, or auto/)
    }
    const { status, stderr } = await countersign.run(['serve', 'now'])
    assert.equal(status, 2, stderr)
  })
})
