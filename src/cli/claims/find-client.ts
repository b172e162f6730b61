/** A client of the file or one that registered itself, with what it needs of the sealing key. */
import { createSecretKey, type KeyObject } from 'node:crypto'
import { steadyClock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { registeredClients } from '../../clients/registered-clients.ts'
import type { Config } from '../../config/config.ts'
import { clientSecrets } from '../../keys/client-secrets.ts'
import { deriveKey } from '../../keys/sealing.ts'
import { loadSealingKey, SealingKeyError } from '../../keys/sealing-key.ts'
import type { Client } from '../../protocol/client.ts'
import { isPairwise } from '../../protocol/subject.ts'
import { CommandError, type Terminal } from '../command.ts'
import type { Opened } from '../open.ts'

/** Throws CommandError for one that there is not. One whose client_id is the address of a document is not asked for. */
export async function findClient(
  id: string,
  { config, storage }: Opened,
  { clock, random }: Pick<Terminal, 'clock' | 'random'>,
): Promise<Client> {
  const listed = config.clients.find((client) => client.id === id)
  if (listed !== undefined) return listed
  const unknown = new CommandError('there is no client with this client_id (countersign client list)')
  if ((await storage.registeredClients.find(id)) === undefined) throw unknown
  const secrets = clientSecrets(await sealingKey(config, random), random)
  const ignore = (): void => {}
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const store = storage.registeredClients
  const found = await registeredClients({ config, store, secrets, clock, steady: steadyClock, log }).find(id)
  if (found === undefined) throw unknown
  return found
}

/** Undefined: nothing that this client gets depends on it. */
export async function pairwiseKeyFor(client: Client, config: Config, random: Random): Promise<KeyObject | undefined> {
  if (!isPairwise(client)) return undefined
  return createSecretKey(deriveKey(await sealingKey(config, random), 'pairwise-subjects'))
}

async function sealingKey({ keys }: Pick<Config, 'keys'>, random: Random): Promise<Buffer> {
  try {
    // A new key would give names that nobody has heard of.
    return (await loadSealingKey(keys.sealingKey, { random, hasSealedKeys: true })).bytes
  } catch (error) {
    throw error instanceof SealingKeyError ? new CommandError(error.message, { cause: error }) : error
  }
}
