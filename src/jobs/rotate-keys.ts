/** Keeps the signing keys turning: one process for all. Says beforehand which apps have not fetched the key that is to come. */

import type { Clock } from '../base/clock.ts'
import { MINUTE } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import type { Config } from '../config/config.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { type Outlook, rotationOutlook } from '../keys/key-users.ts'
import { rotationPolicy } from '../keys/rotation-policy.ts'
import { logFailure, type Storage } from '../storage/storage.ts'
import type { OneAtATimeJob } from './job.ts'

export interface RotateKeysDeps {
  readonly keyRing: Pick<KeyRing, 'tick'>
  readonly storage: Pick<Storage, 'signingKeys' | 'jwksFetches'>
  /** As it is in force just now. */
  config(): Pick<Config, 'keys' | 'lifetimes' | 'clients' | 'apis'>
  readonly clock: Clock
  readonly log: Log
}

/** Of the time that a key is published before it signs, the last part, in which whoever fetches regularly has it. */
const TELLS_IN_LAST = 1 / 4

export const rotateKeys = (deps: RotateKeysDeps): OneAtATimeJob => {
  const warn = rotationWarning(deps)
  return {
    name: 'rotate-keys',
    runs: 'one_at_a_time',
    everyMs: MINUTE,
    async run() {
      // Nobody is waited for: a stranger who fetched once could hold up the rotation for good.
      await warn().catch((error: unknown) =>
        logFailure(deps.log, error, { message: 'which apps know the next key could not be looked up' }),
      )
      await deps.keyRing.tick()
    },
  }
}

/** Each key is told of once. */
function rotationWarning({ storage, config, clock, log }: RotateKeysDeps): () => Promise<void> {
  const told = new Set<string>()
  return async () => {
    const { clients } = config()
    const policy = rotationPolicy(config())
    const isSoon = ({ dueAt }: Pick<Outlook, 'dueAt'>): boolean =>
      dueAt !== undefined && clock.now() >= dueAt - policy.publishBeforeUse * TELLS_IN_LAST
    const keys = await storage.signingKeys.list()
    const look = { keys, policy, clients, now: clock.now(), store: storage.jwksFetches }
    const soon = await rotationOutlook(look, (outlook) => isSoon(outlook) && !told.has(outlook.next.kid))
    for (const { algorithm, next, dueAt, users, unaware } of soon) {
      told.add(next.kid)
      if (unaware.length === 0) continue
      log.warn(
        {
          ...{ algorithm, kid: next.kid, signsFrom: dueAt && new Date(dueAt).toISOString() },
          apps: users.length,
          unaware: unaware.slice(0, MOST_NAMED).map(({ clientIds, address, origin, userAgent, lastSeenAt }) => ({
            ...(clientIds.length > 0 && { clients: clientIds.slice(0, MOST_NAMED) }),
            ...(origin === '' ? { address, userAgent } : { origin }),
            lastFetch: new Date(lastSeenAt).toISOString(),
          })),
        },
        `${unaware.length} of ${users.length} apps that fetch keys ${unaware.length === 1 ? 'has' : 'have'} not seen the one that signs next: countersign keys list`,
      )
    }
  }
}

/** A line of the log stays one that can be read. */
const MOST_NAMED = 10
