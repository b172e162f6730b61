/** One-time codes in the database: every step that counts is one conditional statement, so that no two processes both take it. */
import type { OneTimeCode, OneTimeCodeStore } from '../storage.ts'
import { columns, json, oneOf, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'

const codeColumns = columns<OneTimeCode>({
  id: text('id'),
  purpose: text('purpose'),
  accountId: optional(text('account_id')),
  address: text('address'),
  codeHash: text('code_hash'),
  linkHash: text('link_hash'),
  interactionId: optional(text('interaction_id')),
  browserHash: optional(text('browser_hash')),
  details: json<OneTimeCode['details']>('details'),
  createdAt: whole('created_at'),
  codeExpiresAt: whole('code_expires_at'),
  expiresAt: whole('expires_at'),
  attemptsLeft: whole('attempts_left'),
  usedAt: optional(whole('used_at')),
  usedBy: optional(oneOf('used_by')),
  takenUpAt: optional(whole('taken_up_at')),
})

export function oneTimeCodeStore({ oneTimeCode }: Pick<Database, 'oneTimeCode'>): OneTimeCodeStore {
  type Changes = Parameters<typeof oneTimeCode.updateMany>[0]
  const change = async (where: NonNullable<Changes['where']>, data: Changes['data']): Promise<number> =>
    (await oneTimeCode.updateMany({ where, data })).count

  return {
    async insert(code) {
      const { accountId = null, interactionId = null, browserHash = null, usedBy = null } = code
      const times = {
        createdAt: BigInt(code.createdAt),
        codeExpiresAt: BigInt(code.codeExpiresAt),
        expiresAt: BigInt(code.expiresAt),
        usedAt: orNull(code.usedAt),
        takenUpAt: orNull(code.takenUpAt),
      }
      const details = JSON.stringify(code.details)
      await oneTimeCode.createMany({
        data: { ...code, ...times, accountId, interactionId, browserHash, usedBy, details },
      })
    },
    async find(id) {
      const row = await oneTimeCode.findUnique({ where: { id } })
      return row ? codeColumns.ofModel(row) : undefined
    },
    async ofPurpose(purpose, { now, limit }) {
      const where = { purpose, usedAt: null, expiresAt: { gt: BigInt(now) } }
      const rows = await oneTimeCode.findMany({ where, orderBy: { id: 'asc' }, take: limit })
      return rows.map(codeColumns.ofModel)
    },
    async takeAttempt(id, now) {
      const where = { id, usedAt: null, attemptsLeft: { gt: 0 }, codeExpiresAt: { gt: BigInt(now) } }
      return (await change(where, { attemptsLeft: { decrement: 1 } })) === 1
    },
    async use(id, { by, now }) {
      const where = { id, usedAt: null, expiresAt: { gt: BigInt(now) } }
      return (await change(where, { usedAt: BigInt(now), usedBy: by })) === 1
    },
    async takeUp(id, now) {
      const where = { id, usedBy: { in: ['code', 'link'] }, takenUpAt: null }
      return (await change(where, { takenUpAt: BigInt(now) })) === 1
    },
    withdraw: (accountId, purposes, now) =>
      change({ accountId, purpose: { in: [...purposes] }, usedAt: null }, { usedAt: BigInt(now), usedBy: 'nobody' }),
  }
}

const orNull = (at: number | undefined): bigint | null => (at === undefined ? null : BigInt(at))
