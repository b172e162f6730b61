/** A running Countersign: opens what it needs, listens, follows its configuration, and goes away without losing an answer. */
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { AuditEvent } from './audit/event.ts'
import { letGo } from './audit/let-go.ts'
import { type Duration, SECOND } from './base/duration.ts'
import { newIdentifier } from './base/identifier.ts'
import { openLog } from './base/open-log.ts'
import { keepYoungGenerationSmall } from './base/young-generation.ts'
import type { Config } from './config/config.ts'
import { revisionOf } from './config/revision.ts'
import type { ConfigFiles } from './config/watch.ts'
import { type Draining, draining } from './http/drain.ts'
import { openFront } from './http/front.ts'
import { countImportedHashes } from './jobs/count-imported-hashes.ts'
import { followConfig } from './jobs/follow-config.ts'
import { followFiles } from './jobs/follow-files.ts'
import { instanceAgreement } from './jobs/instance-agreement.ts'
import { type Jobs, startJobs } from './jobs/job.ts'
import { noticeEndedSessions } from './jobs/notice-ended-sessions.ts'
import { reportInstance } from './jobs/report-instance.ts'
import { rotateKeys } from './jobs/rotate-keys.ts'
import { sendDeliveries } from './jobs/send-deliveries.ts'
import { sweepExpired } from './jobs/sweep-expired.ts'
import { watchKeys } from './jobs/watch-keys.ts'
import { writeClientUses } from './jobs/write-client-uses.ts'
import { writeJwksFetches } from './jobs/write-jwks-fetches.ts'
import { writeRefusals } from './jobs/write-refusals.ts'
import { type Opened, openOnce } from './live/opened.ts'
import { openReloads, type Reloads } from './live/reloads.ts'
import { makeVersion, type Version } from './live/version.ts'
import { openStorage } from './storage/prisma/client.ts'
import type { Snapshot } from './telemetry/metrics/snapshot.ts'
import { openTelemetry } from './telemetry/open.ts'

/** The longest that `stop` takes, once `listen.shutdown_delay` is over. */
export const STOPS_WITHIN: Duration = 10 * SECOND
/** Of that, what requests under way may take. */
const DRAINS_WITHIN: Duration = 7 * SECOND
/** And what is being delivered. */
const DELIVERS_WITHIN: Duration = 1 * SECOND

export interface Running {
  /** Where it listens, `http://127.0.0.1:9400`. */
  readonly address: string
  /** Reads the configuration's files again and goes over to them, if it can; what became of it is in the log. */
  reload(): void
  /** What it has measured, for a supervisor; `shared`: with what is the same for all processes. Undefined: it measures nothing. */
  metrics(shared: boolean): Promise<Snapshot | undefined>
  /** Says that it ends, serves for `listen.shutdown_delay`, stops accepting, finishes what is under way, closes all. */
  stop(): Promise<void>
}

/** The configuration that a process starts with, and where it came from. */
export interface Source {
  readonly config: Config
  readonly files: ConfigFiles
  /** How the files looked when they were read. */
  readonly print: string
}

/**
 * Starts serving. Rejects with an error for the operator when something needed can't be opened.
 * @param worker its number, for one of several processes that serve together: others say for them that they are ready
 */
export async function serve(source: Source, { worker }: { worker?: number } = {}): Promise<Running> {
  keepYoungGenerationSmall(process)
  const { config } = source
  const log = serverLog(config, worker)
  const seeing = await openTelemetry(config, { log, isWorker: worker !== undefined })
  const storage = await openStorage(config.database, log, seeing.telemetry.outage)
    .then(seeing.telemetry.storage)
    .catch(async (error: unknown) => {
      await seeing.stop()
      throw error
    })
  try {
    let stopping = false
    const given = { storage, log, telemetry: seeing.telemetry, isStopping: () => stopping }
    const { opened, current, reloads, front } = await openLive(source, given)
    await seeing.observe({ ...opened, config: () => current().config, reloads: reloads.state })
    // The time that /readyz tells of this process and the one in the table are the same, so that the two can be matched.
    const { startedAt } = reloads.state()
    const instance = { id: newIdentifier(startedAt, opened.random), label: labelOf(worker), startedAt }
    const jobs = openJobs(opened, { reloads, instance, config: () => current().config })
    const address = await front.listen(config.listen).catch(async (error: unknown) => {
      await jobs.stop()
      throw error
    })
    await storage.instances.report({ ...instance, revision: current().revision, seenAt: opened.clock.now() })
    if (worker === undefined) sayReady(log, config, { address })
    return {
      address,
      reload: () => void reloads.reload(),
      metrics: seeing.snapshot,
      async stop() {
        stopping = true
        await end(draining(front.servers), jobs, config.listen.shutdownDelay)
        // What is cut off now is sent once more by others, though it may have arrived.
        const behind = Promise.all([opened.deliveries.stop(), ...lastWrites(opened)])
        await Promise.race([behind, delay(DELIVERS_WITHIN, undefined, { ref: false })])
        await Promise.race([opened.audit.stop(), delay(DELIVERS_WITHIN, undefined, { ref: false })])
        await storage.instances.leave(instance.id).catch(() => undefined)
        await seeing.stop()
        await storage.close()
        if (worker === undefined) log.info('Countersign has stopped')
      },
    }
  } catch (error) {
    await seeing.stop()
    await storage.close()
    throw error
  }
}

