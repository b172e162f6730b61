/** Tokens of others that count once, in the database, so that no second process takes them either. */
import type { UsedTokenStore } from '../storage.ts'
import type { Statements } from './statement.ts'

export function usedTokenStore(statements: Statements): UsedTokenStore {
  const insert = statements.execute(
    'INSERT INTO used_tokens (id, expires_at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING',
  )
  return { use: async (id, expiresAt) => (await insert(id, expiresAt)) === 1 }
}
