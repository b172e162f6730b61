/** One connected adapter for Prisma's client and for the statements beside it: one pool, one queue of writes. */
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'

/** What Prisma's client is given: it connects when it likes, and whoever opened the adapter closes it. */
export function sharedAdapter(adapter: SqlDriverAdapter): SqlDriverAdapterFactory {
  const shared: SqlDriverAdapter = Object.create(adapter, { dispose: { value: async () => {} } })
  return { provider: adapter.provider, adapterName: adapter.adapterName, connect: async () => shared }
}
