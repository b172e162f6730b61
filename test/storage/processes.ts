/** What must hold when several processes share one database, and when one of them is killed. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { seals } from '../../src/audit/chain.ts'
import { verifyChain } from '../../src/audit/verify.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import { aOneTimeCode } from './one-time-codes.ts'
import { aGrant } from './records.ts'

const SEALS = seals(Buffer.alloc(32, 7))

const WORKER = join(import.meta.dirname, 'worker.ts')

/** Starts worker.ts on `url`; the password-free test URL may stand in the arguments. */
const startWorker = (task: string, url: string): ChildProcess =>
  spawn(process.execPath, [WORKER, task, url], { stdio: ['ignore', 'pipe', 'inherit'] })

async function* linesOf(worker: ChildProcess): AsyncGenerator<string> {
  assert.ok(worker.stdout)
  yield* createInterface({ input: worker.stdout })
}

async function finalLine(worker: ChildProcess): Promise<string> {
  let last = ''
  for await (const line of linesOf(worker)) last = line
  return last
}

/** Registers the tests for the database that `freshUrl` makes. */
export function processes(freshUrl: () => Promise<string>): void {
  test('several processes may open a new database at once', async () => {
    const url = await freshUrl()
    const answers = await Promise.all([1, 2, 3].map(() => finalLine(startWorker('ping', url))))
    assert.deepEqual(answers, ['pong', 'pong', 'pong'])
  })

  test('[RFC6749 4.1.2] of 50 redemptions of one code from two processes, one succeeds', async () => {
    const url = await freshUrl()
    const storage = await openStorage({ url })
    try {
      await storage.grants.insert(aGrant('shared'))
      const counts = await Promise.all([1, 2].map(() => finalLine(startWorker('consume', url))))
      assert.deepEqual(counts.map(Number).sort(), [0, 1])
      assert.ok((await storage.grants.find('shared'))?.grant.codeConsumedAt)
    } finally {
      await storage.close()
    }
  })

  test('[ASVS 6.3.1] of 50 tries from two processes, as many count as there is room for', async () => {
    const url = await freshUrl()
    const counts = await Promise.all([1, 2].map(() => finalLine(startWorker('fill', url))))
    assert.equal(
      counts.map(Number).reduce((sum, count) => sum + count, 0),
      10,
    )
  })

  test('[ASVS 6.5.1] of 50 codes typed from two processes, as many are looked at as there are attempts', async () => {
    const url = await freshUrl()
    const storage = await openStorage({ url })
    try {
      await storage.oneTimeCodes.insert(aOneTimeCode('shared'))
      const counts = await Promise.all([1, 2].map(() => finalLine(startWorker('attempt', url))))
      assert.equal(Number(counts[0]) + Number(counts[1]), 5)
    } finally {
      await storage.close()
    }
  })

  test('what was acknowledged before kill -9 is there', async () => {
    const url = await freshUrl()
    const worker = startWorker('insert', url)
    const acknowledged: string[] = []
    for await (const line of linesOf(worker)) {
      acknowledged.push(line)
      if (acknowledged.length === 200) worker.kill('SIGKILL')
    }
    assert.ok(acknowledged.length >= 200)
    const storage = await openStorage({ url })
    try {
      for (const id of acknowledged) assert.ok(await storage.grants.find(id), `${id} is lost`)
    } finally {
      await storage.close()
    }
  })

  test('audit events of three processes at once are one chain, and none is lost', async () => {
    const url = await freshUrl()
    const counts = await Promise.all([1, 2, 3].map(() => finalLine(startWorker('audit', url))))
    assert.deepEqual(counts, ['200', '200', '200'])
    const storage = await openStorage({ url })
    try {
      const { broken, count } = await verifyChain({ store: storage.auditEvents, seals: SEALS })
      assert.deepEqual([broken, count], [undefined, 600])
    } finally {
      await storage.close()
    }
  })

  test('audit events: kill -9 leaves a whole chain, with every event that was to be there before the answer', async () => {
    const url = await freshUrl()
    const workers = [startWorker('audit_on_and_on', url), startWorker('audit_on_and_on', url)]
    const written = await Promise.all(
      workers.map(async (worker) => {
        let last = 0
        for await (const line of linesOf(worker)) {
          last = Number(line)
          if (last === 40) worker.kill('SIGKILL')
        }
        return last
      }),
    )
    const storage = await openStorage({ url })
    try {
      const { broken, count } = await verifyChain({ store: storage.auditEvents, seals: SEALS })
      assert.equal(broken, undefined)
      const events = await storage.auditEvents.page({ after: 0, limit: count })
      for (let n = 1; n <= Math.max(...written); n++) {
        const wanted = written.filter((last) => last >= n).length
        const found = events.filter(({ fields }) => JSON.parse(fields).count === n).length
        assert.ok(found >= wanted, `${wanted - found} of event ${n} are lost`)
      }
    } finally {
      await storage.close()
    }
  })
}
