/** The outbox in the database: every step of an attempt is one conditional statement. */
import type { Delivery, DeliveryStore } from '../storage.ts'
import { columns, json, oneOf, optional, text, whole } from './columns.ts'
import type { Database } from './database.ts'

const deliveryColumns = columns<Delivery>({
  id: text('id'),
  kind: oneOf('kind'),
  clientId: optional(text('client_id')),
  accountId: optional(text('account_id')),
  payload: json<Delivery['payload']>('payload'),
  createdAt: whole('created_at'),
  nextAttemptAt: optional(whole('next_attempt_at')),
  attempts: whole('attempts'),
  deliveredAt: optional(whole('delivered_at')),
  givenUpAt: optional(whole('given_up_at')),
  lastFailure: optional(text('last_failure')),
})

type Table = Pick<Database, 'delivery' | '$executeRaw' | '$queryRaw'>

export function deliveryStore(database: Table): DeliveryStore {
  const { delivery } = database

  /** Only while attempt number `attempts` is the last one that began, and nothing has come of any. */
  async function change(
    { id, attempts }: { id: string; attempts: number },
    data: Parameters<typeof delivery.updateMany>[0]['data'],
  ): Promise<boolean> {
    const { count } = await delivery.updateMany({ where: { id, attempts, nextAttemptAt: { not: null } }, data })
    return count === 1
  }

  return {
    insert: (inserted) => insert(database, inserted),
    async find(id) {
      const row = await delivery.findUnique({ where: { id } })
      return row ? deliveryColumns.ofModel(row) : undefined
    },
    async due(now, { kinds, limit, without }) {
      const rows = await delivery.findMany({
        where: {
          nextAttemptAt: { lte: BigInt(now) },
          kind: { in: [...kinds] },
          ...(without.length > 0 && { OR: [{ clientId: null }, { clientId: { notIn: [...without] } }] }),
        },
        orderBy: { nextAttemptAt: 'asc' },
        take: limit,
      })
      return rows.map(deliveryColumns.ofModel)
    },
    claim: (id, { attempt, until }) =>
      change({ id, attempts: attempt - 1 }, { attempts: attempt, nextAttemptAt: BigInt(until) }),
    async delivered(id, now) {
      // Whichever attempt it was: what has arrived has arrived.
      const data = { deliveredAt: BigInt(now), nextAttemptAt: null, givenUpAt: null }
      await delivery.updateMany({ where: { id, deliveredAt: null }, data })
    },
    failed: (id, { attempt, reason, nextAttemptAt }) =>
      change({ id, attempts: attempt }, { lastFailure: reason, nextAttemptAt: BigInt(nextAttemptAt) }),
    giveUp: (id, { attempt, reason, now }) =>
      change({ id, attempts: attempt }, { lastFailure: reason, nextAttemptAt: null, givenUpAt: BigInt(now) }),
    async backlog() {
      const { _count: pending, _min: oldest } = await delivery.aggregate({
        where: { nextAttemptAt: { not: null } },
        _count: true,
        _min: { createdAt: true },
      })
      return { pending, oldestAt: oldest.createdAt === null ? undefined : Number(oldest.createdAt) }
    },
    async retry(id, now) {
      const data = { givenUpAt: null, nextAttemptAt: BigInt(now) }
      const { count } = await delivery.updateMany({ where: { id, givenUpAt: { not: null } }, data })
      return count === 1
    },
    async list({ clientId, state, before, limit }) {
      const rows = await delivery.findMany({
        where: {
          ...(clientId !== undefined && { clientId }),
          ...(state === 'waiting' && { nextAttemptAt: { not: null } }),
          ...(state === 'given_up' && { givenUpAt: { not: null } }),
          ...(before !== undefined && {
            createdAt: { lte: BigInt(before.at) },
            OR: [{ createdAt: { lt: BigInt(before.at) } }, { id: { gt: before.id } }],
          }),
        },
        orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
        take: limit,
      })
      return rows.map(deliveryColumns.ofModel)
    },
    ofAccount: (accountId, page) => ofAccount(database, accountId, page),
    async count(most) {
      const [row] = await database.$queryRaw<Record<'waiting' | 'givenUp', number | bigint>[]>`
        SELECT
          (SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE next_attempt_at IS NOT NULL LIMIT ${most}) AS a) AS waiting,
          (SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE given_up_at IS NOT NULL LIMIT ${most}) AS b) AS "givenUp"`
      return { waiting: Number(row?.waiting ?? 0), givenUp: Number(row?.givenUp ?? 0) }
    },
  }
}

async function ofAccount(
  { delivery }: Table,
  accountId: string,
  { kind, since, limit }: Parameters<DeliveryStore['ofAccount']>[1],
): Promise<readonly Delivery[]> {
  const rows = await delivery.findMany({
    where: { accountId, kind, createdAt: { gte: BigInt(since) } },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: limit,
  })
  return rows.map(deliveryColumns.ofModel)
}

async function insert(database: Table, of: Delivery): Promise<void> {
  await database.$executeRaw`
    INSERT INTO deliveries (id, kind, client_id, account_id, payload, created_at, next_attempt_at, attempts, delivered_at,
      given_up_at, last_failure)
    VALUES (${of.id}, ${of.kind}, ${of.clientId ?? null}, ${of.accountId ?? null}, ${JSON.stringify(of.payload)},
      ${of.createdAt}, ${of.nextAttemptAt ?? null}, ${of.attempts}, ${of.deliveredAt ?? null}, ${of.givenUpAt ?? null},
      ${of.lastFailure ?? null})
    ON CONFLICT (id) DO NOTHING`
}
