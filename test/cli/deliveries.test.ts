/** countersign deliveries. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR, SECOND } from '../../src/base/duration.ts'
import { UsageError } from '../../src/cli/command.ts'
import { deliveriesCommand } from '../../src/cli/deliveries.ts'
import type { Delivery } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { aDelivery } from '../storage/records.ts'

const ROWS = [
  aDelivery('a', { clientId: 'wiki', attempts: 1, nextAttemptAt: undefined, deliveredAt: START + SECOND }),
  aDelivery('b', { clientId: 'blog', attempts: 3, nextAttemptAt: START + HOUR, lastFailure: 'status 503' }),
  aDelivery('c', {
    ...{ clientId: 'blog', attempts: 1, nextAttemptAt: undefined, givenUpAt: START + 2 * SECOND },
    ...{ lastFailure: 'status 400', payload: { sub: 'x', sid: 'evil\u001b[2J' } },
  }),
]

async function run(args: readonly string[], rows: readonly Delivery[] = ROWS) {
  const asked: unknown[] = []
  let closed = 0
  const list = async (page: { clientId: string | undefined; limit: number }) => {
    asked.push(page)
    return rows.filter(({ clientId }) => page.clientId === undefined || clientId === page.clientId)
  }
  const command = deliveriesCommand(
    async () => ({ config: {}, storage: { deliveries: { list } }, close: async () => void closed++ }) as never,
  )
  const terminal = fakeTerminal()
  const status = await command.run(args, terminal)
  assert.equal(closed, 1)
  return { status, out: terminal.out(), asked }
}

describe('deliveries', () => {
  test('who was to be told, of which session, how often it was tried, and what came of it', async () => {
    const { status, out, asked } = await run([])
    assert.equal(status, 0)
    assert.deepEqual(asked, [{ clientId: undefined, limit: 50 }])
    const lines = out.trimEnd().split('\n')
    assert.match(lines[0] ?? '', /^CREATED +KIND +CLIENT +SESSION +ATTEMPTS +STATE +LAST FAILURE$/)
    assert.match(lines[1] ?? '', /^2026-01-15T12:00:00Z +logout +wiki +session +1 +delivered 2026-01-15T12:00:01Z +-$/)
    assert.match(lines[2] ?? '', / blog +session +3 +next attempt 2026-01-15T13:00:00Z +status 503$/)
    assert.match(lines[3] ?? '', / blog +evil\uFFFD\[2J +1 +given up 2026-01-15T12:00:02Z +status 400$/)
  })

  test('--client and --limit ask for less', async () => {
    const { asked, out } = await run(['--client', 'wiki', '--limit', '7'])
    assert.deepEqual(asked, [{ clientId: 'wiki', limit: 7 }])
    assert.doesNotMatch(out, /blog/)
  })

  test('--json for machines', async () => {
    const [first, second] = JSON.parse((await run(['--json'])).out)
    assert.deepEqual(first, {
      ...{ id: 'a', kind: 'logout', client_id: 'wiki', session_id: 'session', account_id: 'ada' },
      ...{ created_at: '2026-01-15T12:00:00Z', attempts: 1, next_attempt_at: null },
      ...{ delivered_at: '2026-01-15T12:00:01Z', given_up_at: null, last_failure: null },
    })
    assert.equal(second.next_attempt_at, '2026-01-15T13:00:00Z')
  })

  test('when there is nothing it says so', async () => {
    assert.match((await run([], [])).out, /nothing/)
  })

  test('wrong words are told before anything is opened', async () => {
    const command = deliveriesCommand(() => assert.fail('opened'))
    for (const args of [['x'], ['--limit', '0'], ['--limit', 'all'], ['--limit', '10001'], ['--clint', 'wiki']]) {
      await assert.rejects(command.run(args, fakeTerminal()), UsageError)
    }
  })
})
