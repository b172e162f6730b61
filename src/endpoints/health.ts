/** Whether the process lives, and whether it can serve: for load balancers and containers. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Timestamp } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import type { ReloadState } from '../config/reload-state.ts'
import type { Deps } from '../deps.ts'
import { rawQuery } from '../http/form.ts'
import { HEAD_TOO } from '../http/prebuilt.ts'
import { isThere } from '../storage/instances.ts'
import { DatabaseUnavailable, logFailure } from '../storage/storage.ts'

/** A database that takes longer is not one to serve from. */
const PATIENCE: Duration = SECOND

type HealthDeps = Pick<Deps, 'storage' | 'keyRing' | 'isStopping' | 'reloads' | 'clock'>

/** `/readyz` names each thing that serving needs, so that whoever is woken up knows where to look. */
interface Readiness {
  readonly status: 'ok' | 'unavailable'
  readonly database: 'reachable' | 'unreachable'
  readonly migrations: 'applied' | 'missing' | 'unknown'
  readonly keys: ReturnType<Deps['keyRing']['state']>
}

export function health(app: FastifyInstance, deps: HealthDeps): void {
  // A process that stops or has lost its database lives: to restart it would mend nothing.
  app.get('/livez', HEAD_TOO, (_request, reply) => reply.send({ status: 'ok' }))
  app.get('/readyz', HEAD_TOO, async (request, reply) => {
    if (deps.isStopping()) return reply.code(503).send({ status: 'stopping' })
    const readiness = await askReadiness(request, deps)
    const more = new URLSearchParams(rawQuery(request)).has('verbose')
      ? { configuration: await askConfiguration(deps) }
      : {}
    return reply.code(readiness.status === 'ok' ? 200 : 503).send({ ...readiness, ...more })
  })
}

async function askReadiness(request: FastifyRequest, { storage, keyRing }: HealthDeps): Promise<Readiness> {
  const ask = <T>(question: () => T | Promise<T>): Promise<T | undefined> =>
    within(PATIENCE, question).catch((error: unknown) => {
      logFailure(request.log, error, { message: 'not ready: the database does not answer' })
      return undefined
    })
  const [isMigrated, jwks] = await Promise.all([ask(storage.isMigrated), ask(keyRing.freshJwks)])
  const keys = jwks === undefined ? 'stale' : keyRing.state()
  return {
    status: isMigrated && keys === 'usable' ? 'ok' : 'unavailable',
    database: isMigrated === undefined ? 'unreachable' : 'reachable',
    migrations: isMigrated === undefined ? 'unknown' : isMigrated ? 'applied' : 'missing',
    keys,
  }
}

/** Anybody may read this: names of configurations and times, nothing of what they say, of files or of machines. */
async function askConfiguration({ reloads, storage, clock }: HealthDeps) {
  const { revision, since, startedAt, last } = reloads.state()
  const instances = await within(PATIENCE, () => storage.instances.list()).catch(() => undefined)
  return {
    revision,
    in_force_since: toIso(since),
    process_started: toIso(startedAt),
    last_reload: last === undefined ? null : { outcome: last.outcome, ...reasonOf(last), at: toIso(last.at) },
    instances: instances
      ?.filter((one) => isThere(one, clock.now()))
      .map((one) => ({
        revision: one.revision,
        process_started: toIso(one.startedAt),
        last_seen: toIso(one.seenAt),
      })),
  }
}

/** Why the files were not put in force. Keys have names that everybody knows; faults may quote what is in the file. */
function reasonOf({ faults, needsRestart }: NonNullable<ReloadState['last']>) {
  if (faults.length > 0) return { because: 'faults', faults: faults.length }
  return needsRestart.length > 0 ? { because: 'needs_restart', needs_restart: needsRestart } : {}
}

const toIso = (time: Timestamp): string => new Date(time).toISOString()

function within<T>(limit: Duration, question: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new DatabaseUnavailable(`no answer within ${limit} ms`, { retryAfterSeconds: 1 }))
    const timer = setTimeout(late, limit)
    const answer = async () => question()
    answer()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
