/** The metrics of one process: all of it, ready to be told to Prometheus or to a supervisor. */
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Audit } from '../../audit/audit.ts'
import type { Config } from '../../config/config.ts'
import type { Telemetry } from '../telemetry.ts'
import { counting } from './counting.ts'
import type { Exposed } from './exposition.ts'
import { meters } from './meters.ts'
import { type SharedDeps, sharedGauges } from './shared-gauges.ts'
import type { Snapshot } from './snapshot.ts'
import { type Build, stateGauges, type Watched } from './state-gauges.ts'

/** What is asked at each look, and whose events are counted. */
export type Observed = Watched & SharedDeps & { readonly audit: Pick<Audit, 'onEvent'> }

export interface ProcessMetrics {
  readonly telemetry: Telemetry
  /** From here on what is asked at each look is there, too. */
  observe(deps: Observed): void
  expose(): Promise<Exposed>
  /** `shared`: with what is the same for all processes. */
  snapshot(shared: boolean): Promise<Snapshot>
  /** Counts nothing any more. */
  stop(): void
}

interface Options {
  readonly build: Build
  /** In force. */
  config(): Config
  /** Left out where a test would leave something running behind: what Node knows of the process. */
  readonly ofNode?: boolean
}

export function processMetrics({ build, config, ofNode = true }: Options): ProcessMetrics {
  const [own, shared] = [new Registry(), new Registry()]
  if (ofNode) collectDefaultMetrics({ register: own })
  const { telemetry, event } = counting(meters(own), config)
  let stop = (): void => {}
  return {
    telemetry,
    stop: () => stop(),
    observe(deps) {
      stop = deps.audit.onEvent(event)
      stateGauges(own, build, deps)
      sharedGauges(shared, deps)
    },
    async expose() {
      const text = await Registry.merge([own, shared]).metrics()
      return { contentType: own.contentType, text }
    },
    async snapshot(isShared) {
      const all = await Promise.all([own.getMetricsAsJSON(), ...(isShared ? [shared.getMetricsAsJSON()] : [])])
      // prom-client's types know less of what it gives than it does.
      return all.flat() as unknown as Snapshot
    },
  }
}
