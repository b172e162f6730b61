/** Rules for `metrics` and `tracing`. */
import { isThisMachine } from '../../base/network.ts'
import { parseHeaders } from '../header-lines.ts'
import type { Facts } from './facts.ts'

const TOKEN = /^[A-Za-z0-9._~+/-]{16,}=*$/

export function reportMetricsFaults({ file, texts, faults }: Facts): void {
  const { metrics, listen } = file
  if (metrics === undefined) return
  const at = (key: string) => ['metrics', key]
  const tokens = (['token', 'token_file'] as const).filter((key) => metrics[key] !== undefined)
  if (metrics.listen === undefined) {
    if (faults.touches(at('listen'))) return
    for (const key of tokens) {
      faults.report(at(key), {
        message: 'does nothing without metrics.listen',
        allowed: 'listen beside it: `listen: {}`',
      })
    }
    return
  }
  if (tokens.length > 1) faults.report(at('token_file'), { message: 'contradicts token', allowed: 'one of the two' })
  const inFile = texts.get('metrics.token_file')
  if (inFile !== undefined && !TOKEN.test(inFile)) {
    const allowed = 'at least 16 characters, hard to guess: `countersign secret` makes one'
    faults.report(at('token_file'), { message: 'the file holds no token that could be sent', allowed })
  }
  const { host, port } = metrics.listen
  if (port !== undefined && port !== 0 && port === listen?.port) {
    faults.report(['metrics', 'listen', 'port'], { message: 'is the port of listen, too', allowed: 'another port' })
  }
  if (host !== undefined && tokens.length === 0 && !isThisMachine(host)) {
    faults.warn(['metrics', 'listen', 'host'], {
      message: 'others may reach this address, and whoever does may read the metrics: is that meant?',
      allowed: 'metrics.token, or an address that only Prometheus can reach',
    })
  }
}

export function reportTracingFaults({ file, texts, faults }: Facts): void {
  const { tracing } = file
  if (tracing === undefined) return
  const at = (key: string) => ['tracing', key]
  const given = (['headers', 'headers_file'] as const).filter((key) => tracing[key] !== undefined)
  if (given.length > 1) faults.report(at('headers_file'), { message: 'contradicts headers', allowed: 'one of the two' })
  for (const key of given) {
    if (tracing.otlp_endpoint === undefined && !faults.touches(at('otlp_endpoint'))) {
      faults.report(at(key), { message: 'does nothing without otlp_endpoint', allowed: 'otlp_endpoint beside it' })
    }
    const text = key === 'headers' ? tracing.headers : texts.get('tracing.headers_file')
    if (text !== undefined && parseHeaders(text) === undefined) {
      faults.report(at(key), { message: 'has a line that is no header', allowed: '`Name: value`, one on each line' })
    }
  }
}
