/** Traces by OpenTelemetry: where spans come from and go to. Nothing is registered globally. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { type Duration, SECOND } from '../../base/duration.ts'
import type { Log } from '../../base/log.ts'
import type { Config, TracingConfig } from '../../config/config.ts'
import { NO_TELEMETRY, type Telemetry } from '../telemetry.ts'
import { traceRequests } from './requests.ts'
import { type Spans, spans } from './spans.ts'
import { tracedEgress, tracedPasswords, tracedRefusals, tracedStorage } from './traced.ts'

export interface Tracing {
  readonly telemetry: Telemetry
  /** Sends what has not been sent, within a moment. Never rejects. */
  stop(): Promise<void>
}

interface Opening {
  readonly config: Pick<Config, 'issuer' | 'database'>
  readonly tracing: TracingConfig
  readonly version: string
  readonly log: Log
}

const EXPORT_TIMEOUT: Duration = 5 * SECOND
const FLUSHES_WITHIN: Duration = SECOND

export function openTracing({ config, tracing, version, log }: Opening): Tracing {
  const exporter = new OTLPTraceExporter({
    ...{ url: tracing.endpoint, headers: { ...tracing.headers }, timeoutMillis: EXPORT_TIMEOUT, concurrencyLimit: 2 },
    // A batch every few seconds needs no open connection.
    httpAgentOptions: { keepAlive: false },
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'countersign', 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(1 / tracing.sampleOneIn) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: loggedExporter(exporter, log) })],
    spanLimits: { attributeValueLengthLimit: 256 },
  })
  return {
    telemetry: telemetryOf(spans(provider.getTracer('countersign', version)), config),
    stop: () => within(FLUSHES_WITHIN, provider.shutdown()),
  }
}

function telemetryOf(traced: Spans, { issuer, database }: Opening['config']): Telemetry {
  return {
    ...NO_TELEMETRY,
    watch: (app) => traceRequests(app, traced, issuer),
    storage: (storage) => tracedStorage(storage, traced, database.url.startsWith('file:') ? 'sqlite' : 'postgresql'),
    egress: (egress) => tracedEgress(egress, traced),
    passwords: (hasher) => tracedPasswords(hasher, traced),
    refusals: (refusals) => tracedRefusals(refusals, traced),
  }
}

/** The log hears when traces begin to be lost, and when they arrive again; of each batch it would hear too much. */
function loggedExporter(inner: SpanExporter, log: Log): SpanExporter {
  let isLosing = false
  return {
    export(batch, done) {
      inner.export(batch, (result) => {
        const { error } = result
        // Its message may hold what the receiver answered; the kind of it is enough.
        if (error && !isLosing) log.warn({ reason: reasonOf(error) }, 'traces do not arrive: they are thrown away')
        if (!error && isLosing) log.info({}, 'traces arrive again')
        isLosing = error !== undefined
        done(result)
      })
    },
    forceFlush: async () => inner.forceFlush?.(),
    shutdown: () => inner.shutdown(),
  }
}

const reasonOf = (error: Error): string => {
  const { code } = error as { code?: unknown }
  return code === undefined ? error.name : `${error.name} ${String(code)}`
}

async function within(limit: Duration, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limit)
  })
  await Promise.race([work.catch(() => undefined), late])
  clearTimeout(timer)
}
