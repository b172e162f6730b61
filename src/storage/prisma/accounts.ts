/** Accounts in the database. */
import { join, sqltag as sql } from '@prisma/client/runtime/client'
import type { StandardClaims } from '../../protocol/claims.ts'
import type { Account, AccountKeys, AccountStore, ImportedAccount, ImportedHashes } from '../storage.ts'
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
    findAny: (keys) => findAny(database, keys),
    insert: (account) => insert(database, account),
    insertAll: (accounts) => insertAll(database, accounts),
    async setClaims(id, { username, emailKey, claims, updatedAt }) {
      const data = {
        username,
        emailKey: emailKey ?? null,
        claims: JSON.stringify(claims),
        updatedAt: BigInt(updatedAt),
      }
      const { count } = await database.account.updateMany({ where: { id }, data })
      return count === 1
    },
    importedHashes: () => importedHashes(database),
    async setPasswordHash(id, passwordHash, now) {
      const data = { passwordHash, updatedAt: BigInt(now), importedHashReplaced: 1 }
      const { count } = await database.account.updateMany({ where: { id }, data })
      return count === 1
    },
    async replacePasswordHash(id, from, to) {
      const where = { id, passwordHash: from }
      const data = { passwordHash: to, importedHashReplaced: 1 }
      const { count } = await database.account.updateMany({ where, data })
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

/** One question for each index: of all three in one, SQLite makes a walk through the table. */
async function findAny(database: Database, { ids, usernameKeys, emailKeys }: AccountKeys): Promise<Account[]> {
  const found = await Promise.all(
    [{ id: { in: [...ids] } }, { usernameKey: { in: [...usernameKeys] } }, { emailKey: { in: [...emailKeys] } }].map(
      (where) => database.account.findMany({ where }),
    ),
  )
  const byId = new Map(found.flat().map((row) => [row.id, row]))
  return [...byId.values()].map(accountColumns.ofModel)
}

async function insertAll(database: Database, accounts: readonly ImportedAccount[]): Promise<ReadonlySet<string>> {
  if (accounts.length === 0) return new Set()
  const rows = accounts.map(
    ({ account, importedHash }) => sql`(${join([...insertedValues(account), importedHash ?? null])})`,
  )
  const inserted = await database.$queryRaw<{ id: string }[]>`
    INSERT INTO accounts (id, username, username_key, email_key, password_hash, claims, disabled_at, created_at, updated_at,
      imported_hash)
    VALUES ${join(rows)}
    ON CONFLICT DO NOTHING RETURNING id`
  return new Set(inserted.map(({ id }) => id))
}

const insertedValues = (account: Account): (string | number | null)[] => [
  account.id,
  account.username,
  account.usernameKey,
  account.emailKey ?? null,
  account.passwordHash ?? null,
  JSON.stringify(account.claims),
  account.disabledAt ?? null,
  account.createdAt,
  account.updatedAt,
]

async function importedHashes(database: Database) {
  // By the index alone; where nobody came with a hash that is all.
  const rows = await database.$queryRaw<{ cost: string; accounts: bigint; replaced: bigint }[]>`
    SELECT imported_hash AS cost, COUNT(*) AS accounts, COUNT(imported_hash_replaced) AS replaced
    FROM accounts WHERE imported_hash IS NOT NULL GROUP BY imported_hash ORDER BY imported_hash`
  const costs: ImportedHashes[] = rows.map(({ cost, accounts, replaced }) => ({
    cost,
    accounts: Number(accounts),
    left: Number(accounts) - Number(replaced),
  }))
  return { accounts: costs.length === 0 ? 0 : await database.account.count(), costs }
}

/** What a request inserts at the same moment may stay behind: without its account it is dead, and is swept when it expires. */
async function remove(database: Database, accountId: string): Promise<boolean> {
  const [removed] = await database.$transaction([
    database.account.deleteMany({ where: { id: accountId } }),
    database.session.deleteMany({ where: { accountId } }),
    database.consent.deleteMany({ where: { accountId } }),
    database.grant.deleteMany({ where: { accountId } }),
    database.securityNotice.deleteMany({ where: { accountId } }),
    database.totp.deleteMany({ where: { accountId } }),
    database.totpSetup.deleteMany({ where: { accountId } }),
    database.recoveryCode.deleteMany({ where: { accountId } }),
    database.rememberedDevice.deleteMany({ where: { accountId } }),
    database.oneTimeCode.deleteMany({ where: { accountId } }),
  ])
  return removed.count === 1
}
