/** Signing keys in the database. The unique column `slot` keeps one current and one next key per algorithm. */
import type { SigningKeyStore, StoredSigningKey } from '../storage.ts'
import { columns, oneOf, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'

const signingKeyColumns = columns<StoredSigningKey>({
  kid: text('kid'),
  algorithm: oneOf('algorithm'),
  state: oneOf('state'),
  publicJwk: text('public_jwk'),
  sealedPrivateJwk: optional(text('sealed_private_jwk')),
  publishedAt: whole('published_at'),
  activatedAt: optional(whole('activated_at')),
  retiredAt: optional(whole('retired_at')),
  withdrawAt: optional(whole('withdraw_at')),
  revokedAt: optional(whole('revoked_at')),
})

function slotOf(key: Pick<StoredSigningKey, 'algorithm' | 'state'>): string | null {
  return key.state === 'current' || key.state === 'next' ? `${key.algorithm}:${key.state}` : null
}

export function signingKeyStore(database: Database): SigningKeyStore {
  return {
    async list() {
      const rows = await database.signingKey.findMany({ orderBy: [{ publishedAt: 'asc' }, { kid: 'asc' }] })
      return rows.map(signingKeyColumns.ofModel)
    },
    async version() {
      // Every step changes one of these; the rows grow by a few a year.
      const rows = await database.$queryRaw<unknown[]>`
        SELECT kid, state, published_at, activated_at, withdraw_at, revoked_at FROM signing_keys ORDER BY kid`
      return JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    },
    insert: (key) => insert(database, key),
    promote: (step) => promote(database, step),
    async retire(kid, { now, withdrawAt }) {
      const retired = await database.$executeRaw`
        UPDATE signing_keys SET state = 'retired', slot = NULL, retired_at = ${now}, withdraw_at = ${withdrawAt}
        WHERE kid = ${kid} AND state = 'current'`
      return retired === 1
    },
    async withdraw(kid, now, from = 'retired') {
      const withdrawn = await database.$executeRaw`
        UPDATE signing_keys SET state = 'withdrawn', slot = NULL, sealed_private_jwk = NULL, withdraw_at = ${now}
        WHERE kid = ${kid} AND state = ${from}`
      return withdrawn === 1
    },
    async revoke(kid, now) {
      const revoked = await database.$executeRaw`
        UPDATE signing_keys
        SET state = 'withdrawn', slot = NULL, sealed_private_jwk = NULL, revoked_at = ${now},
          withdraw_at = CASE WHEN state = 'withdrawn' THEN withdraw_at ELSE ${now} END,
          retired_at = CASE WHEN state = 'current' THEN ${now} ELSE retired_at END
        WHERE kid = ${kid} AND revoked_at IS NULL`
      return revoked === 1
    },
    async clampTimes(kid, now) {
      await database.$executeRaw`
        UPDATE signing_keys
        SET published_at = CASE WHEN published_at > ${now} THEN ${now} ELSE published_at END,
          activated_at = CASE WHEN activated_at > ${now} THEN ${now} ELSE activated_at END
        WHERE kid = ${kid} AND (published_at > ${now} OR activated_at > ${now})`
    },
  }
}

async function insert(database: Database, key: StoredSigningKey): Promise<boolean> {
  const inserted = await database.$executeRaw`
    INSERT INTO signing_keys (kid, algorithm, state, slot, public_jwk, sealed_private_jwk, published_at, activated_at,
      retired_at, withdraw_at, revoked_at)
    VALUES (${key.kid}, ${key.algorithm}, ${key.state}, ${slotOf(key)}, ${key.publicJwk},
      ${key.sealedPrivateJwk ?? null}, ${key.publishedAt}, ${key.activatedAt ?? null}, ${key.retiredAt ?? null},
      ${key.withdrawAt ?? null}, ${key.revokedAt ?? null})
    ON CONFLICT (slot) DO NOTHING`
  return inserted === 1
}

/** Thrown inside the transaction to undo it: another process has already taken the step. */
class MovedOn extends Error {}

/** Two rows must change together or not at all, so this one, some four times a year, is an interactive transaction. */
async function promote(database: Database, step: Parameters<SigningKeyStore['promote']>[0]): Promise<boolean> {
  const { next, current, now, withdrawAt } = step
  try {
    await database.$transaction(async (transaction) => {
      if (current !== undefined) {
        const retired = await transaction.$executeRaw`
          UPDATE signing_keys SET state = 'retired', slot = NULL, retired_at = ${now}, withdraw_at = ${withdrawAt}
          WHERE kid = ${current} AND state = 'current'`
        if (retired !== 1) throw new MovedOn()
      }
      const promoted = await transaction.$executeRaw`
        UPDATE signing_keys SET state = 'current', slot = algorithm || ':current', activated_at = ${now}
        WHERE kid = ${next} AND state = 'next'`
      if (promoted !== 1) throw new MovedOn()
    })
    return true
  } catch (error) {
    if (error instanceof MovedOn || isSlotTaken(error)) return false
    throw error
  }
}

/** There is a current key that the caller did not know of: the unique index stopped the promotion. */
const isSlotTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'P2010' && /23505|CONSTRAINT_UNIQUE/.test(error.message)
