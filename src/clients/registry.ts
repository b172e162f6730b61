/** Every client that may be served. */
import type { Client } from '../protocol/client.ts'

export interface ClientRegistry {
  /** Those of the configuration file are in memory: they cost neither a query nor a promise. */
  find(id: string): Client | undefined | Promise<Client | undefined>
  /** Those of the configuration file. */
  list(): readonly Client[]
}

export function clientRegistry(clients: readonly Client[]): ClientRegistry {
  const byId = new Map(clients.map((client) => [client.id, client]))
  return { find: (id) => byId.get(id), list: () => clients }
}
