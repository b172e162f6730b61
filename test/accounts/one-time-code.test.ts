/** Codes and links that are good once: what is told to whom. The database's part is in test/storage/one-time-codes.ts. */
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { PURPOSES, type Purpose, shownCode, typedCode } from '../../src/accounts/one-time-code.ts'
import { oneTimeCodes } from '../../src/accounts/one-time-codes.ts'
import { DAY, HOUR, MINUTE } from '../../src/base/duration.ts'
import type { OneTimeCode, OneTimeCodeStore } from '../../src/storage/storage.ts'
import { fakeClock } from '../fixtures/clock.ts'
import { fakeRandom } from '../fixtures/random.ts'

const HERE = { browserHash: 'here', interactionId: 'interaction' }
const ELSEWHERE = { browserHash: 'elsewhere' }

function world() {
  const clock = fakeClock()
  const rows = new Map<string, OneTimeCode>()
  const change = (
    id: string,
    isFit: (row: OneTimeCode) => boolean,
    different: (row: OneTimeCode) => Partial<OneTimeCode>,
  ) => {
    const row = rows.get(id)
    if (row === undefined || !isFit(row)) return false
    rows.set(id, { ...row, ...different(row) })
    return true
  }
  const store: OneTimeCodeStore = {
    insert: async (row) => void rows.set(row.id, row),
    find: async (id) => rows.get(id),
    ofPurpose: async (purpose) => [...rows.values()].filter((row) => row.purpose === purpose),
    takeAttempt: async (id) =>
      change(
        id,
        (row) => row.attemptsLeft > 0,
        (row) => ({ attemptsLeft: row.attemptsLeft - 1 }),
      ),
    use: async (id, { by, now }) =>
      change(
        id,
        (row) => row.usedAt === undefined && now < row.expiresAt,
        () => ({ usedAt: now, usedBy: by }),
      ),
    takeUp: async (id, now) =>
      change(
        id,
        (row) => row.takenUpAt === undefined,
        () => ({ takenUpAt: now }),
      ),
    withdraw: async () => 0,
  }
  const key = createSecretKey(Buffer.alloc(32, 'codes'))
  const codes = oneTimeCodes({ storage: { oneTimeCodes: store }, key, clock, random: fakeRandom() })
  const make = (purpose: Purpose = 'reset_password', different = {}) =>
    codes.make({ purpose, accountId: 'ada', address: 'ada@example.org', ...HERE, ...different })
  return { codes, clock, rows, make }
}

