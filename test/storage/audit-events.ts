/** The chain of audit events: what every storage must do, and that every change of what was written is found. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import Database from 'better-sqlite3'
import pg from 'pg'
import { BEGINNING, type Entry, link, type Seals, seals } from '../../src/audit/chain.ts'
import { letGo } from '../../src/audit/let-go.ts'
import { verifyChain } from '../../src/audit/verify.ts'
import { DAY } from '../../src/base/duration.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import type { ChainedEvent, Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { run as runOnPostgresql } from '../fixtures/postgresql.ts'

const SEALS = seals(Buffer.alloc(32, 7))

const entry = (n: number, fields: Readonly<Record<string, unknown>> = {}): Entry => ({
  at: START + n,
  kind: 'signed_in',
  fields: { accountId: `account-${n % 3}`, actor: 'system', ...fields },
})

/** Adds `count` events in batches of three. */
async function grow(store: Storage['auditEvents'], count: number, by: Seals | undefined = SEALS): Promise<void> {
  for (let n = 0; n < count; n += 3) {
    const head = (await store.chain())?.head ?? BEGINNING
    const entries = Array.from({ length: Math.min(3, count - n) }, (_, i) => entry(head.number + 1 + i))
    assert.equal(await store.append(link(entries, head, by), head), true)
  }
}

const all = (store: Storage['auditEvents']): Promise<readonly ChainedEvent[]> => store.page({ after: 0, limit: 1000 })
const numbers = (events: readonly ChainedEvent[]): readonly number[] => events.map(({ number }) => number)

/** Registers the tests for the database that `freshUrl` makes. */
export function auditEvents(freshUrl: () => Promise<string>): void {
  describe('audit events', () => keeping(freshUrl))
  describe('audit events that somebody changes', () => tampering(freshUrl))
}

/** A database of its own for each test. */
async function withStore(
  freshUrl: () => Promise<string>,
  use: (store: Storage['auditEvents'], url: string) => Promise<void>,
) {
  const url = await freshUrl()
  const storage = await openStorage({ url })
  try {
    await use(storage.auditEvents, url)
  } finally {
    await storage.close()
  }
}

