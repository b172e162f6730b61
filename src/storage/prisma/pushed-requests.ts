/** Pushed authorization requests in the database. */
import type { PushedRequest, PushedRequestStore } from '../storage.ts'
import { columns, optional, text, whole } from './columns.ts'
import type { Statements } from './statement.ts'

const pushedRequestColumns = columns<PushedRequest>({
  id: text('id'),
  clientId: text('client_id'),
  parameters: text('parameters'),
  createdAt: whole('created_at'),
  expiresAt: whole('expires_at'),
  usedAt: optional(whole('used_at')),
  interactionId: optional(text('interaction_id')),
})

export function pushedRequestStore(statements: Statements): PushedRequestStore {
  const find = statements.lookup({
    asked: ['id'],
    select: pushedRequestColumns.select('p'),
    joins: 'JOIN pushed_requests AS p ON p.id = asked.id',
  })
  const use = statements.update({
    table: 'pushed_requests',
    given: { id: 'text', now: 'bigint', interaction: 'text' },
    set: 'used_at = given.now, interaction_id = given.interaction',
    where: 'pushed_requests.id = given.id AND used_at IS NULL',
  })
  return {
    insert: statements.insert('pushed_requests', pushedRequestColumns),
    async find(id) {
      const row = await find(id)
      return row && pushedRequestColumns.read(row, 0)
    },
    use: (id, { now, interactionId }) => use({ id, now, interaction: interactionId ?? null }),
  }
}