describe('a code', () => {
  test('[ASVS 6.5.4] has eight digits, and the database has neither it nor the link’s secret', async () => {
    const { make, rows } = world()
    const { code, handle, record } = await make()
    assert.match(code, /^\d{8}$/)
    assert.match(handle, /^[0-9a-f-]{36}\.[A-Za-z0-9_-]{43}$/)
    const kept = JSON.stringify([...rows.values()])
    assert.ok(!kept.includes(code) && !kept.includes(handle.slice(37)))
    const other = await make()
    assert.notEqual(other.code, code)
    assert.notEqual(other.record.codeHash, record.codeHash)
  })

  test('is typed with spaces and dashes, and in the digits of one’s own script', () => {
    assert.equal(shownCode('12345678'), '1234 5678')
    for (const text of [
      '12345678',
      ' 1234 5678\n',
      '1234-5678',
      '1234\u00a05678',
      '１２３４５６７８',
      '١٢٣٤٥٦٧٨',
      '१२३४५६७८',
      '𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖',
    ]) {
      assert.equal(typedCode(text), '12345678', text)
    }
    assert.equal(typedCode('٠٩ ۰۹ ०९ 09'), '09090909')
    for (const text of ['', '1234567', '123456789', '1234567a', 'x'.repeat(9999), '1'.repeat(8) + ' '.repeat(99)]) {
      assert.equal(typedCode(text), undefined)
    }
  })

  test('[ASVS 6.5.1] is right once', async () => {
    const { codes, make } = world()
    const { code: typed, record } = await make()
    const asked = { id: record.id, purpose: 'reset_password', typed, place: HERE } as const
    const first = await codes.type(asked)
    assert.ok(first.kind === 'right' && first.record.accountId === 'ada')
    assert.deepEqual(await codes.type(asked), { kind: 'over', because: 'used' })
  })

  test('[ASVS 6.6.2] is looked at only where it was asked for, and no stranger uses up the attempts', async () => {
    const { codes, make, rows } = world()
    const { code: typed, record } = await make()
    const asked = { id: record.id, purpose: 'reset_password', typed } as const
    for (const place of [
      ELSEWHERE,
      { browserHash: undefined },
      { ...HERE, interactionId: 'another' },
      { browserHash: 'here' },
    ]) {
      assert.deepEqual(await codes.type({ ...asked, place }), { kind: 'unknown' })
    }
    assert.deepEqual(await codes.type({ ...asked, purpose: 'verify_email', place: HERE }), { kind: 'unknown' })
    for (const id of ['', 'x', '../..', '01890000-0000-7000-8000-000000000000']) {
      assert.deepEqual(await codes.type({ ...asked, id, place: HERE }), { kind: 'unknown' })
    }
    assert.equal(rows.get(record.id)?.attemptsLeft, 5)
    const { record: unbound, code } = await make('reset_password', { browserHash: undefined })
    const typing = {
      id: unbound.id,
      purpose: 'reset_password',
      typed: code,
      place: { browserHash: undefined },
    } as const
    assert.deepEqual(await codes.type(typing), { kind: 'unknown' })
  })

  test('five attempts; what can be no code is none of them', async () => {
    const { codes, make } = world()
    const { code, record } = await make()
    const wrong = code === '00000000' ? '11111111' : '00000000'
    const type = (typed: string) => codes.type({ id: record.id, purpose: 'reset_password', typed, place: HERE })
    assert.deepEqual(await type('what?'), { kind: 'malformed' })
    for (const attemptsLeft of [4, 3, 2, 1]) assert.deepEqual(await type(wrong), { kind: 'wrong', attemptsLeft })
    assert.deepEqual(await type(wrong), { kind: 'over', because: 'no_attempts_left' })
    assert.deepEqual(await type(code), { kind: 'over', because: 'no_attempts_left' })
  })

  test('the last attempt may be the right one', async () => {
    const { codes, make } = world()
    const { code, record } = await make()
    const wrong = code === '00000000' ? '11111111' : '00000000'
    const type = (typed: string) => codes.type({ id: record.id, purpose: 'reset_password', typed, place: HERE })
    for (let i = 0; i < 4; i++) await type(wrong)
    assert.equal((await type(code)).kind, 'right')
  })

  test('[ASVS 6.5.5] no code is good for more than ten minutes, no link of a reset for more than an hour', async () => {
    for (const { codeLasts } of Object.values(PURPOSES)) assert.ok(codeLasts <= 10 * MINUTE)
    assert.equal(PURPOSES.reset_password.linkLasts, HOUR)
    const { codes, make, clock } = world()
    const { code: typed, record, handle } = await make()
    clock.advance(10 * MINUTE)
    const asked = { id: record.id, purpose: 'reset_password', place: HERE } as const
    assert.deepEqual(await codes.type({ ...asked, typed }), { kind: 'over', because: 'expired' })
    assert.equal((await codes.open(handle, 'reset_password', HERE)).kind, 'open')
    clock.advance(50 * MINUTE)
    assert.deepEqual(await codes.open(handle, 'reset_password', HERE), { kind: 'over', because: 'expired' })
    assert.deepEqual(await codes.use(handle, 'reset_password'), { kind: 'over', because: 'expired' })
    assert.deepEqual(await codes.goOn(asked), { kind: 'over', because: 'expired' })
  })

  test('[ASVS 6.3.8] a decoy answers as any other, and nothing opens it', async () => {
    const { codes, make } = world()
    const { code: typed, record, handle } = await make('reset_password', { isDecoy: true, accountId: undefined })
    const asked = { id: record.id, purpose: 'reset_password', typed, place: HERE } as const
    assert.deepEqual(await codes.type(asked), { kind: 'wrong', attemptsLeft: 4 })
    assert.deepEqual(await codes.use(handle, 'reset_password'), { kind: 'unknown' })
    assert.deepEqual(await codes.goOn(asked), { kind: 'waiting' })
  })
})

