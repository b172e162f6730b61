/** Every client, in memory: a look-up costs no query. */
import type { Client } from '../protocol/client.ts'

export interface ClientRegistry {
  find(id: string): Client | undefined
  list(): readonly Client[]
}

export function clientRegistry(clients: readonly Client[]): ClientRegistry {
  const byId = new Map(clients.map((client) => [client.id, client]))
  return { find: (id) => byId.get(id), list: () => clients }
}
