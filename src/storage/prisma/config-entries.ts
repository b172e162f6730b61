/** What of the configuration is in force, in the database, and the end of what removed clients had, a part at a time. */
import { join, type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import type { ConfigEntry, ConfigEntryStore, Ending, EndingKind, EndingStep, RevocationReason } from '../storage.ts'
import { columns, json, oneOf, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'

const entryColumns = columns<ConfigEntry>({
  id: text('id'),
  kind: oneOf('kind'),
  entry: json<ConfigEntry['entry']>('entry'),
  digest: text('digest'),
  since: whole('since'),
  removedAt: optional(whole('removed_at')),
  endsBefore: optional(whole('ends_before')),
})

type Table = Pick<Database, 'configEntry' | '$queryRaw' | '$executeRaw'>

export function configEntryStore(database: Table): ConfigEntryStore {
  const { configEntry } = database
  return {
    async states() {
      const rows = await configEntry.findMany({ omit: { entry: true, since: true } })
      return rows.map(({ kind, id, digest, removedAt, endsBefore }) => ({
        kind: kind as ConfigEntry['kind'],
        ...{ id, digest },
        removedAt: numberOf(removedAt),
        endsBefore: numberOf(endsBefore),
      }))
    },
    async find(kind, id) {
      const row = await configEntry.findUnique({ where: { kind_id: { kind, id } } })
      return row ? entryColumns.ofModel(row) : undefined
    },
    async put({ kind, id, entry, digest, since }, from) {
      const said = JSON.stringify(entry)
      const changed =
        from === undefined
          ? await database.$executeRaw`
              INSERT INTO config_entries (kind, id, entry, digest, since)
              VALUES (${kind}, ${id}, ${said}, ${digest}, CAST(${since} AS BIGINT)) ON CONFLICT (kind, id) DO NOTHING`
          : await database.$executeRaw`
              UPDATE config_entries SET entry = ${said}, digest = ${digest}, since = CAST(${since} AS BIGINT), removed_at = NULL
              WHERE kind = ${kind} AND id = ${id} AND digest = ${from} AND (removed_at IS NOT NULL OR digest <> ${digest})`
      return changed === 1
    },
    async remove({ kind, id, digest }, now) {
      const changed = await database.$executeRaw`
        UPDATE config_entries SET removed_at = CAST(${now} AS BIGINT), ends_before = CAST(${now} AS BIGINT)
        WHERE kind = ${kind} AND id = ${id} AND digest = ${digest} AND removed_at IS NULL`
      return changed === 1
    },
    end: (step) => END[step.kind](database, step),
    async ended({ kind, id, endsBefore }) {
      const at = { kind, id, endsBefore: endsBefore === undefined ? null : BigInt(endsBefore) }
      const forgotten = await configEntry.deleteMany({ where: { ...at, removedAt: { not: null } } })
      if (forgotten.count === 1) return true
      return (await configEntry.updateMany({ where: at, data: { endsBefore: null } })).count === 1
    },
  }
}

const numberOf = (value: bigint | null): number | undefined => (value === null ? undefined : Number(value))

type End = (database: Table, step: EndingStep) => ReturnType<ConfigEntryStore['end']>

const CLIENT_REMOVED: RevocationReason = 'client_removed'

const END: Readonly<Record<EndingKind, End>> = {
  // By the primary key: an index by client would cost every sign-on something, for what happens twice a year.
  grants: async (database, step) => {
    const upTo = await lastOf(
      database,
      sql`SELECT id FROM grants WHERE id > ${step.after} ORDER BY id LIMIT ${step.limit}`,
    )
    if (upTo === undefined) return { ended: 0, after: undefined }
    const ended = await database.$executeRaw`
      UPDATE grants SET revoked_at = CAST(${step.now} AS BIGINT), revoked_because = ${CLIENT_REMOVED}
      WHERE id > ${step.after} AND id <= ${upTo} AND revoked_at IS NULL AND ${ofClients(step.endings, sql`created_at`)}`
    return { ended, after: upTo }
  },
  consents: async (database, { endings, limit }) => {
    const ended = await database.$executeRaw`
      DELETE FROM consents WHERE EXISTS (
        SELECT 1 FROM (
          SELECT account_id, client_id FROM consents WHERE ${ofClients(endings, sql`consented_at`)} LIMIT ${limit}) AS part
        WHERE part.account_id = consents.account_id AND part.client_id = consents.client_id)`
    return { ended, after: ended < limit ? undefined : '' }
  },
  // One that came back is to hear of the end of its sessions, those from before among them.
  session_clients: async (database, step) => {
    const gone = step.endings.filter(({ before }) => before === undefined)
    const page = sql`SELECT session_id AS id FROM session_clients WHERE session_id > ${step.after} ORDER BY session_id LIMIT ${step.limit}`
    const upTo = gone.length === 0 ? undefined : await lastOf(database, page)
    if (upTo === undefined) return { ended: 0, after: undefined }
    const ended = await database.$executeRaw`
      DELETE FROM session_clients
      WHERE session_id > ${step.after} AND session_id <= ${upTo} AND client_id IN (${idsOf(gone)})`
    return { ended, after: upTo }
  },
  deliveries: async (database, { endings, limit, now }) => {
    const gone = endings.filter(({ before }) => before === undefined)
    if (gone.length === 0) return { ended: 0, after: undefined }
    const ended = await database.$executeRaw`
      UPDATE deliveries SET next_attempt_at = NULL, given_up_at = CAST(${now} AS BIGINT), last_failure = ${NOBODY}
      WHERE next_attempt_at IS NOT NULL AND id IN (
        SELECT id FROM deliveries WHERE next_attempt_at IS NOT NULL AND client_id IN (${idsOf(gone)}) LIMIT ${limit})`
    return { ended, after: ended < limit ? undefined : '' }
  },
}

const NOBODY = 'the client was taken out of the configuration'

const idsOf = (endings: readonly Ending[]): Sql => join(endings.map(({ clientId }) => clientId))

/** @param madeAt the column that says when */
function ofClients(endings: readonly Ending[], madeAt: Sql): Sql {
  const each = endings.map(({ clientId, before }) =>
    before === undefined
      ? sql`client_id = ${clientId}`
      : sql`(client_id = ${clientId} AND ${madeAt} < CAST(${before} AS BIGINT))`,
  )
  return sql`(${join(each, ' OR ')})`
}

/** The last id of a page; undefined when it is empty. */
async function lastOf(database: Table, page: Sql): Promise<string | undefined> {
  const [row] = await database.$queryRaw<{ last: string | null }[]>`SELECT MAX(id) AS last FROM (${page}) AS page`
  return row?.last ?? undefined
}
