/** Clients that registered themselves, in the database. */
import type { Timestamp } from '../../base/clock.ts'
import type { RegisteredClient, RegisteredClientStore } from '../storage.ts'
import { columns, json, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'
import type { Statements } from './statement.ts'

const clientColumns = columns<RegisteredClient>({
  id: text('id'),
  metadata: json<RegisteredClient['metadata']>('metadata'),
  secretHash: optional(text('secret_hash')),
  sealedSecret: optional(text('sealed_secret')),
  registrationTokenHash: text('registration_token_hash'),
  createdAt: whole('created_at'),
  updatedAt: whole('updated_at'),
  lastUsedAt: optional(whole('last_used_at')),
  expiresAt: whole('expires_at'),
})

export function registeredClientStore(database: Database, statements: Statements): RegisteredClientStore {
  const find = statements.lookup({
    asked: ['id'],
    select: clientColumns.select('c'),
    joins: 'JOIN clients AS c ON c.id = asked.id',
  })
  const touch = statements.execute(`
    UPDATE clients SET last_used_at = ?, expires_at = ?
    WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)`)
  return {
    async find(id) {
      const row = await find(id)
      return row && clientColumns.read(row, 0)
    },
    async list({ after, limit }) {
      const where = after === undefined ? {} : { id: { gt: after } }
      const rows = await database.registeredClient.findMany({ where, orderBy: { id: 'asc' }, take: limit })
      return rows.map(clientColumns.ofModel)
    },
    async insert(client, most) {
      if (await insertBelow(database, client, most)) return true
      return (await makeRoom(database, client.createdAt)) && insertBelow(database, client, most)
    },
    async hasRoom(most, now) {
      return (await database.registeredClient.count({ where: { expiresAt: { gte: BigInt(now) } } })) < most
    },
    async update(id, { metadata, secretHash, sealedSecret, updatedAt, expiresAt }, { consentsEnd }) {
      const data = {
        metadata: JSON.stringify(metadata),
        secretHash: secretHash ?? null,
        sealedSecret: sealedSecret ?? null,
        updatedAt: BigInt(updatedAt),
        expiresAt: BigInt(expiresAt),
      }
      const update = database.registeredClient.updateMany({ where: { id }, data })
      const [{ count }] = consentsEnd
        ? await database.$transaction([update, database.consent.deleteMany({ where: { clientId: id } })])
        : [await update]
      return count === 1
    },
    async touch(id, { now, before, expiresAt }) {
      await touch(now, expiresAt, id, before)
    },
    async remove(id) {
      const [removed] = await database.$transaction([
        database.registeredClient.deleteMany({ where: { id } }),
        database.consent.deleteMany({ where: { clientId: id } }),
      ])
      return removed.count === 1
    },
  }
}

/**
 * Each client has a slot of its own. As long as there are fewer than `most`, the lowest free one is among the first
 * `most`; of several processes at once that all see the last one free, the unique index lets one have it. Each lost race is
 * another's progress, so this ends.
 */
async function insertBelow(database: Database, client: RegisteredClient, most: number): Promise<boolean> {
  for (;;) {
    const inserted = await database.$executeRaw`
      INSERT INTO clients (id, slot, metadata, secret_hash, sealed_secret, registration_token_hash, created_at, updated_at,
        last_used_at, expires_at)
      SELECT CAST(${client.id} AS TEXT), free.slot, CAST(${JSON.stringify(client.metadata)} AS TEXT),
        CAST(${client.secretHash ?? null} AS TEXT), CAST(${client.sealedSecret ?? null} AS TEXT),
        CAST(${client.registrationTokenHash} AS TEXT), CAST(${client.createdAt} AS BIGINT),
        CAST(${client.updatedAt} AS BIGINT), CAST(${client.lastUsedAt ?? null} AS BIGINT),
        CAST(${client.expiresAt} AS BIGINT)
      FROM (
        SELECT MIN(taken.slot) + 1 AS slot FROM (SELECT 0 AS slot UNION ALL SELECT slot FROM clients) AS taken
        WHERE NOT EXISTS (SELECT 1 FROM clients AS next WHERE next.slot = taken.slot + 1)) AS free
      WHERE (SELECT COUNT(*) FROM clients) < CAST(${most} AS INTEGER)
      ON CONFLICT (slot) DO NOTHING`
    if (inserted === 1) return true
    if ((await database.registeredClient.count()) >= most) return false
  }
}

/** Whether any was past its time. Its consents go with it, as in the sweep: afterwards nothing would find them. */
async function makeRoom(database: Database, now: Timestamp): Promise<boolean> {
  const [, removed] = await database.$transaction([
    database.$executeRaw`
      DELETE FROM consents WHERE client_id IN (SELECT id FROM clients WHERE expires_at < CAST(${now} AS BIGINT))`,
    database.$executeRaw`
      DELETE FROM clients WHERE expires_at < CAST(${now} AS BIGINT)
        AND NOT EXISTS (SELECT 1 FROM consents WHERE client_id = clients.id)`,
  ])
  return removed > 0
}
