/**
 * Where Countersign listens. Whoever answers there can be changed between two requests: so a request is answered wholly by
 * the configuration that was in force when it arrived (docs/decisions/0017).
 */
import { lookup } from 'node:dns/promises'
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Random } from '../base/random.ts'
import type { ListenConfig } from '../config/config.ts'
import { requestId } from './server.ts'
import { answerUnparseable } from './unparseable.ts'

export interface Front {
  /** Of `listen`: what drain.ts ends. */
  readonly servers: readonly HttpServer[]
  /** Gives where it listens, `http://127.0.0.1:9400`. Rejects as node:net does: EADDRINUSE, EACCES, EADDRNOTAVAIL. */
  listen(where: Pick<ListenConfig, 'host' | 'port'>): Promise<string>
  /** From now on `app`, which must be ready, answers what arrives; what is under way stays with who began it. */
  put(app: Pick<FastifyInstance, 'routing'>): void
  /** For connections from now on. Throws when it is no certificate with its key. */
  useCertificate(tls: NonNullable<ListenConfig['tls']>): void
}

interface FrontDeps {
  readonly tls: ListenConfig['tls']
  readonly log: FastifyBaseLogger
  readonly random: Random
}

/** RFC 9112 §9.5; longer than the minute for which load balancers keep a connection. */
const KEEP_ALIVE = 72_000
const REQUEST_TIMEOUT = 30_000

export function openFront({ tls, log, random }: FrontDeps): Front {
  let route: (request: IncomingMessage, response: ServerResponse) => void = notYet
  const servers: (HttpServer | HttpsServer)[] = []

  function open(): HttpServer | HttpsServer {
    const answer = (request: IncomingMessage, response: ServerResponse): void => route(request, response)
    const limits = { requestTimeout: REQUEST_TIMEOUT, keepAliveTimeout: KEEP_ALIVE }
    const server = tls ? createTlsServer({ ...limits, ...secureContext(tls) }, answer) : createServer(limits, answer)
    return server.on('clientError', (error, socket) =>
      // Node's types know less of the socket than it is.
      answerUnparseable(error, socket as Parameters<typeof answerUnparseable>[1], { log, id: requestId(random) }),
    )
  }

  async function listenAt(host: string, port: number): Promise<AddressInfo> {
    const server = open()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        // Too many open files, say: one connection less, and not the end of all others.
        server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'))
        resolve()
      })
    })
    servers.push(server)
    return server.address() as AddressInfo
  }

  return {
    servers,
    async listen({ host, port }) {
      const [first = host, ...others] = await addressesOf(host)
      const { address, family, port: taken } = await listenAt(first, port)
      // Of a name with two addresses the second is an extra: a machine without IPv6 serves all the same.
      await Promise.allSettled(others.map((other) => listenAt(other, taken)))
      const url = `${tls ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${taken}`
      log.info(`Server listening at ${url}`)
      return url
    },
    put(app) {
      route = app.routing
    },
    useCertificate(next) {
      for (const server of servers) if ('setSecureContext' in server) server.setSecureContext(secureContext(next))
    },
  }
}

const secureContext = ({ certificate, key }: NonNullable<ListenConfig['tls']>) =>
  ({ cert: certificate, key, minVersion: 'TLSv1.2' }) as const

function notYet(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, { 'retry-after': '1' }).end()
}

/** `localhost` is 127.0.0.1 and ::1; any other name stands for its first address, as everywhere. */
async function addressesOf(host: string): Promise<readonly string[]> {
  if (host !== 'localhost') return [host]
  return (await lookup(host, { all: true })).map(({ address }) => address)
}
