/** Which process does which background work, in the database: compare and set, and no clock. */
import type { Lease, LeaseStore } from '../storage.ts'
import type { Database } from './database.ts'

interface Row {
  readonly holder: string | null
  readonly turn: number | bigint
}

export function leaseStore(database: Pick<Database, '$queryRaw' | '$executeRaw'>): LeaseStore {
  return {
    async find(name): Promise<Lease | undefined> {
      const [row] = await database.$queryRaw<Row[]>`SELECT holder, turn FROM leases WHERE name = ${name}`
      return row && { holder: row.holder ?? undefined, turn: Number(row.turn) }
    },
    async take(name, { holder, from }) {
      const taken = await database.$executeRaw`
        INSERT INTO leases (name, holder, turn) VALUES (${name}, ${holder}, ${from + 1})
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, turn = excluded.turn WHERE leases.turn = ${from}`
      return taken === 1
    },
    async giveBack(name, holder) {
      await database.$executeRaw`
        UPDATE leases SET holder = NULL, turn = turn + 1 WHERE name = ${name} AND holder = ${holder}`
    },
  }
}
