/** Access tokens that were revoked one by one, in the database. */
import type { RevokedTokenStore } from '../storage.ts'
import type { Database } from './database.ts'

export function revokedTokenStore(database: Database): RevokedTokenStore {
  return {
    async insert(jti, expiresAt) {
      // RFC 7009 §2.2: revoking it once more is no error.
      await database.$executeRaw`
        INSERT INTO revoked_tokens (jti, expires_at) VALUES (${jti}, ${expiresAt}) ON CONFLICT (jti) DO NOTHING`
    },
    async has(jti) {
      const rows = await database.$queryRaw<unknown[]>`SELECT 1 AS found FROM revoked_tokens WHERE jti = ${jti}`
      return rows.length === 1
    },
  }
}
