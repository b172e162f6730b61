/** Where audit events go: the log, listeners, and the chain; and what becomes of them when the database is away. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type AuditContext, openAudit } from '../../src/audit/audit.ts'
import { seals } from '../../src/audit/chain.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { fieldsOf, verifyChain } from '../../src/audit/verify.ts'
import { MINUTE } from '../../src/base/duration.ts'
import type { AuditConfig } from '../../src/config/config.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { memoryAuditEvents } from '../fixtures/memory-audit-events.ts'

const SEALS = seals(Buffer.alloc(32, 7))
const KEEP: AuditConfig = { keep: 1, tokens: true, addresses: 'full' }

function anAudit(config: Partial<AuditConfig> = {}) {
  const store = memoryAuditEvents()
  const clock = fakeClock()
  const lines: { level: string; fields: Record<string, unknown> }[] = []
  const write = (level: string) => (fields: object) => void lines.push({ level, fields: { ...fields } })
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  const audit = openAudit({ store, seals: SEALS, config: () => ({ ...KEEP, ...config }), clock, log })
  const kinds = () => store.events.map(({ kind }) => kind)
  const fields = (n: number) => fieldsOf(store.events[n] ?? { fields: '' })
  return { audit, store, clock, lines, kinds, fields }
}

const signedIn = (accountId: string): AuditEvent => ({ kind: 'signed_in', accountId, sessionId: 's', amr: ['pwd'] })
const refused: AuditEvent = { kind: 'sign_in_refused', reason: 'wrong_credentials' }

const request = (more: Partial<AuditContext> = {}): AuditContext => ({
  ...{ id: 'abcd-efgh', ip: '203.0.113.7', flowId: 'flow', headers: { 'user-agent': 'Browser/1.0' } },
  ...more,
})

describe('an event', () => {
  test('is a line of the log at once, and what listens hears of it; then it is in the chain, with who did it and from where', async () => {
    const { audit, store, lines, fields } = anAudit()
    const heard: string[] = []
    const stop = audit.onEvent(({ kind }, { id }) => void heard.push(`${kind} ${id}`))
    audit.record(signedIn('ada'), request())
    assert.deepEqual(heard, ['signed_in abcd-efgh'])
    assert.deepEqual(lines, [
      { level: 'info', fields: { audit: 'signed_in', accountId: 'ada', sessionId: 's', amr: ['pwd'] } },
    ])
    assert.equal(store.events.length, 0)
    await audit.flush()
    assert.deepEqual(fields(0), {
      ...{ accountId: 'ada', sessionId: 's', amr: ['pwd'], actor: 'account:ada', address: '203.0.113.7' },
      ...{ requestId: 'abcd-efgh', flowId: 'flow', userAgent: 'Browser/1.0' },
    })
    const { at, accountId, flowId, clientId } = store.events[0] ?? {}
    assert.deepEqual([at, accountId, flowId, clientId], [START, 'ada', 'flow', undefined])
    stop()
    audit.record(signedIn('eve'), request())
    assert.equal(heard.length, 1)
    await audit.stop()
    assert.equal((await verifyChain({ store, seals: SEALS })).count, 2)
  })

  test('says who did it: whom it names, or who is said to', async () => {
    const { audit, fields } = anAudit()
    audit.record({ kind: 'token_revoked', clientId: 'wiki', jti: 'j' }, {})
    audit.record(refused, {})
    audit.record({ kind: 'key_revoked', kid: 'k' }, { actor: 'operator:root' })
    audit.record({ kind: 'key_withdrawn', kid: 'k' }, {})
    audit.record({ kind: 'grant_revoked', grantId: 'g', because: 'code_reused', clientId: 'wiki' }, {})
    await audit.stop()
    const actors = [0, 1, 2, 3, 4].map((n) => fields(n)['actor'])
    assert.deepEqual(actors, ['client:wiki', 'anyone', 'operator:root', 'system', 'client:wiki'])
    assert.equal(fields(4)['flowId'], 'g')
  })

  test('a theft is a warning', () => {
    const { audit, lines } = anAudit()
    audit.record({ kind: 'grant_revoked', grantId: 'g', because: 'refresh_token_reused' }, {})
    assert.equal(lines[0]?.level, 'warn')
    return audit.stop()
  })

  test('that must not be lost is in the chain when its promise is kept, with all before it', async () => {
    const { audit, kinds } = anAudit()
    audit.record(signedIn('ada'), {})
    await audit.recordNow({ kind: 'signed_out', accountId: 'ada', sessionId: 's' }, {})
    assert.deepEqual(kinds(), ['signed_in', 'signed_out'])
    const both = [audit.recordNow(signedIn('a'), {}), audit.recordNow(signedIn('b'), {})]
    await both[0]
    await both[1]
    assert.equal(kinds().length, 4)
    await audit.stop()
  })

  test('many share a batch', async () => {
    const { audit, store } = anAudit()
    for (let n = 0; n < 450; n++) audit.record(signedIn('ada'), {})
    await audit.flush()
    assert.deepEqual([store.events.length, store.batches()], [450, 3])
    await audit.stop()
  })
})

describe('what is kept', () => {
  test('audit.tokens: every answer of the token endpoint, or the sign-ons alone', async () => {
    for (const tokens of [true, false]) {
      const { audit, kinds, lines } = anAudit({ tokens })
      audit.record({ kind: 'code_issued', accountId: 'ada', clientId: 'wiki', grantId: 'g', withPage: true }, {})
      audit.record({ kind: 'tokens_issued', clientId: 'wiki', grantType: 'refresh_token' }, {})
      await audit.stop()
      assert.deepEqual(kinds(), tokens ? ['code_issued', 'tokens_issued'] : ['code_issued'])
      assert.equal(lines.length, 2)
    }
  })

  test('audit.addresses: in full, their network alone, or none', async () => {
    const cases = [
      ['203.0.113.7', '203.0.113.0'],
      ['::ffff:203.0.113.7', '203.0.113.0'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
      ['unix socket', undefined],
    ] as const
    for (const [ip, network] of cases) {
      for (const [addresses, kept] of [
        ['full', ip],
        ['truncated', network],
        ['none', undefined],
      ] as const) {
        const { audit, fields } = anAudit({ addresses })
        audit.record(signedIn('ada'), request({ ip }))
        await audit.stop()
        assert.equal(fields(0)['address'], kept, `${ip} ${addresses}`)
      }
    }
  })

  test('of a user agent as much as is worth it', async () => {
    const { audit, fields } = anAudit()
    audit.record(signedIn('ada'), request({ headers: { 'user-agent': 'x'.repeat(5000) } }))
    await audit.stop()
    assert.equal(String(fields(0)['userAgent']).length, 200)
  })

  test('a flood by strangers is cut, and the chain says by how much, once in a while', async () => {
    const { audit, store, clock, fields, kinds, lines } = anAudit()
    for (let n = 0; n < 1000; n++) audit.record(refused, {})
    audit.record(signedIn('ada'), {})
    await audit.flush()
    assert.equal(store.events.length, 301)
    assert.equal(kinds().at(-1), 'signed_in')
    // One kind does not push out another.
    audit.record({ kind: 'throttled', what: 'password', by: 'network' }, {})
    await audit.flush()
    assert.equal(kinds().at(-1), 'throttled')
    clock.advance(MINUTE)
    for (let n = 0; n < 70; n++) audit.record(refused, {})
    await audit.flush()
    assert.equal(store.events.length, 302 + 60 + 1)
    assert.equal(kinds().at(-1), 'events_dropped')
    assert.deepEqual(fields(362)['kinds'], { sign_in_refused: 710 })
    assert.deepEqual([fields(362)['count'], fields(362)['actor']], [710, 'system'])
    assert.ok(lines.some(({ level, fields: { audit: kind } }) => level === 'warn' && kind === 'events_dropped'))
    await audit.stop()
    assert.equal(store.events.length, 363)
  })
})

describe('the database', () => {
  test('is away: events wait, and are written in their order when it is back', async () => {
    const { audit, store, lines } = anAudit()
    audit.record(signedIn('a'), {})
    store.fail('away', 'away')
    await audit.flush()
    // Whoever waits for it does not wait for ever.
    await audit.recordNow(signedIn('b'), {})
    assert.equal(store.events.length, 0)
    assert.equal(lines.filter(({ level }) => level === 'error').length, 2)
    audit.record(signedIn('c'), {})
    await audit.flush()
    assert.deepEqual(
      store.events.map(({ accountId }) => accountId),
      ['a', 'b', 'c'],
    )
    await audit.stop()
  })

  test('is away for long: what there is no room for is counted, frequent events first', async () => {
    const { audit, store, kinds, fields } = anAudit()
    store.fail(...Array.from({ length: 3 }, () => 'away' as const))
    for (let n = 0; n < 6000; n++)
      audit.record({ kind: 'tokens_issued', clientId: 'wiki', grantType: 'refresh_token' }, {})
    for (let n = 0; n < 6000; n++) audit.record(signedIn('ada'), {})
    await audit.flush()
    await audit.stop()
    await audit.flush()
    await audit.flush()
    assert.equal(store.events.length, 10_001)
    assert.equal(kinds().filter((kind) => kind === 'tokens_issued').length, 5000)
    const told = kinds().indexOf('events_dropped')
    assert.deepEqual(fields(told)['kinds'], { tokens_issued: 1000, signed_in: 1000 })
  })

  test('did not say whether it wrote them: none is there twice, and none is lost', async () => {
    for (const how of [['unsure'], ['unsure', 'unsure'], ['away', 'unsure', 'away']] as const) {
      const { audit, store } = anAudit()
      store.fail(...how)
      for (const name of ['a', 'b', 'c', 'd', 'e']) {
        audit.record(signedIn(name), {})
        await audit.flush()
      }
      await audit.stop()
      assert.deepEqual(
        store.events.map(({ accountId }) => accountId),
        ['a', 'b', 'c', 'd', 'e'],
        how.join(),
      )
      assert.equal((await verifyChain({ store, seals: SEALS })).broken, undefined)
    }
  })

  test('the same while another process adds its own', async () => {
    const { audit, store } = anAudit()
    const intrude = () => store.intrude({ at: START, kind: 'key_made', fields: { actor: 'system' } }, SEALS)
    intrude()
    audit.record(signedIn('a'), {})
    store.fail('unsure')
    await audit.flush()
    intrude()
    audit.record(signedIn('b'), {})
    await audit.flush()
    intrude()
    audit.record(signedIn('c'), {})
    await audit.stop()
    assert.deepEqual(
      store.events.flatMap(({ accountId }) => accountId ?? []),
      ['a', 'b', 'c'],
    )
    assert.equal((await verifyChain({ store, seals: SEALS })).count, 6)
  })
})
