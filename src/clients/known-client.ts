/** A client as the story of a refusal knows it: from the configuration or the database, asking nobody else. */
import type { Config } from '../config/config.ts'
import type { KnownClient } from '../refusals/story.ts'
import type { RegisteredClientStore } from '../storage/storage.ts'
import { metadataOf } from './registered-clients.ts'

interface Known {
  readonly config: Pick<Config, 'clients'>
  readonly storage: { readonly registeredClients: Pick<RegisteredClientStore, 'find'> }
}

export async function knownClient({ config, storage }: Known, clientId: string): Promise<KnownClient | undefined> {
  const configured = config.clients.find(({ id }) => id === clientId)
  if (configured !== undefined) return { ...configured.metadata, isConfigured: true }
  const registered = await storage.registeredClients.find(clientId)
  return registered && { ...metadataOf(registered), isConfigured: false }
}
