/** What sends the outbox: how many at once, in which order things happen, and what an outage does. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MINUTE, SECOND } from '../../src/base/duration.ts'
import { nextAttempt } from '../../src/deliveries/attempts.ts'
import { deliverer, type Outcome, type Send } from '../../src/deliveries/deliverer.ts'
import { DatabaseUnavailable, type Delivery, type DeliveryStore } from '../../src/storage/storage.ts'
import { recordedAudit } from '../fixtures/audit.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { silentLog } from '../fixtures/signing-keys.ts'
import { aDelivery } from '../storage/records.ts'

type Store = Pick<DeliveryStore, 'due' | 'claim' | 'delivered' | 'failed' | 'giveUp'>

function world(rows: readonly Delivery[], send: Send, broken: Partial<Store> = {}) {
  const clock = fakeClock()
  const byId = new Map(rows.map((row) => [row.id, row]))
  const put = (id: string, different: Partial<Delivery>): boolean => {
    const row = byId.get(id)
    if (row) byId.set(id, { ...row, ...different })
    return row !== undefined
  }
  const store: Store = {
    due: async (now, { kinds, limit, without }) =>
      [...byId.values()]
        .filter(
          ({ nextAttemptAt, kind }) => nextAttemptAt !== undefined && nextAttemptAt <= now && kinds.includes(kind),
        )
        .filter(({ clientId }) => clientId === undefined || !without.includes(clientId))
        .slice(0, limit),
    claim: async (id, { attempt, until }) => put(id, { attempts: attempt, nextAttemptAt: until }),
    async delivered(id, now) {
      put(id, { deliveredAt: now, nextAttemptAt: undefined })
    },
    failed: async (id, { reason, nextAttemptAt }) => put(id, { lastFailure: reason, nextAttemptAt }),
    giveUp: async (id, { reason, now }) => put(id, { lastFailure: reason, givenUpAt: now, nextAttemptAt: undefined }),
    ...broken,
  }
  const lines: string[] = []
  const note = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log = { ...silentLog, info: note, warn: note, error: note }
  const kind = { send, hostOf: async (clientId: string) => clientId.split('/')[0] ?? '' }
  const made = deliverer({
    storage: { deliveries: store },
    // All clients of `slow.example`, `slow.example/2` and so on are on one host.
    kinds: { logout: kind, security_notice: kind, mail: kind },
    audit: recordedAudit(),
    clock,
    random: fakeRandom(),
    log,
  })
  return { ...made, byId, clock, lines }
}

const rowsTo = (clientId: string, count: number): Delivery[] =>
  Array.from({ length: count }, (_, i) => aDelivery(`${clientId}-${i}`, { clientId }))

describe('the deliverer', () => {
  test('sends two to a client at once and sixteen in all, until nothing is due', async () => {
    const now = new Map<string | undefined, number>()
    const most = new Map<string | undefined, number>()
    let all = 0
    let mostOfAll = 0
    const send: Send = async ({ clientId }) => {
      now.set(clientId, (now.get(clientId) ?? 0) + 1)
      most.set(clientId, Math.max(most.get(clientId) ?? 0, now.get(clientId) ?? 0))
      mostOfAll = Math.max(mostOfAll, ++all)
      await new Promise((resolve) => setTimeout(resolve, 1))
      now.set(clientId, (now.get(clientId) ?? 0) - 1)
      all--
      return { kind: 'delivered' }
    }
    const rows = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].flatMap((clientId) => rowsTo(clientId, 9))
    const { kick, idle, byId } = world(rows, send)
    kick()
    await idle()
    assert.ok([...byId.values()].every(({ deliveredAt }) => deliveredAt === START))
    assert.deepEqual([...new Set(most.values())], [2])
    assert.equal(mostOfAll, 16)
  })

  /** Tells what is begun while some do not answer; all of it arrives once they do. */
  async function begunBeside(rows: readonly Delivery[], isSilent: (delivery: Delivery) => boolean) {
    let answer = (): void => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const begun: string[] = []
    const { begin, idle, byId } = world(rows, async (delivery) => {
      begun.push(delivery.id)
      if (isSilent(delivery)) await answered
      return { kind: 'delivered' }
    })
    await begin()
    const atFirst = [...begun]
    answer()
    await idle()
    assert.ok([...byId.values()].every(({ deliveredAt }) => deliveredAt === START))
    return atFirst
  }

  test('sixty clients on one silent host are two at once, and hold up nobody else', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => rowsTo(`slow.example/${i}`, 1)).flat()
    const begun = await begunBeside([...rows, ...rowsTo('good.example', 1)], ({ clientId = '' }) =>
      clientId.startsWith('slow'),
    )
    assert.deepEqual(begun, ['slow.example/0-0', 'slow.example/1-0', 'good.example-0'])
  })

  test('those without a client have two places of their own, and hold up nobody else', async () => {
    const notices = Array.from({ length: 60 }, (_, i) =>
      aDelivery(`notice-${i}`, { clientId: undefined, kind: 'security_notice' }),
    )
    const begun = await begunBeside(
      [...notices, ...rowsTo('good.example', 1)],
      ({ kind }) => kind === 'security_notice',
    )
    assert.deepEqual(begun, ['notice-0', 'notice-1', 'good.example-0'])
  })

  test('once it is to stop, it begins nothing more, and waits for what it has begun', async () => {
    let arrive = (): void => {}
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    const { begin, kick, stop, byId } = world(rowsTo('a', 9), async () => {
      await arrived
      return { kind: 'delivered' }
    })
    await begin()
    let isStopped = false
    const stopping = stop().then(() => {
      isStopped = true
    })
    kick()
    await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(isStopped, false)
    arrive()
    await stopping
    assert.equal([...byId.values()].filter(({ deliveredAt }) => deliveredAt !== undefined).length, 2)
    assert.equal([...byId.values()].filter(({ attempts }) => attempts === 0).length, 7)
  })

  test('a claim lasts for longer than a request may take', async () => {
    let until: number | undefined
    const { kick, idle, byId } = world([aDelivery('one')], async () => {
      until = byId.get('one')?.nextAttemptAt
      return { kind: 'delivered' }
    })
    kick()
    await idle()
    assert.equal(until, START + MINUTE)
  })

  test('a kind that rejects has failed, and is tried again; what went wrong is in the log', async () => {
    const { kick, idle, byId, lines } = world([aDelivery('one')], () => Promise.reject(new Error('no key')))
    kick()
    await idle()
    const { lastFailure, nextAttemptAt } = byId.get('one') ?? {}
    assert.equal(lastFailure, 'it could not be made: see the log')
    assert.ok(nextAttemptAt !== undefined && nextAttemptAt >= START + SECOND)
    assert.ok(lines.some((line) => line.startsWith('a delivery could not be made')))
  })

  test('what could not be written down stays claimed, and nothing else suffers', async () => {
    const outage = new DatabaseUnavailable('away', { retryAfterSeconds: 1 })
    const outcome: Outcome = { kind: 'delivered' }
    const { kick, idle, byId } = world([aDelivery('one')], async () => outcome, {
      delivered: () => Promise.reject(outage),
    })
    kick()
    await idle()
    assert.equal(byId.get('one')?.nextAttemptAt, START + MINUTE)
  })

  test('an outage when it looks is the job’s to report, and no kick throws', async () => {
    const outage = new DatabaseUnavailable('away', { retryAfterSeconds: 1 })
    const { kick, begin, idle } = world([], async () => ({ kind: 'delivered' }), { due: () => Promise.reject(outage) })
    kick()
    await idle()
    await assert.rejects(begin(), DatabaseUnavailable)
  })

  test('what another process has claimed is left to it', async () => {
    let sent = 0
    const { kick, idle } = world(
      rowsTo('a', 3),
      async () => {
        sent++
        return { kind: 'delivered' }
      },
      // Claimed there, and due no more.
      {
        claim: async () => false,
        due: (() => {
          let asked = 0
          return async () => (asked++ === 0 ? rowsTo('a', 3) : [])
        })(),
      },
    )
    kick()
    await idle()
    assert.equal(sent, 0)
  })
})

describe('the next attempt', () => {
  test('is later each time, by up to a fifth more, and there is none after a day', () => {
    const random = fakeRandom()
    const delivery = { createdAt: START }
    const pauses = [1, 5, 30, 120, 600, 3600, 3600, 3600].map((seconds) => seconds * SECOND)
    for (const [i, pause] of pauses.entries()) {
      const waits = Array.from(
        { length: 50 },
        () => (nextAttempt(delivery, i + 1, { now: START, random }) ?? 0) - START,
      )
      assert.ok(waits.every((wait) => wait >= pause && wait <= pause * 1.2))
      assert.ok(new Set(waits).size > 20)
    }
    const late = { now: START + 23 * 3600 * SECOND, random }
    assert.equal(nextAttempt(delivery, 30, late), undefined)
    assert.ok(nextAttempt(delivery, 1, late))
  })
})