function keeping(freshUrl: () => Promise<string>): void {
  test('they come back as they went in, whatever they say', () =>
    withStore(freshUrl, async (store) => {
      assert.equal(await store.chain(), undefined)
      const odd = entry(1, {
        flowId: 'flow',
        clientId: 'wiki',
        text: 'a"b\\c\u0000\ud800 \u2028 \'; --',
        list: [1, null],
        deep: { b: 1, a: [] },
      })
      const events = link([odd, entry(2)], BEGINNING, SEALS)
      assert.equal(await store.append(events, BEGINNING), true)
      assert.deepEqual(await all(store), events)
      assert.deepEqual(await store.find(2), events[1])
      assert.equal(await store.find(3), undefined)
      const { head, anchor } = (await store.chain()) ?? {}
      assert.deepEqual(head, { number: 2, hash: events[1]?.hash, seal: events[1]?.seal })
      assert.deepEqual(anchor, BEGINNING)
      assert.equal((await verifyChain({ store, seals: SEALS })).broken, undefined)
    }))

  test('of 20 batches at once after the same event, one is added, whole', () =>
    withStore(freshUrl, async (store) => {
      await grow(store, 3)
      const head = (await store.chain())?.head ?? BEGINNING
      const batches = Array.from({ length: 20 }, (_, i) => link([entry(i), entry(i, { i })], head, SEALS))
      const added = await Promise.all(batches.map((batch) => store.append(batch, head)))
      assert.equal(added.filter(Boolean).length, 1)
      assert.deepEqual(await store.page({ after: 3, limit: 10 }), batches[added.indexOf(true)])
      assert.equal(await store.append(link([entry(1)], BEGINNING, SEALS), BEGINNING), false)
      assert.equal(await store.append(link([entry(1)], { ...head, number: 5 }, SEALS), { number: 5, hash: 'x' }), false)
      assert.equal((await verifyChain({ store, seals: SEALS })).count, 5)
    }))

  test('they are found by time, account, client, flow and kind', () =>
    withStore(freshUrl, async (store) => {
      const entries = [
        ...[entry(1), entry(2, { flowId: 'f' }), entry(3, { clientId: 'wiki' })],
        ...[{ ...entry(4), kind: 'signed_out' }, entry(5)],
      ]
      await store.append(link(entries, BEGINNING, SEALS), BEGINNING)
      const page = async (filter: object) => numbers(await store.page({ after: 0, limit: 10, ...filter }))
      assert.deepEqual(await page({ since: START + 2, until: START + 4 }), [2, 3])
      assert.deepEqual(await page({ accountId: 'account-1' }), [1, 4])
      assert.deepEqual(await page({ clientId: 'wiki' }), [3])
      assert.deepEqual(await page({ flowId: 'f' }), [2])
      assert.deepEqual(await page({ kinds: ['signed_out', 'consented'] }), [4])
      assert.deepEqual(await page({ after: 3, limit: 1 }), [4])
      assert.deepEqual(numbers(await store.newest({}, 2)), [5, 4])
      assert.deepEqual(numbers(await store.newest({ accountId: 'account-2' }, 1)), [5])
    }))

  test('one account’s, newest first, a page at a time', () =>
    withStore(freshUrl, async (store) => {
      await grow(store, 12)
      const of = async (page: { until?: number; skip?: number } = {}) =>
        numbers(await store.ofAccount('account-1', { kinds: ['signed_in'], limit: 2, ...page }))
      assert.deepEqual(await of(), [10, 7])
      assert.deepEqual(await of({ until: START + 8 }), [7, 4])
      assert.deepEqual(await of({ until: START + 8, skip: 1 }), [4, 1])
      assert.deepEqual(await of({ until: START + 1 }), [])
      assert.deepEqual(numbers(await store.ofAccount('account-1', { kinds: ['signed_out'], limit: 9 })), [])
    }))

  test('one account’s by when they happened, whichever process wrote them first', () =>
    withStore(freshUrl, async (store) => {
      const at = (n: number) => ({ ...entry(1, { accountId: 'ada' }), at: START + n })
      await store.append(link([at(5), at(3), at(5), at(4)], BEGINNING, SEALS), BEGINNING)
      assert.deepEqual(numbers(await store.ofAccount('ada', { limit: 9 })), [3, 1, 4, 2])
    }))

  test('one account’s are found by an index that has them in their order, among however many of others', () =>
    withStore(freshUrl, async (_store, url) => {
      assert.match(await indexesOf(url), /\("?account_id"?, "?at"?, "?number"?\)/)
    }))

  test('what is over goes from the front, and the chain is whole without it', () =>
    withStore(freshUrl, async (store) => {
      await grow(store, 9)
      const go = (now: number, limit = 100) => letGo({ store, seals: SEALS, keep: () => DAY }, now, limit)
      assert.equal(await go(START + DAY), 0)
      assert.equal(await go(START + DAY + 5), 4)
      assert.deepEqual(numbers(await all(store)), [5, 6, 7, 8, 9])
      const { head, anchor } = (await store.chain()) ?? { head: BEGINNING, anchor: BEGINNING }
      assert.deepEqual([head.number, anchor.number], [9, 4])
      const verdict = await verifyChain({ store, seals: SEALS })
      assert.deepEqual([verdict.count, verdict.first, verdict.anchor, verdict.broken], [5, 5, 4, undefined])
      assert.equal(await store.letGo({ ...anchor, number: 7 }, { number: 3 }), false)
      assert.equal((await all(store)).length, 5)
      assert.equal(await go(START + 2 * DAY, 3), 3)
      assert.equal(await go(START + 2 * DAY, 3), 2)
      assert.equal(await go(START + 2 * DAY, 3), 0)
      assert.equal((await verifyChain({ store, seals: SEALS })).broken, undefined)
      await grow(store, 2)
      assert.deepEqual(numbers(await all(store)), [10, 11])
      assert.equal((await verifyChain({ store, seals: SEALS })).broken, undefined)
    }))

  test('the database itself refuses to change or delete them', () =>
    withStore(freshUrl, async (store, url) => {
      await grow(store, 3)
      const written = await all(store)
      await assert.rejects(
        sql(url, `UPDATE audit_events SET kind = 'x' WHERE number = 2`),
        /audit events are not changed/,
      )
      await assert.rejects(sql(url, 'DELETE FROM audit_events WHERE number = 1'), /not deleted before their time/)
      if (!url.startsWith('file:')) await assert.rejects(sql(url, 'TRUNCATE audit_events'), /not changed/)
      assert.deepEqual(await all(store), written)
    }))
}

