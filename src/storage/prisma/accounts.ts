/** Accounts in the database. */
import type { StandardClaims } from '../../protocol/claims.ts'
import type { Account, AccountStore } from '../storage.ts'
import { columns, json, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'

export const accountColumns = columns<Account>({
  id: text('id'),
  username: text('username'),
  usernameKey: text('username_key'),
  emailKey: optional(text('email_key')),
  passwordHash: optional(text('password_hash')),
  claims: json<StandardClaims>('claims'),
  disabledAt: optional(whole('disabled_at')),
  createdAt: whole('created_at'),
  updatedAt: whole('updated_at'),
})

export function accountStore(database: Database): AccountStore {
  return {
    async find(id) {
      const row = await database.account.findUnique({ where: { id } })
      return row ? accountColumns.ofModel(row) : undefined
    },
    async findByUsername(usernameKey) {
      const row = await database.account.findUnique({ where: { usernameKey } })
      return row ? accountColumns.ofModel(row) : undefined
    },
    async findByEmail(emailKey) {
      const rows = await database.account.findMany({ where: { emailKey }, orderBy: { id: 'asc' }, take: 2 })
      return rows.map(accountColumns.ofModel)
    },
    async list({ after, limit }) {
      const where = after === undefined ? {} : { usernameKey: { gt: after } }
      const rows = await database.account.findMany({ where, orderBy: { usernameKey: 'asc' }, take: limit })
      return rows.map(accountColumns.ofModel)
    },
    insert: (account) => insert(database, account),
    async setPasswordHash(id, passwordHash, now) {
      const data = { passwordHash, updatedAt: BigInt(now) }
      const { count } = await database.account.updateMany({ where: { id }, data })
      return count === 1
    },
    async replacePasswordHash(id, from, to) {
      const where = { id, passwordHash: from }
      const { count } = await database.account.updateMany({ where, data: { passwordHash: to } })
      return count === 1
    },
    async setDisabled(id, disabledAt, now) {
      const data = { disabledAt: disabledAt === undefined ? null : BigInt(disabledAt), updatedAt: BigInt(now) }
      const { count } = await database.account.updateMany({ where: { id }, data })
      return count === 1
    },
    remove: (id) => remove(database, id),
  }
}

async function insert(database: Database, account: Account): Promise<boolean> {
  const inserted = await database.$executeRaw`
    INSERT INTO accounts (id, username, username_key, email_key, password_hash, claims, disabled_at, created_at, updated_at)
    VALUES (${account.id}, ${account.username}, ${account.usernameKey}, ${account.emailKey ?? null},
      ${account.passwordHash ?? null}, ${JSON.stringify(account.claims)}, ${account.disabledAt ?? null},
      ${account.createdAt}, ${account.updatedAt})
    ON CONFLICT (username_key) DO NOTHING`
  return inserted === 1
}

/** What a request inserts at the same moment may stay behind: without its account it is dead, and is swept when it expires. */
async function remove(database: Database, accountId: string): Promise<boolean> {
  const [removed] = await database.$transaction([
    database.account.deleteMany({ where: { id: accountId } }),
    database.session.deleteMany({ where: { accountId } }),
    database.consent.deleteMany({ where: { accountId } }),
    database.grant.deleteMany({ where: { accountId } }),
    database.securityNotice.deleteMany({ where: { accountId } }),
  ])
  return removed.count === 1
}
