/** The sections `metrics` and `tracing` as the code uses them. */
import type { MetricsConfig, TracingConfig } from './config.ts'
import { parseHeaders } from './header-lines.ts'
import type { ConfigFile } from './schema.ts'

type Texts = ReadonlyMap<string, string>

export function resolveMetrics(file: ConfigFile['metrics'], texts: Texts): MetricsConfig | undefined {
  if (file.listen === undefined) return undefined
  const { host, port } = file.listen
  return { host, port, token: file.token ?? texts.get('metrics.token_file') }
}

export function resolveTracing(file: ConfigFile['tracing'], texts: Texts): TracingConfig | undefined {
  if (file.otlp_endpoint === undefined) return undefined
  const headers = parseHeaders(file.headers ?? texts.get('tracing.headers_file') ?? '')
  // The cross-checks have read them before.
  return { endpoint: file.otlp_endpoint, sampleOneIn: file.sample_one_in, headers: headers ?? {} }
}