/** What is opened once, the version in force over it, and the way to the next one. */
async function openLive(source: Source, given: Pick<Opened, 'storage' | 'log' | 'isStopping' | 'telemetry'>) {
  let version: Version | undefined
  const current = (): Version => {
    if (version === undefined) throw new Error('no configuration is in force yet')
    return version
  }
  const inForce = { config: () => version?.config ?? source.config, kinds: () => current().kinds }
  const opened = await openOnce(given, inForce)
  const front = openFront({ tls: source.config.listen.tls, log: given.log, random: opened.random })
  const enforce = (next: Version): void => {
    version = next
  }
  const { files, print, config } = source
  const reloads = openReloads({ opened, files, print, front, current, enforce })
  const revision = revisionOf(config, opened.revisionKey)
  version = await makeVersion(opened, { config, revision, reloads, before: undefined })
  front.put(version.app)
  return { opened, current, reloads, front }
}

const labelOf = (worker: number | undefined): string =>
  `${hostname()} ${process.pid}${worker === undefined ? '' : ` worker ${worker}`}`

/** Rows past their time, and the front of the audit log. */
const sweepAll =
  ({ storage, auditSeals }: Opened, config: () => Config): Opened['storage']['sweep'] =>
  async (now, limit) => {
    const keep = () => config().audit.keep
    const events = await letGo({ store: storage.auditEvents, seals: auditSeals, keep }, now, limit)
    return events + (await storage.sweep(now, limit))
  }

/** Every line of a worker carries its number. */
export function serverLog(config: Config, worker?: number): Logger {
  const log = openLog(config.log.level)
  return worker === undefined ? log : log.child({ worker })
}

export function sayReady(log: Logger, config: Config, more: { address: string; workers?: number }): void {
  log.info({ issuer: config.issuer, clients: config.clients.length, ...more }, 'Countersign is ready')
}

async function end(drain: Draining, jobs: Jobs, shutdownDelay: Duration): Promise<void> {
  drain.begin()
  // Others go on with the work in the background at once. The rest, above all the look at the keys, is needed to the end.
  const handedOver = jobs.handOver()
  await delay(shutdownDelay)
  await drain.close(DRAINS_WITHIN)
  await handedOver
  await jobs.stop()
}

/** What is written behind. */
const lastWrites = ({ refusals, jwksFetches, uses, log }: Opened): readonly Promise<void>[] => [
  refusals.flush(),
  jwksFetches.write(),
  uses.write().catch((error: unknown) => log.debug({ err: error }, 'the last uses of clients were not counted')),
]

interface Live {
  /** In force. */
  config(): Config
  readonly reloads: Reloads
  readonly instance: Parameters<typeof reportInstance>[0]['instance']
}

function openJobs(opened: Opened, { reloads, instance, config }: Live): Jobs {
  const { storage, clock, steady, log, random, audit } = opened
  const audited = (event: AuditEvent): void => audit.record(event, { actor: 'system' })
  const holder = newIdentifier(clock.now(), random)
  const all = [
    watchKeys(opened),
    rotateKeys({ ...opened, config }),
    writeJwksFetches(opened),
    sweepExpired({ storage: { sweep: sweepAll(opened, config) }, clock, steady }),
    noticeEndedSessions(opened),
    sendDeliveries(opened.deliveries),
    writeRefusals(opened.refusals),
    countImportedHashes(opened),
    writeClientUses(opened.uses),
    followConfig({ config, storage, instances: instanceAgreement({ ...storage, steady }), audited, clock, steady }),
    followFiles(reloads),
    reportInstance({ storage, clock, instance, reloads }),
  ]
  return startJobs(all, { ...{ log, clock, steady, holder }, leases: storage.leases })
}
