/** The job that finds sessions that are over without anybody having said so. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR, SECOND } from '../../src/base/duration.ts'
import { noticeEndedSessions } from '../../src/jobs/notice-ended-sessions.ts'
import type { SessionClientStore, SessionState } from '../../src/storage/storage.ts'
import { recordedAudit } from '../fixtures/audit.ts'
import { fakeClock, START } from '../fixtures/clock.ts'

const never = new AbortController().signal

function world(all: readonly SessionState[], expired: readonly SessionState[] = []) {
  const did: string[] = []
  const store: Pick<SessionClientStore, 'findExpired' | 'walk' | 'tell' | 'postpone'> = {
    findExpired: async () => expired,
    async walk({ after, limit }) {
      const page = all.filter(({ sessionId }) => sessionId > after).slice(0, limit)
      did.push(`from ${after || 'the start'}: ${page.length}`)
      return page
    },
    async tell(sessionIds, now) {
      did.push(`tell ${sessionIds.join(' ')} at ${now - START}`)
    },
    async postpone(sessionId, expiresAt) {
      did.push(`postpone ${sessionId} to ${expiresAt - START}`)
    },
  }
  const storage = {
    sessionClients: { ...store, remember: async () => {}, ofSession: async () => [], tellClient: async () => 0 },
  }
  return { did, job: noticeEndedSessions({ storage, audit: recordedAudit(), clock: fakeClock() }) }
}

const state = (sessionId: string, isOver: boolean): SessionState => ({ sessionId, isOver, expiresAt: START + HOUR })

describe('notice-ended-sessions', () => {
  test('each second, one process for all', () => {
    const { job } = world([])
    assert.deepEqual([job.runs, job.everyMs], ['one_at_a_time', SECOND])
  })

  test('tells the clients of what is over, and asks later about what was renewed', async () => {
    const { job, did } = world([state('c', true), state('d', false)], [state('a', true), state('b', false)])
    await job.run(never)
    assert.deepEqual(did, ['tell a at 0', `postpone b to ${HOUR}`, 'from the start: 2', 'tell c at 0'])
  })

  test('walks round and round, a page at a time', async () => {
    const many = Array.from({ length: 1200 }, (_, i) => state(String(i).padStart(4, '0'), false))
    const { job, did } = world(many)
    for (let i = 0; i < 4; i++) await job.run(never)
    assert.deepEqual(did, ['from the start: 500', 'from 0499: 500', 'from 0999: 200', 'from the start: 500'])
  })
})
