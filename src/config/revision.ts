/** A short name for what a configuration says, so that several processes can be compared. */
import { createHmac } from 'node:crypto'
import type { Config } from './config.ts'

const LENGTH = 12

/**
 * Twelve hexadecimal digits: alike for two processes exactly when both would serve alike. Where they listen, also
 * for Prometheus, what they log and trace, and the way to the database may differ. Secrets count, so it is keyed: nobody without the key can try them out on it.
 */
export function revisionOf(config: Config, key: Uint8Array): string {
  const { listen: _, log: __, database: ___, metrics: ____, tracing: _____, ...served } = config
  return createHmac('sha256', key).update(JSON.stringify(served)).digest('hex').slice(0, LENGTH)
}
