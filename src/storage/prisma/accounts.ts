/** Accounts in the database. */
import { join, sqltag as sql } from '@prisma/client/runtime/client'
import { sha256 } from '../../base/hash.ts'
import type { StandardClaims } from '../../protocol/claims.ts'
import type {
  Account,
  AccountKeys,
  AccountStore,
  ImportedAccount,
  ImportedHashes,
  ProvenChange,
  ProvenEmail,
  ProvenInsertion,
} from '../storage.ts'
import { columns, json, oneOf, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'

export const accountColumns = columns<Account>({
  id: text('id'),
  username: text('username'),
  usernameKey: text('username_key'),
  emailKey: optional(text('email_key')),
  passwordHash: optional(text('password_hash')),
  claims: json<StandardClaims>('claims'),
  disabledAt: optional(whole('disabled_at')),
  origin: optional(oneOf('origin')),
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
    findByEmail: (emailKey) => findByEmail(database, emailKey),
    async list({ after, limit }) {
      const where = after === undefined ? {} : { usernameKey: { gt: after } }
      const rows = await database.account.findMany({ where, orderBy: { usernameKey: 'asc' }, take: limit })
      return rows.map(accountColumns.ofModel)
    },
    findAny: (keys) => findAny(database, keys),
    insert: async (account) => (await insertAccount(database, account)) === 1,
    insertProven: (account) => insertProven(database, account),
    setProvenEmail: (id, change) => setProvenEmail(database, id, change),
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
    async changeClaims(id, { claims, updatedAt, from }) {
      const data = { claims: JSON.stringify(claims), updatedAt: BigInt(updatedAt) }
      const { count } = await database.account.updateMany({ where: { id, updatedAt: BigInt(from) }, data })
      return count === 1
    },
    importedHashes: () => importedHashes(database),
    async setPasswordHash(id, passwordHash, now, from) {
      const data = { passwordHash, updatedAt: BigInt(now), importedHashReplaced: 1 }
      const hashes = from === '' ? [null, ''] : [from]
      const only = from === undefined ? {} : { OR: hashes.map((hash) => ({ passwordHash: hash ?? null })) }
      const { count } = await database.account.updateMany({ where: { id, ...only }, data })
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

/** To be awaited, or put into a transaction; 0: the user name is taken. */
export const insertAccount = (database: Database, account: Account) => database.$executeRaw`
    INSERT INTO accounts (id, username, username_key, email_key, password_hash, claims, disabled_at, created_at, updated_at,
      origin)
    VALUES (${join(insertedValues(account))})
    ON CONFLICT (username_key) DO NOTHING`

/** As `JSON.stringify` writes it; inside a text of somebody's the quotes are escaped. */
const VERIFIED = '%"email_verified":true%'

/**
 * The row in `used_tokens` is a lock, and gone when the transaction is over: PostgreSQL lets nobody else insert it until then, and
 * what the statement behind it reads is as of after that. (SQLite has one writer at a time anyway.)
 */
export function provenInsertion(database: Database, account: Account) {
  const { emailKey, usernameKey } = account
  if (emailKey === undefined) throw new TypeError('an account whose address is proven has one')
  const lock = `address ${sha256(emailKey)}`
  return [
    database.$executeRaw`INSERT INTO used_tokens (id, expires_at) VALUES (${lock}, ${account.createdAt}) ON CONFLICT DO NOTHING`,
    database.$executeRaw`
      INSERT INTO accounts (id, username, username_key, email_key, password_hash, claims, disabled_at, created_at, updated_at,
        origin)
      SELECT ${account.id}, ${account.username}, ${usernameKey}, ${emailKey}, ${account.passwordHash ?? null},
        ${JSON.stringify(account.claims)}, NULL, CAST(${account.createdAt} AS BIGINT), CAST(${account.updatedAt} AS BIGINT),
        ${account.origin ?? null}
      WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE email_key = ${emailKey} AND claims LIKE ${VERIFIED})
        AND NOT EXISTS (SELECT 1 FROM accounts WHERE username_key = ${emailKey} AND username_key <> ${usernameKey})
      ON CONFLICT (username_key) DO NOTHING`,
    database.$executeRaw`DELETE FROM used_tokens WHERE id = ${lock}`,
  ] as const
}

async function insertProven(database: Database, account: Account): Promise<ProvenInsertion> {
  const [, inserted] = await database.$transaction([...provenInsertion(database, account)])
  return inserted === 1 ? 'inserted' : whyNotProven(database, account)
}

/** Of one that was not inserted. */
export async function whyNotProven(
  database: Database,
  { emailKey = '' }: Pick<Account, 'emailKey'>,
): Promise<Exclude<ProvenInsertion, 'inserted'>> {
  const [owner] = await findByEmail(database, emailKey)
  if (owner?.claims.email_verified === true) return 'address_taken'
  const namesake = await database.account.findUnique({ where: { usernameKey: emailKey } })
  return namesake ? 'address_taken' : 'username_taken'
}

/** As `insertProven`. */
async function setProvenEmail(database: Database, id: string, change: ProvenEmail): Promise<ProvenChange> {
  const { emailKey, claims, updatedAt, version } = change
  const lock = `address ${sha256(emailKey)}`
  const [, set] = await database.$transaction([
    database.$executeRaw`INSERT INTO used_tokens (id, expires_at) VALUES (${lock}, ${updatedAt}) ON CONFLICT DO NOTHING`,
    database.$executeRaw`
      UPDATE accounts SET email_key = ${emailKey}, claims = ${JSON.stringify(claims)}, updated_at = ${updatedAt}
      WHERE id = ${id} AND updated_at = ${version}
        AND NOT EXISTS (SELECT 1 FROM accounts AS other
          WHERE other.id <> ${id} AND other.email_key = ${emailKey} AND other.claims LIKE ${VERIFIED})
        AND NOT EXISTS (SELECT 1 FROM accounts AS other WHERE other.id <> ${id} AND other.username_key = ${emailKey})`,
    database.$executeRaw`DELETE FROM used_tokens WHERE id = ${lock}`,
  ])
  if (set === 1) return 'set'
  const others = await database.account.findMany({
    where: { OR: [{ emailKey }, { usernameKey: emailKey }], NOT: { id } },
  })
  const isTaken = others
    .map(accountColumns.ofModel)
    .some((other) => other.claims.email_verified === true || other.usernameKey === emailKey)
  return isTaken ? 'address_taken' : 'changed'
}

/** Those that are verified first, so that no number of others is in their way. One statement, whether there is one or not. */
async function findByEmail(database: Database, emailKey: string): Promise<readonly Account[]> {
  const rows = await database.$queryRaw<AccountRow[]>`
    SELECT id, username, username_key AS "usernameKey", email_key AS "emailKey", password_hash AS "passwordHash", claims,
      disabled_at AS "disabledAt", origin, created_at AS "createdAt", updated_at AS "updatedAt"
    FROM accounts WHERE email_key = ${emailKey}
    ORDER BY CASE WHEN claims LIKE ${VERIFIED} THEN 0 ELSE 1 END, id LIMIT 2`
  return rows.map(accountColumns.ofModel)
}

type AccountRow = Parameters<typeof accountColumns.ofModel>[0]

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
      origin, imported_hash)
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
  account.origin ?? null,
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
    database.passkey.deleteMany({ where: { accountId } }),
    database.rememberedDevice.deleteMany({ where: { accountId } }),
    database.oneTimeCode.deleteMany({ where: { accountId } }),
    database.upstreamIdentity.deleteMany({ where: { accountId } }),
  ])
  return removed.count === 1
}
