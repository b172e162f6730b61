/** Parked authorization requests in the database. */
import type { Interaction, InteractionStore } from '../storage.ts'
import type { Database } from './database.ts'
import type { Interaction as InteractionRow } from './generated/sqlite/client.ts'
import { optional, optionalTimestamp, timestamp } from './rows.ts'

function interactionOf(row: InteractionRow): Interaction {
  return {
    id: row.id,
    browserHash: row.browserHash,
    clientId: optional(row.clientId),
    parameters: row.parameters,
    createdAt: timestamp(row.createdAt),
    expiresAt: timestamp(row.expiresAt),
    completedAt: optionalTimestamp(row.completedAt),
    selectedAccountId: optional(row.selectedAccountId),
    username: optional(row.username),
  }
}

export function interactionStore(database: Database): InteractionStore {
  return {
    async insert(interaction) {
      await database.$executeRaw`
        INSERT INTO interactions
          (id, browser_hash, client_id, parameters, created_at, expires_at, completed_at, selected_account_id,
          username)
        VALUES (${interaction.id}, ${interaction.browserHash}, ${interaction.clientId ?? null},
          ${interaction.parameters}, ${interaction.createdAt}, ${interaction.expiresAt},
          ${interaction.completedAt ?? null}, ${interaction.selectedAccountId ?? null},
          ${interaction.username ?? null})`
    },
    async find(id) {
      const row = await database.interaction.findUnique({ where: { id } })
      return row ? interactionOf(row) : undefined
    },
    async selectAccount(id, accountId) {
      await database.interaction.updateMany({ where: { id }, data: { selectedAccountId: accountId } })
    },
    async keepUsername(id, username) {
      await database.interaction.updateMany({ where: { id }, data: { username } })
    },
    async complete(id, now) {
      // The first answer is the one that counts: going back in the browser does not move it.
      await database.interaction.updateMany({ where: { id, completedAt: null }, data: { completedAt: BigInt(now) } })
    },
  }
}
