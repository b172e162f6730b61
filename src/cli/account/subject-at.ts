/** What a client calls an account (OpenID Connect Core §8): for whoever has only that in hand, from an app's log. */
import { createSecretKey } from 'node:crypto'
import type { Config } from '../../config/config.ts'
import { deriveKey } from '../../keys/sealing.ts'
import { loadSealingKey, SealingKeyError } from '../../keys/sealing-key.ts'
import { isPairwise, subjectOf } from '../../protocol/subject.ts'
import type { Account } from '../../storage/storage.ts'
import { CommandError, type Terminal } from '../command.ts'

/** Throws CommandError for a client that is not in the file, or without the sealing key. */
export async function subjectAt(
  clientId: string,
  account: Account,
  { config, terminal }: { config: Pick<Config, 'clients' | 'keys'>; terminal: Terminal },
): Promise<string> {
  const client = config.clients.find(({ id }) => id === clientId)
  if (client === undefined) throw new CommandError('there is no client with this client_id in the configuration file')
  if (!isPairwise(client)) return account.id
  try {
    // A new key would give names that nobody has heard of.
    const { bytes } = await loadSealingKey(config.keys.sealingKey, { random: terminal.random, hasSealedKeys: true })
    return subjectOf(client, account.id, createSecretKey(deriveKey(bytes, 'pairwise-subjects')))
  } catch (error) {
    throw error instanceof SealingKeyError ? new CommandError(error.message, { cause: error }) : error
  }
}
