/** A running Countersign: opens what it needs, listens, and goes away without losing an answer. */
import { createSecretKey } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { passwordHasher } from './accounts/authenticators/password.ts'
import { hashDecoys } from './accounts/hash-decoys.ts'
import { createApp } from './app.ts'
import { logoutDelivery } from './authorization/logout-delivery.ts'
import { securityNoticeDelivery } from './authorization/security-notice-delivery.ts'
import { steadyClock, systemClock } from './base/clock.ts'
import { type Duration, SECOND } from './base/duration.ts'
import { newIdentifier } from './base/identifier.ts'
import { openLog } from './base/open-log.ts'
import { systemRandom } from './base/random.ts'
import { keepYoungGenerationSmall } from './base/young-generation.ts'
import { clientIdDocuments } from './clients/client-id-documents.ts'
import { clientKeys } from './clients/client-keys.ts'
import { referencedRequests } from './clients/referenced-requests.ts'
import { registeredClients } from './clients/registered-clients.ts'
import { clientRegistry } from './clients/registry.ts'
import type { Config } from './config/config.ts'
import { deliverer } from './deliveries/deliverer.ts'
import type { Deps } from './deps.ts'
import { createEgress, egressPolicy } from './egress/egress.ts'
import { browserCookies } from './http/browser.ts'
import { draining } from './http/drain.ts'
import { countImportedHashes } from './jobs/count-imported-hashes.ts'
import { type Jobs, startJobs } from './jobs/job.ts'
import { noticeEndedSessions } from './jobs/notice-ended-sessions.ts'
import { rotateKeys } from './jobs/rotate-keys.ts'
import { sendDeliveries } from './jobs/send-deliveries.ts'
import { sweepExpired } from './jobs/sweep-expired.ts'
import { watchKeys } from './jobs/watch-keys.ts'
import { clientSecrets } from './keys/client-secrets.ts'
import { openKeyRing } from './keys/key-ring.ts'
import { rotationPolicy } from './keys/rotation-policy.ts'
import { deriveKey } from './keys/sealing.ts'
import { hasSealedKeys, loadSealingKey } from './keys/sealing-key.ts'
import { apisByAudience } from './protocol/api.ts'
import { openStorage } from './storage/prisma/client.ts'
import { logFailure } from './storage/storage.ts'

/** The longest that `stop` takes, once `listen.shutdown_delay` is over. */
export const STOPS_WITHIN: Duration = 10 * SECOND
/** Of that, what requests under way may take. */
const DRAINS_WITHIN: Duration = 7 * SECOND
/** And what is being delivered. */
const DELIVERS_WITHIN: Duration = 1 * SECOND

export interface Running {
  /** Where it listens, `http://127.0.0.1:9400`. */
  readonly address: string
  /** Says that it ends, serves for `listen.shutdown_delay`, stops accepting, finishes what is under way, closes all. */
  stop(): Promise<void>
}

/**
 * Starts serving. Rejects with an error for the operator when something needed can't be opened.
 * @param worker its number, for one of several processes that serve together: others say for them that they are ready
 */
export async function serve(config: Config, { worker }: { worker?: number } = {}): Promise<Running> {
  keepYoungGenerationSmall(process)
  const log = serverLog(config, worker)
  const storage = await openStorage(config.database, log)
  try {
    let stopping = false
    const deps = await openDeps(config, storage, { log, isStopping: () => stopping })
    const app = await createApp(deps, log)
    const jobs = openJobs(deps, log)
    const { host, port } = config.listen
    const address = await app.listen({ host, port }).catch(async (error: unknown) => {
      await jobs.stop()
      throw error
    })
    if (worker === undefined) sayReady(log, config, { address })
    return {
      address,
      async stop() {
        stopping = true
        await end(app, jobs, config.listen.shutdownDelay)
        // What is cut off now is sent once more by others, though it may have arrived.
        await Promise.race([deps.deliveries.stop(), delay(DELIVERS_WITHIN, undefined, { ref: false })])
        await storage.close()
        if (worker === undefined) log.info('Countersign has stopped')
      },
    }
  } catch (error) {
    await storage.close()
    throw error
  }
}

