/** The doctor's bounded look at the audit log. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BEGINNING, link, seals } from '../../../src/audit/chain.ts'
import { checkAuditChain } from '../../../src/cli/doctor/audit-chain.ts'
import { deriveKey } from '../../../src/keys/sealing.ts'
import type { ChainedEvent } from '../../../src/storage/storage.ts'
import { START } from '../../fixtures/clock.ts'
import { aSealingKey } from '../../fixtures/signing-keys.ts'
import { inWords } from './judged.ts'

const sealingKey = aSealingKey()
const entry = (n: number) => ({ at: START + n, kind: 'signed_in', fields: { accountId: `a${n}` } })

/** Ten events, each a batch of its own, and what somebody did to them. */
async function look(change: (events: ChainedEvent[]) => void = () => {}, different: object = {}) {
  const by = seals(deriveKey(sealingKey.bytes, 'audit'))
  const events: ChainedEvent[] = []
  for (let n = 1; n <= 10; n++) {
    const last = events.at(-1)
    events.push(...link([entry(n)], last ? { ...last, seal: last.seal ?? '' } : BEGINNING, by))
  }
  const { number, hash, seal = '' } = events.at(-1) as ChainedEvent
  change(events)
  const store = {
    chain: async () => ({ head: { number, hash, seal }, anchor: BEGINNING }),
    find: async (wanted: number) => events.find((one) => one.number === wanted),
    page: async ({ after, limit }: { after: number; limit: number }) =>
      events.filter((one) => one.number > after).slice(0, limit),
  }
  return inWords(await checkAuditChain({ store, sealingKey, ...different }))
}

describe('the audit log', () => {
  test('whole: it says what was looked at', async () => {
    assert.deepEqual(await look(), ['fine: the newest 10 events of the audit log (1 to 10) are as they were written'])
    assert.deepEqual(await look(undefined, { most: 4 }), [
      'fine: the newest 4 events of the audit log (7 to 10) are as they were written; countersign audit verify looks at all',
    ])
  })

  test('an event that was changed, or one that is gone, is a problem; what is older is for audit verify', async () => {
    const change = (at: number) => (events: ChainedEvent[]) => {
      events[at] = { ...(events[at] as ChainedEvent), fields: '{"accountId":"other"}' }
    }
    assert.match(
      (await look(change(8)))[0] ?? '',
      /^problem: the audit log was changed: event 9 was changed.*audit verify/,
    )
    assert.match(
      (await look((events) => events.splice(9)))[0] ?? '',
      /^problem: .*event 10 is missing: the end was cut off/,
    )
    assert.match((await look(change(1), { most: 4 }))[0] ?? '', /^fine: the newest 4 events/)
  })

  test('another sealing key, or none: nothing is proven, and nothing is called broken', async () => {
    assert.match(
      (await look(undefined, { sealingKey: aSealingKey(2) }))[0] ?? '',
      /^unknown: .*up to 10 .*another sealing key/,
    )
    assert.match((await look(undefined, { sealingKey: 'missing' }))[0] ?? '', /^unknown: .*takes the sealing key/)
  })

  test('empty, or the database is away', async () => {
    const store = { chain: async () => undefined, find: async () => undefined, page: async () => [] }
    assert.match(inWords(await checkAuditChain({ store, sealingKey }))[0] ?? '', /^fine: nothing is in the audit log/)
    assert.match(
      inWords(await checkAuditChain({ store: undefined, sealingKey }))[0] ?? '',
      /^unknown: .*cannot be asked/,
    )
  })
})
