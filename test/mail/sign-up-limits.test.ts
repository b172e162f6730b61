/** How many mails for new accounts go out: what waits to be proven is bounded, and tells nothing of accounts. */
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { HOUR } from '../../src/base/duration.ts'
import { type MailCause, mailLimits } from '../../src/mail/limits.ts'
import { fakeClock } from '../fixtures/clock.ts'
import { THROTTLING } from '../fixtures/test-app.ts'

function world() {
  const clock = fakeClock()
  const emptyAt = new Map<string, number>()
  const throttles = {
    async fill(id: string, { most, every }: { most: number; every: number }, now: number) {
      const next = Math.max(emptyAt.get(id) ?? now, now) + every
      if (next > now + most * every) return next - most * every
      emptyAt.set(id, next)
      return undefined
    },
    async takeBack(id: string, { every }: { every: number }) {
      emptyAt.set(id, (emptyAt.get(id) ?? 0) - every)
    },
  }
  const throttlingKey = createSecretKey(Buffer.alloc(32))
  const admit = mailLimits({ config: { throttling: THROTTLING }, storage: { throttles }, throttlingKey, clock })
  const ask = (name: MailCause['name'], address: string, different: Partial<MailCause> = {}) =>
    admit({ name, addressKey: address, accountId: undefined, ip: undefined, typed: undefined, ...different })
  return { clock, ask }
}

describe('mails for new accounts', () => {
  test('are bounded in all: no number of networks and addresses makes more than about 1,400 wait in an hour', async () => {
    const { clock, ask } = world()
    let admitted = 0
    for (let i = 0; i < 3000; i++) {
      const { kind } = await ask('sign_up', `a${i}@example.org`, { ip: `10.${i % 250}.${Math.floor(i / 250)}.1` })
      if (kind === 'admitted') admitted++
      clock.advance(HOUR / 3000)
    }
    assert.ok(admitted >= 1000 && admitted <= 1361, String(admitted))
    // Nobody else waits for that.
    assert.equal((await ask('reset_password', 'ada@example.org', { accountId: 'ada' })).kind, 'admitted')
    assert.equal((await ask('invitation', 'ada@example.org')).kind, 'admitted')
  })

  test('share nothing with mails to accounts: how much room is left tells of none', async () => {
    const countOf = async (accountId: string | undefined) => {
      const { ask } = world()
      for (let i = 0; i < 4; i++) {
        const mail = accountId === undefined ? 'reset_unknown' : 'reset_password'
        await ask(mail, 'ada@example.org', { accountId, typed: 'ada@example.org' })
      }
      const kinds: string[] = []
      for (let i = 0; i < 8; i++) {
        kinds.push((await ask(accountId === undefined ? 'sign_up' : 'sign_up_known', 'ada@example.org')).kind)
      }
      return kinds
    }
    const unknown = await countOf(undefined)
    assert.deepEqual(await countOf('ada'), unknown)
    assert.equal(unknown.filter((kind) => kind === 'admitted').length, 5)
  })
})
