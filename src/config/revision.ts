/** A short name for what a configuration says, so that several processes can be compared. */
import { createHmac } from 'node:crypto'
import type { Config } from './config.ts'

const LENGTH = 12

/**
 * Twelve hexadecimal digits: alike for two processes exactly when both would serve alike. Where they listen, what they log
 * and the way to the database may differ. Secrets count, so it is keyed: nobody without the key can try them out on it.
 */
export function revisionOf(config: Config, key: Uint8Array): string {
  const { listen: _listen, log: _log, database: _database, ...served } = config
  return createHmac('sha256', key).update(JSON.stringify(served)).digest('hex').slice(0, LENGTH)
}
