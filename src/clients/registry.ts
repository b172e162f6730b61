/** Every client that may be served. */
import type { Client } from '../protocol/client.ts'

export interface ClientRegistry {
  /** Those of the configuration file are in memory: they cost neither a query nor a promise. */
  find(id: string): Client | undefined | Promise<Client | undefined>
  /** Those of the configuration file. */
  list(): readonly Client[]
  /** It was changed or removed just now: what is remembered of it is not believed any more. */
  forget(id: string): void
  /**
   * It has shown that it is itself, or somebody let it have a grant: what is unused for long ends. That somebody knows its
   * client_id is no use. Undefined when there is nothing to write, which is so for clients of the configuration file.
   */
  sayUsed(client: Client): Promise<void> | undefined
}

/** Where clients are found that are not in the configuration file. */
export interface ClientLookup {
  /** Whether it could know this one; nothing is looked up for the others. */
  covers(id: string): boolean
  find(id: string): Client | undefined | Promise<Client | undefined>
  forget(id: string): void
  /** Left out: its clients do not end for want of use. */
  readonly sayUsed?: (client: Client) => Promise<void> | undefined
}

/** @param lookups asked for what the file does not have: an id of the file is always the file's */
export function clientRegistry(clients: readonly Client[], lookups: readonly ClientLookup[] = []): ClientRegistry {
  const byId = new Map(clients.map((client) => [client.id, client]))
  const lookupOf = (id: string): ClientLookup | undefined => lookups.find((lookup) => lookup.covers(id))
  return {
    find: (id) => byId.get(id) ?? lookupOf(id)?.find(id),
    list: () => clients,
    forget: (id) => lookupOf(id)?.forget(id),
    sayUsed: (client) => (client.source === 'configuration' ? undefined : lookupOf(client.id)?.sayUsed?.(client)),
  }
}
