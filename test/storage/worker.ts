/** A process of its own for processes.ts: `node worker.ts TASK URL`. */
import { openAudit } from '../../src/audit/audit.ts'
import { seals } from '../../src/audit/chain.ts'
import { systemClock } from '../../src/base/clock.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { aGrant } from './records.ts'

/** To a pipe Node writes synchronously: a line is out before anything can kill the process. */
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const tasks: Readonly<Record<string, (storage: Storage) => Promise<void>>> = {
  async ping(storage) {
    await storage.ping()
    say('pong')
  },
  async consume(storage) {
    const attempts = Array.from({ length: 25 }, () => storage.grants.consumeCode('shared', START, undefined))
    say(String((await Promise.all(attempts)).filter(Boolean).length))
  },
  async fill(storage) {
    const attempts = Array.from({ length: 25 }, () =>
      storage.throttles.fill('shared', { most: 10, every: 60_000 }, START),
    )
    say(String((await Promise.all(attempts)).filter((at) => at === undefined).length))
  },
  async attempt(storage) {
    const attempts = Array.from({ length: 25 }, () => storage.oneTimeCodes.takeAttempt('shared', START))
    say(String((await Promise.all(attempts)).filter(Boolean).length))
  },
  /** Until it is killed: eight at a time, so that some share a commit. */
  async insert(storage) {
    for (let round = 0; round < 100_000; round++) {
      const ids = Array.from({ length: 8 }, (_, i) => `${round}-${i}`)
      await Promise.all(ids.map((id) => storage.grants.insert(aGrant(id)).then(() => say(id))))
    }
  },
  /** As a serving process does, some at a time; says how many it wrote. */
  async audit(storage) {
    const audit = auditOver(storage)
    for (let n = 1; n <= 200; n++) {
      audit.record(anEvent(n), {})
      if (n % 7 === 0) await audit.flush()
    }
    await audit.stop()
    say('200')
  },
  /** Until it is killed: says what was written for sure. */
  async audit_on_and_on(storage) {
    const audit = auditOver(storage)
    for (let n = 1; n <= 100_000; n++) {
      for (let i = 0; i < 5; i++) audit.record(anEvent(0), {})
      await audit.recordNow(anEvent(n), {})
      say(String(n))
    }
  },
}

const anEvent = (n: number) => ({ kind: 'accounts_imported', count: n }) as const

function auditOver(storage: Storage) {
  const ignore = (): void => {}
  const log = { debug: ignore, info: ignore, warn: ignore, error: (fields: object) => console.error(fields) }
  const config = () => ({ keep: 1, tokens: true, addresses: 'full' }) as const
  return openAudit({ store: storage.auditEvents, seals: seals(Buffer.alloc(32, 7)), config, clock: systemClock, log })
}

const [task = '', url = ''] = process.argv.slice(2)
const storage = await openStorage({ url })
await tasks[task]?.(storage)
await storage.close()
