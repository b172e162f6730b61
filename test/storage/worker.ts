/** A process of its own for processes.ts: `node worker.ts TASK URL`. */
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
  /** Until it is killed: eight at a time, so that some share a commit. */
  async insert(storage) {
    for (let round = 0; round < 100_000; round++) {
      const ids = Array.from({ length: 8 }, (_, i) => `${round}-${i}`)
      await Promise.all(ids.map((id) => storage.grants.insert(aGrant(id)).then(() => say(id))))
    }
  },
}

const [task = '', url = ''] = process.argv.slice(2)
const storage = await openStorage({ url })
await tasks[task]?.(storage)
await storage.close()
