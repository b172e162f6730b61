/** The small server that Prometheus asks. Nothing else of Countersign is there, and it is nowhere else. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Log } from '../../base/log.ts'
import type { MetricsConfig } from '../../config/config.ts'
import { MetricsError } from './metrics-error.ts'

export interface Exposition {
  /** `http://127.0.0.1:9464/metrics` */
  readonly address: string
  close(): Promise<void>
}

/** What is answered: Prometheus' text format. */
export interface Exposed {
  readonly contentType: string
  readonly text: string
}

/** A scraper asks one thing at a time; who holds connections open holds few. */
const MOST_CONNECTIONS = 16
const TIMEOUT = 10_000

/** Rejects with MetricsError. */
export async function expose(config: MetricsConfig, collect: () => Promise<Exposed>, log: Log): Promise<Exposition> {
  const isAllowed = tokenCheck(config.token)
  const collectOnce = shared(collect)
  const server = createServer(
    { requestTimeout: TIMEOUT, headersTimeout: TIMEOUT, maxHeaderSize: 8192 },
    (request, response) => {
      answer(request, response, { isAllowed, collect: collectOnce }).catch((error: unknown) => {
        log.error({ err: error }, 'the metrics could not be collected')
        end(response, 500)
      })
    },
  )
  server.maxConnections = MOST_CONNECTIONS
  await listen(server, config)
  const { address, family, port } = server.address() as AddressInfo
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`
  log.info({ url }, 'Prometheus may ask for metrics')
  return {
    address: url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { isAllowed, collect }: { isAllowed(header: string | undefined): boolean; collect(): Promise<Exposed> },
): Promise<void> {
  request.resume()
  if (request.url?.split('?')[0] !== '/metrics') return end(response, 404)
  if (request.method !== 'GET') return end(response, 405, { allow: 'GET' })
  // RFC 6750 §3
  if (!isAllowed(request.headers.authorization)) return end(response, 401, { 'www-authenticate': 'Bearer' })
  const { contentType, text } = await collect()
  end(response, 200, { 'content-type': contentType }, text)
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}, body = ''): void {
  response.writeHead(status, { ...headers, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }).end(body)
}

/** Who asks while an answer is being made gets that one. */
export function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined
  return () =>
    (underWay ??= make().finally(() => {
      underWay = undefined
    }))
}

/** Digests are of one length, and tell nothing of where two tokens differ. */
function tokenCheck(token: string | undefined): (header: string | undefined) => boolean {
  if (token === undefined) return () => true
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  const wanted = digest(token)
  return (header) => {
    const [, shown] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? []
    return shown !== undefined && timingSafeEqual(digest(shown), wanted)
  }
}

function listen(server: Server, { host, port }: MetricsConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new MetricsError(inWords(error, host, port))))
    server.listen({ host, port }, resolve)
  })
}

function inWords({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken, so there is no place for the metrics. Change metrics.listen.port.`
  if (code === 'EADDRNOTAVAIL') return `${host} is no address of this machine. Change metrics.listen.host.`
  return `Metrics cannot be answered on port ${port} of ${host}: ${message}`
}