async function sql(url: string, statements: string): Promise<void> {
  if (!url.startsWith('file:')) return runOnPostgresql(url, statements)
  const database = new Database(url.slice('file:'.length))
  try {
    database.exec(statements)
  } finally {
    database.close()
  }
}

async function indexesOf(url: string): Promise<string> {
  if (url.startsWith('file:')) {
    const database = new Database(url.slice('file:'.length), { readonly: true })
    const rows = database.prepare("SELECT sql FROM sqlite_master WHERE tbl_name = 'audit_events' AND type = 'index'")
    const found = rows.pluck().all().join('\n')
    database.close()
    return found
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query("SELECT indexdef FROM pg_indexes WHERE tablename = 'audit_events'")
  await client.end()
  return rows.map(({ indexdef }) => indexdef).join('\n')
}

/** As somebody does who owns the database. */
const withoutTriggers = (url: string): string =>
  url.startsWith('file:')
    ? 'DROP TRIGGER audit_events_unchanged; DROP TRIGGER audit_events_kept; DROP TRIGGER audit_events_move_head;'
    : 'DROP FUNCTION audit_events_append_only CASCADE;'

const COLUMNS = 'at, kind, account_id, client_id, flow_id, fields, previous_hash, hash, seal'

/** Events 4 to 9 once more as somebody else would have them, with hashes that fit; seals only as `by` can make them. */
function rewritten(events: readonly ChainedEvent[], by: Seals | undefined): string {
  const third = events[2] as ChainedEvent
  const entries = events.slice(3).map((event, i) => ({ ...event, fields: { actor: 'system', i } }))
  const made = link(entries, { ...third, seal: '' }, by)
  const head = made.at(-1) as ChainedEvent
  return `DELETE FROM audit_events WHERE number > 3;
    ${made.map((one) => `INSERT INTO audit_events (number, ${COLUMNS}) VALUES (${one.number}, ${one.at}, '${one.kind}', NULL, NULL, NULL, '${one.fields}', '${one.previousHash}', '${one.hash}', ${one.seal === undefined ? 'NULL' : `'${one.seal}'`});`).join('\n')}
    UPDATE audit_chains SET head_hash = '${head.hash}', head_seal = '${head.seal}';`
}

function tampering(freshUrl: () => Promise<string>): void {
  const cases: Readonly<
    Record<string, readonly [change: string | ((events: readonly ChainedEvent[]) => string), found: object]>
  > = {
    'what one says': [
      `UPDATE audit_events SET fields = '{"actor":"system"}' WHERE number = 5`,
      { kind: 'changed', number: 5 },
    ],
    'when it was': ['UPDATE audit_events SET at = at + 1 WHERE number = 5', { kind: 'changed', number: 5 }],
    'by whom it is found': [
      `UPDATE audit_events SET account_id = 'other' WHERE number = 5`,
      { kind: 'changed', number: 5 },
    ],
    'one deleted': ['DELETE FROM audit_events WHERE number = 5', { kind: 'missing', number: 5, last: 5 }],
    'the first ones deleted': ['DELETE FROM audit_events WHERE number < 3', { kind: 'missing', number: 1, last: 2 }],
    'the end cut off': ['DELETE FROM audit_events WHERE number > 7', { kind: 'truncated', number: 8, last: 9 }],
    'all deleted': ['DELETE FROM audit_events', { kind: 'truncated', number: 1, last: 9 }],
    'two swapped': [
      `UPDATE audit_events SET number = 100 WHERE number = 4; UPDATE audit_events SET number = 4 WHERE number = 5;
       UPDATE audit_events SET number = 5 WHERE number = 100;`,
      { kind: 'changed', number: 4 },
    ],
    'one put in at the end': [
      `INSERT INTO audit_events SELECT 10, ${COLUMNS} FROM audit_events WHERE number = 9`,
      { kind: 'changed', number: 10 },
    ],
    'one put in at the end, with a hash that fits': [
      (events) => {
        const [made] = link([entry(10)], events.at(-1) as ChainedEvent & { seal: string }, SEALS) as [ChainedEvent]
        return `INSERT INTO audit_events (number, ${COLUMNS}) VALUES (10, ${made.at}, '${made.kind}', '${made.accountId}', NULL, NULL, '${made.fields}', '${made.previousHash}', '${made.hash}', '${made.seal}')`
      },
      { kind: 'inserted', number: 10 },
    ],
    'one put in before the first': [
      `INSERT INTO audit_events SELECT 0, ${COLUMNS} FROM audit_events WHERE number = 1`,
      { kind: 'inserted', number: 0 },
    ],
    'one with another hash that fits it alone': [
      (events) => {
        const fourth = events[3] as ChainedEvent
        const [made] = link(
          [{ ...entry(4), fields: {} }],
          { ...fourth, number: 3, hash: fourth.previousHash, seal: '' },
          undefined,
        )
        return `UPDATE audit_events SET fields = '${made?.fields}', account_id = NULL, hash = '${made?.hash}' WHERE number = 4`
      },
      { kind: 'replaced', number: 5 },
    ],
    'the rest written anew without the sealing key': [
      (events) => rewritten(events, undefined),
      { kind: 'unsealed', number: 4 },
    ],
    'the rest written anew under seals that were there': [
      (events) => `${rewritten(events, undefined)} UPDATE audit_events SET seal = '${events[8]?.seal}' WHERE number = 9;
        UPDATE audit_chains SET head_seal = '${events[8]?.seal}'`,
      { kind: 'forged', number: 9 },
    ],
    'the end cut off, and what says where it is': [
      (events) => `DELETE FROM audit_events WHERE number > 6;
        UPDATE audit_chains SET head_number = 6, head_hash = '${events[5]?.hash}', head_seal = '${events[5]?.seal}'`,
      { kind: 'head_unknown', number: 6 },
    ],
    'the front cut off, and what says where it is': [
      (events) => `DELETE FROM audit_events WHERE number < 4;
        UPDATE audit_chains SET anchor_number = 3, anchor_hash = '${events[2]?.hash}', anchor_seal = '${events[2]?.seal}'`,
      { kind: 'ends', number: 3 },
    ],
    'where it ends': [`UPDATE audit_chains SET head_hash = 'x'`, { kind: 'ends', number: 9 }],
    'where it ends, taken away': ['DELETE FROM audit_chains', { kind: 'inserted', number: 1 }],
  }
  for (const [title, [change, found]] of Object.entries(cases)) {
    test(title, () =>
      withStore(freshUrl, async (store, url) => {
        await grow(store, 9)
        const events = await all(store)
        const head = events.at(-1)?.hash
        assert.equal((await verifyChain({ store, seals: SEALS, head })).broken, undefined)
        await sql(url, `${withoutTriggers(url)} ${typeof change === 'string' ? change : change(events)}`)
        assert.deepEqual((await verifyChain({ store, seals: SEALS, head })).broken, found)
      }),
    )
  }

  test('seals of another key prove nothing, and --from goes on after them', () =>
    withStore(freshUrl, async (store) => {
      await grow(store, 3, seals(Buffer.alloc(32, 8)))
      await grow(store, 3)
      const whole = await verifyChain({ store, seals: SEALS })
      assert.deepEqual([whole.broken, whole.unprovenTo, whole.count], [undefined, 3, 6])
      const rest = await verifyChain({ store, seals: SEALS, from: 4 })
      assert.deepEqual([rest.broken, rest.unprovenTo, rest.count, rest.first], [undefined, undefined, 3, 4])
      assert.equal((await verifyChain({ store, seals: undefined })).unprovenTo, 6)
    }))

  test('what a command wrote without the sealing key may be without a seal', () =>
    withStore(freshUrl, async (store) => {
      const by = { actor: 'operator:root' }
      await store.append(link([entry(1, by), entry(2, by)], BEGINNING, undefined), BEGINNING)
      await grow(store, 2)
      const verdict = await verifyChain({ store, seals: SEALS })
      assert.deepEqual(
        [verdict.broken, verdict.unprovenTo, verdict.unsealed, verdict.count],
        [undefined, undefined, 2, 4],
      )
    }))
}
