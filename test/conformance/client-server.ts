/** The suite's web server: documents of its clients that Countersign fetches, and what Countersign sends to them. Over TLS, on a real port. */
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createEgress, type Egress, egressPolicy } from '../../src/egress/egress.ts'
import { certificateAuthority } from '../fixtures/certificates.ts'
import { ISSUER } from '../fixtures/test-app.ts'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface ClientServer {
  /** `https://suite.example:PORT`, the base of all its addresses. */
  readonly origin: string
  /** Countersign's way out, for which that name is this machine. */
  readonly egress: Egress
  /** In the order of their arrival. */
  readonly received: readonly Received[]
  /** From now on `path` answers 200 with this. */
  publish(path: string, contentType: string, body: string): void
  close(): void
}

const HOST = 'suite.example'

/** Close it in `after`. What was not published is answered 200 without a body, as the suite answers notices. */
export async function startClientServer(): Promise<ClientServer> {
  const authority = certificateAuthority()
  const { certificate, key } = authority.issue(HOST)
  const published = new Map<string, readonly [string, string]>()
  const received: Received[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ cert: certificate, key }, async (incoming, response) => {
    const { method = '', url = '/' } = incoming
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    received.push({ method, path: url, headers: incoming.headers, body: Buffer.concat(chunks).toString() })
    const [contentType, body] = published.get(url) ?? ['text/plain', '']
    response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body)
  })
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const policy = egressPolicy({ issuer: ISSUER, egress: { allowedHosts: ['127.0.0.1/32'], timeout: 5000 } })
  return {
    origin: `https://${HOST}:${port}`,
    egress: createEgress({ policy, resolve: async () => ['127.0.0.1'], ca: [authority.certificate] }),
    received,
    publish: (path, contentType, body) => void published.set(path, [contentType, body]),
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