describe('the proof of a code that was used up', () => {
  test('[ASVS 7.2.4] is made of what the database does not have, and counts once, for a quarter of an hour', async () => {
    const { codes, make, clock } = world()
    const { record, handle } = await make()
    const proof = codes.proofOf(record)
    const asked = { id: record.id, purpose: 'reset_password', proof } as const
    // Before it is used up there is nothing proven, whoever could make it.
    assert.equal(await codes.proven(asked), undefined)
    await codes.use(handle, 'reset_password')
    clock.advance(15 * MINUTE - 1)
    assert.equal((await codes.proven(asked))?.accountId, 'ada')
    for (const other of [undefined, '', codes.proofOf((await make()).record), record.linkHash]) {
      assert.equal(await codes.proven({ ...asked, proof: other }), undefined)
    }
    assert.equal(await codes.proven({ ...asked, purpose: 'verify_email' }), undefined)
    clock.advance(1)
    assert.equal(await codes.proven(asked), undefined)
    clock.advance(-1)
    assert.equal(await codes.finish(record.id), true)
    assert.equal(await codes.proven(asked), undefined)
  })
})

describe('a link', () => {
  test('that is only looked at, by a mail scanner and its owner, stays good', async () => {
    const { codes, make } = world()
    const { handle } = await make()
    for (let i = 0; i < 20; i++) assert.equal((await codes.open(handle, 'reset_password', ELSEWHERE)).kind, 'open')
    assert.equal((await codes.use(handle, 'reset_password')).kind, 'right')
    assert.deepEqual(await codes.use(handle, 'reset_password'), { kind: 'over', because: 'used' })
  })

  test('with another secret, purpose or shape is unknown', async () => {
    const { codes, make, rows } = world()
    const { handle, record } = await make()
    const forged = [
      `${handle.slice(0, -1)}${handle.endsWith('A') ? 'B' : 'A'}`,
      record.id,
      `${record.id}.`,
      `${handle}.x`,
      '',
    ]
    for (const each of forged) {
      assert.deepEqual(await codes.open(each, 'reset_password', HERE), { kind: 'unknown' })
      assert.deepEqual(await codes.use(each, 'reset_password'), { kind: 'unknown' })
    }
    assert.deepEqual(await codes.use(handle, 'verify_email'), { kind: 'unknown' })
    assert.equal(rows.get(record.id)?.usedAt, undefined)
  })

  test('that confirms an address elsewhere lets the page that asked go on, once', async () => {
    const { codes, make } = world()
    const { handle, record } = await make('verify_email')
    const asked = { id: record.id, purpose: 'verify_email', place: HERE } as const
    assert.deepEqual(await codes.goOn(asked), { kind: 'waiting' })
    const opened = await codes.open(handle, 'verify_email', ELSEWHERE)
    assert.ok(opened.kind === 'open' && opened.means === 'confirms')
    await codes.use(handle, 'verify_email')
    assert.deepEqual(await codes.goOn({ ...asked, place: ELSEWHERE }), { kind: 'unknown' })
    // Looked at twice it says so twice: an answer may be lost on its way.
    for (let i = 0; i < 2; i++) assert.equal((await codes.goOn(asked)).kind, 'right')
    assert.equal(await codes.finish(record.id), true)
    assert.equal(await codes.finish(record.id), false)
    assert.deepEqual(await codes.goOn(asked), { kind: 'elsewhere' })
  })

  test('of a reset goes on where it was opened, and never in the page that asked: a stranger may have', async () => {
    const { codes, make } = world()
    const { handle, record } = await make('reset_password')
    const opened = await codes.open(handle, 'reset_password', ELSEWHERE)
    assert.ok(opened.kind === 'open' && opened.means === 'goes_on_here')
    await codes.use(handle, 'reset_password')
    assert.deepEqual(await codes.goOn({ id: record.id, purpose: 'reset_password', place: HERE }), { kind: 'elsewhere' })
  })

  test('of an invitation is good for a week, and there is no code to type', async () => {
    const { codes, make, clock } = world()
    const { code: typed, handle, record } = await make('invitation')
    const asked = { id: record.id, purpose: 'invitation', typed, place: HERE } as const
    assert.deepEqual(await codes.type(asked), { kind: 'over', because: 'expired' })
    clock.advance(7 * DAY - 1)
    assert.equal((await codes.open(handle, 'invitation', ELSEWHERE)).kind, 'open')
  })
})
