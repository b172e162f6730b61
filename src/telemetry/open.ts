/** Opens what the configuration switches on. What is off is not even loaded. */
import type { Log } from '../base/log.ts'
import { ownVersion } from '../base/own-version.ts'
import type { Config } from '../config/config.ts'
import type { Exposition } from './metrics/exposition.ts'
import type { Observed } from './metrics/process.ts'
import type { Snapshot } from './metrics/snapshot.ts'
import { both, NO_TELEMETRY, type Telemetry } from './telemetry.ts'

export interface OpenTelemetry {
  readonly telemetry: Telemetry
  /** Everything is there: metrics can be asked for from now on. Rejects with MetricsError. */
  observe(deps: Observed): Promise<void>
  snapshot(shared: boolean): Promise<Snapshot | undefined>
  /** Sends what has not been sent, within a moment. Never rejects. */
  stop(): Promise<void>
}

interface Surroundings {
  readonly log: Log
  /** Its supervisor answers Prometheus. */
  readonly isWorker: boolean
}

/** @param config the one that the process starts with */
export async function openTelemetry(config: Config, { log, isWorker }: Surroundings): Promise<OpenTelemetry> {
  const metrics = config.metrics && (await openMetrics(config, config.metrics, { log, isWorker }))
  const traces = config.tracing && (await openTraces(config, config.tracing, log))
  return {
    telemetry: both(metrics?.telemetry ?? NO_TELEMETRY, traces?.telemetry ?? NO_TELEMETRY),
    observe: async (deps) => metrics?.observe(deps),
    snapshot: async (shared) => metrics?.snapshot(shared),
    async stop() {
      await Promise.all([metrics?.stop(), traces?.stop()])
    },
  }
}

async function openMetrics(
  config: Config,
  metrics: NonNullable<Config['metrics']>,
  { log, isWorker }: Surroundings,
): Promise<OpenTelemetry> {
  const { processMetrics } = await import('./metrics/process.ts')
  const { expose } = await import('./metrics/exposition.ts')
  let inForce = () => config
  const build = { version: ownVersion(), node: process.version }
  const measured = processMetrics({ build, config: () => inForce() })
  let exposition: Exposition | undefined
  return {
    telemetry: measured.telemetry,
    async observe(deps) {
      inForce = deps.config
      measured.observe(deps)
      if (!isWorker) exposition = await expose(metrics, measured.expose, log)
    },
    snapshot: measured.snapshot,
    async stop() {
      measured.stop()
      await exposition?.close()
    },
  }
}

async function openTraces(config: Config, tracing: NonNullable<Config['tracing']>, log: Log) {
  const { openTracing } = await import('./traces/tracing.ts')
  return openTracing({ config, tracing, version: ownVersion(), log })
}
