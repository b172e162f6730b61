/** Parked authorization requests in the database. */
import type { Interaction, InteractionStore, Proven } from '../storage.ts'
import { columns, json, optional, text, whole } from './columns.ts'
import type { Statements } from './statement.ts'

const provenColumn = optional(json<Proven>('proven'))

const interactionColumns = columns<Interaction>({
  id: text('id'),
  browserHash: text('browser_hash'),
  clientId: optional(text('client_id')),
  parameters: text('parameters'),
  createdAt: whole('created_at'),
  expiresAt: whole('expires_at'),
  completedAt: optional(whole('completed_at')),
  selectedAccountId: optional(text('selected_account_id')),
  username: optional(text('username')),
  proven: provenColumn,
})

export function interactionStore(statements: Statements): InteractionStore {
  const find = statements.lookup({
    asked: ['id'],
    select: interactionColumns.select('i'),
    joins: 'JOIN interactions AS i ON i.id = asked.id',
  })
  const selectAccount = statements.execute('UPDATE interactions SET selected_account_id = ? WHERE id = ?')
  const keepUsername = statements.execute('UPDATE interactions SET username = ? WHERE id = ?')
  const keepProven = statements.execute('UPDATE interactions SET proven = ? WHERE id = ?')
  // The first answer is the one that counts: going back in the browser does not move it.
  const complete = statements.execute('UPDATE interactions SET completed_at = ? WHERE id = ? AND completed_at IS NULL')
  return {
    insert: statements.insert('interactions', interactionColumns),
    async find(id) {
      const row = await find(id)
      return row && interactionColumns.read(row, 0)
    },
    async selectAccount(id, accountId) {
      await selectAccount(accountId, id)
    },
    async keepUsername(id, username) {
      await keepUsername(username, id)
    },
    async keepProven(id, proven) {
      await keepProven(provenColumn.write(proven), id)
    },
    complete: async (id, now) => (await complete(now, id)) === 1,
  }
}
