/** Access tokens that were revoked one by one, in the database. */
import type { RevokedTokenStore } from '../storage.ts'
import type { Statements } from './statement.ts'

export function revokedTokenStore(statements: Statements): RevokedTokenStore {
  // RFC 7009 §2.2: revoking it once more is no error.
  const insert = statements.execute(
    'INSERT INTO revoked_tokens (jti, expires_at) VALUES (?, ?) ON CONFLICT (jti) DO NOTHING',
  )
  const find = statements.lookup({
    asked: ['jti'],
    select: 'r.jti',
    joins: 'JOIN revoked_tokens AS r ON r.jti = asked.jti',
  })
  return {
    async insert(jti, expiresAt) {
      await insert(jti, expiresAt)
    },
    has: async (jti) => (await find(jti)) !== undefined,
  }
}
