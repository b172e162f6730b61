/** A running Countersign: opens what it needs, listens, and goes away without losing an answer. */
import { pino } from 'pino'
import { passwordHasher } from './accounts/authenticators/password.ts'
import { createApp } from './app.ts'
import { systemClock } from './base/clock.ts'
import { systemRandom } from './base/random.ts'
import { keepYoungGenerationSmall } from './base/young-generation.ts'
import { clientRegistry } from './clients/registry.ts'
import type { Config } from './config/config.ts'
import type { Deps } from './deps.ts'
import { browserCookies } from './http/browser.ts'
import { startJobs } from './jobs/job.ts'
import { rotateKeys } from './jobs/rotate-keys.ts'
import { sweepExpired } from './jobs/sweep-expired.ts'
import { openKeyRing } from './keys/key-ring.ts'
import { rotationPolicy } from './keys/rotation-policy.ts'
import { deriveKey } from './keys/sealing.ts'
import { hasSealedKeys, loadSealingKey } from './keys/sealing-key.ts'
import { openStorage } from './storage/prisma/client.ts'

export interface Running {
  /** Where it listens, `http://127.0.0.1:9400`. */
  readonly address: string
  /** Stops accepting, finishes what is under way, closes the database. */
  stop(): Promise<void>
}

/** Starts serving. Rejects with an error for the operator when something needed can't be opened. */
export async function serve(config: Config): Promise<Running> {
  keepYoungGenerationSmall(process)
  const log = pino({ level: config.log.level })
  const storage = await openStorage(config.database)
  try {
    const deps = await openDeps(config, storage, log)
    const app = await createApp(deps, log)
    const jobs = startJobs([rotateKeys(deps), sweepExpired(deps)], { log })
    const address = await app.listen({
      host: config.listen.host,
      port: config.listen.port,
    })
    log.info({ issuer: config.issuer, address, clients: config.clients.length }, 'Countersign is ready')
    return {
      address,
      async stop() {
        await app.close()
        await jobs.stop()
        await storage.close()
        log.info('Countersign has stopped')
      },
    }
  } catch (error) {
    await storage.close()
    throw error
  }
}

async function openDeps(config: Config, storage: Deps['storage'], log: pino.Logger): Promise<Deps> {
  const clock = systemClock
  const random = systemRandom
  const sealed = hasSealedKeys(await storage.signingKeys.list())
  const sealingKey = await loadSealingKey(config.keys.sealingKey, { random, hasSealedKeys: sealed })
  const policy = rotationPolicy(config)
  const { rsaBits } = config.keys
  return {
    config,
    issuer: config.issuer,
    lifetimes: config.lifetimes,
    clients: clientRegistry(config.clients),
    storage,
    keyRing: await openKeyRing({ store: storage.signingKeys, sealingKey, policy, rsaBits, clock, log }),
    refreshTokenKey: deriveKey(sealingKey.bytes, 'refresh-tokens'),
    passwords: passwordHasher(config.passwordHashing, { clock, random }),
    cookies: browserCookies(config.issuer),
    clock,
    random,
  }
}