/** Every line of a worker carries its number. */
export function serverLog(config: Config, worker?: number): Logger {
  const log = openLog(config.log.level)
  return worker === undefined ? log : log.child({ worker })
}

export function sayReady(log: Logger, config: Config, more: { address: string; workers?: number }): void {
  log.info({ issuer: config.issuer, clients: config.clients.length, ...more }, 'Countersign is ready')
}

async function end(app: FastifyInstance, jobs: Jobs, shutdownDelay: Duration): Promise<void> {
  const drain = draining(app)
  drain.begin()
  // Others go on with the work in the background at once. The rest, above all the look at the keys, is needed to the end.
  const handedOver = jobs.handOver()
  await delay(shutdownDelay)
  await drain.close(DRAINS_WITHIN)
  await handedOver
  await jobs.stop()
}

function openJobs(deps: Deps, log: Logger): Jobs {
  const { storage, clock, random } = deps
  const steady = steadyClock
  const holder = newIdentifier(clock.now(), random)
  const all = [
    watchKeys(deps),
    rotateKeys(deps),
    sweepExpired({ storage, clock, steady }),
    noticeEndedSessions(deps),
    sendDeliveries(deps.deliveries),
    countImportedHashes(deps),
  ]
  return startJobs(all, { ...{ log, clock, steady, holder }, leases: storage.leases })
}

async function openDeps(
  config: Config,
  storage: Deps['storage'],
  { log, isStopping }: { log: Logger; isStopping: () => boolean },
): Promise<Deps> {
  const clock = systemClock
  const random = systemRandom
  const sealed = hasSealedKeys(await storage.signingKeys.list())
  const sealingKey = await loadSealingKey(config.keys.sealingKey, { random, hasSealedKeys: sealed })
  const policy = rotationPolicy(config)
  const { rsaBits } = config.keys
  const secrets = clientSecrets(sealingKey.bytes, random)
  const egress = createEgress({ policy: egressPolicy(config) })
  const steady = steadyClock
  const parts: Omit<Deps, 'deliveries'> = {
    config,
    issuer: config.issuer,
    lifetimes: config.lifetimes,
    clients: clientRegistry(config.clients, [
      registeredClients({ config, store: storage.registeredClients, secrets, clock, steady, log }),
      clientIdDocuments({ config, egress, steady, log }),
    ]),
    clientSecrets: secrets,
    apis: apisByAudience(config.apis),
    storage,
    keyRing: await openKeyRing({ store: storage.signingKeys, sealingKey, policy, rsaBits, clock, log }),
    refreshTokenKey: createSecretKey(deriveKey(sealingKey.bytes, 'refresh-tokens')),
    pairwiseKey: createSecretKey(deriveKey(sealingKey.bytes, 'pairwise-subjects')),
    passwords: passwordHasher(config.passwordHashing, { clock, random }),
    hashDecoys: await openDecoys(storage, sealingKey.bytes, log),
    cookies: browserCookies(config.issuer),
    egress,
    clientKeys: clientKeys({ egress, clock, log }),
    referencedRequests: referencedRequests({ egress, clock }),
    clock,
    random,
    isStopping,
  }
  const kinds = { logout: logoutDelivery(parts), security_notice: securityNoticeDelivery(parts) }
  return { ...parts, deliveries: deliverer({ ...parts, kinds, log }) }
}

/** No reason not to serve when they cannot be counted: the job tries again. */
async function openDecoys({ accounts }: Pick<Deps['storage'], 'accounts'>, sealingKey: Buffer, log: Logger) {
  const decoys = hashDecoys(accounts, createSecretKey(deriveKey(sealingKey, 'hash-decoys')))
  await decoys.learn().catch((error: unknown) => logFailure(log, error, { message: 'imported hashes not counted' }))
  return decoys
}
