/**
 * Finds sessions that are over without anybody having told their clients: their time has come, their account was disabled
 * or removed, a backup was restored, or a process ended in the middle (docs/decisions/0013).
 */
import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../base/clock.ts'
import { SECOND } from '../base/duration.ts'
import type { SessionState, Storage } from '../storage/storage.ts'
import type { OneAtATimeJob } from './job.ts'

/** Looked at in a second: one look costs some milliseconds, and all come round within minutes. */
const PAGE = 500

export const noticeEndedSessions = (deps: {
  storage: Pick<Storage, 'sessionClients'>
  audit: Pick<Audit, 'record'>
  clock: Clock
}): OneAtATimeJob => {
  const { audit, clock } = deps
  const clients = deps.storage.sessionClients
  let after = ''

  /** Makes the deliveries of those that are over; gives the others. */
  async function tell(states: readonly SessionState[]): Promise<readonly SessionState[]> {
    const over = states.filter(({ isOver }) => isOver)
    const now = clock.now()
    if (over.length > 0)
      await clients.tell(
        over.map(({ sessionId }) => sessionId),
        now,
      )
    for (const { sessionId, expiresAt } of over) {
      const because = expiresAt !== undefined && expiresAt <= now ? 'expired' : 'account_gone'
      audit.record({ kind: 'session_ended', sessionId, because }, {})
    }
    return states.filter(({ isOver }) => !isOver)
  }

  return {
    name: 'notice-ended-sessions',
    runs: 'one_at_a_time',
    everyMs: SECOND,
    async run(signal) {
      // Those whose time should have come, at once; the session may have been renewed since.
      for (const { sessionId, expiresAt } of await tell(await clients.findExpired(clock.now(), PAGE))) {
        if (expiresAt !== undefined) await clients.postpone(sessionId, expiresAt)
      }
      if (signal.aborted) return
      // And a page of all, round and round.
      const page = await clients.walk({ after, limit: PAGE }, clock.now())
      await tell(page)
      after = page.length < PAGE ? '' : (page.at(-1)?.sessionId ?? '')
    },
  }
}
