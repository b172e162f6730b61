/** Accounts in the database. */
import type { StandardClaims } from '../../protocol/claims.ts'
import type { Account, AccountStore } from '../storage.ts'
import type { Database } from './database.ts'
import type { Account as AccountRow } from './generated/sqlite/client.ts'
import { optional, optionalTimestamp, selection, timestamp } from './rows.ts'

/** An account inside a statement of another store: `accounts AS a`. */
export const accountSelection = selection<AccountRow>('a', {
  id: 'id',
  username: 'username',
  usernameKey: 'username_key',
  emailKey: 'email_key',
  passwordHash: 'password_hash',
  claims: 'claims',
  disabledAt: 'disabled_at',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
})

export function accountOf(row: AccountRow): Account {
  // The parse border: only toStored below writes this column.
  const claims = JSON.parse(row.claims) as StandardClaims
  return {
    id: row.id,
    username: row.username,
    usernameKey: row.usernameKey,
    emailKey: optional(row.emailKey),
    passwordHash: optional(row.passwordHash),
    claims,
    disabledAt: optionalTimestamp(row.disabledAt),
    createdAt: timestamp(row.createdAt),
    updatedAt: timestamp(row.updatedAt),
  }
}

export function accountStore(database: Database): AccountStore {
  return {
    async find(id) {
      const row = await database.account.findUnique({ where: { id } })
      return row ? accountOf(row) : undefined
    },
    async findByUsername(usernameKey) {
      const row = await database.account.findUnique({ where: { usernameKey } })
      return row ? accountOf(row) : undefined
    },
    async findByEmail(emailKey) {
      const rows = await database.account.findMany({ where: { emailKey }, orderBy: { id: 'asc' }, take: 2 })
      return rows.map(accountOf)
    },
    async list({ after, limit }) {
      const where = after === undefined ? {} : { usernameKey: { gt: after } }
      const rows = await database.account.findMany({ where, orderBy: { usernameKey: 'asc' }, take: limit })
      return rows.map(accountOf)
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
  ])
  return removed.count === 1
}
