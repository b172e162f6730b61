/** Ends a listening server so that nobody loses an answer. */
import { type Server as HttpServer, ServerResponse } from 'node:http'
import { Server as TcpServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Duration } from '../base/duration.ts'

/** For a request that is on its way on an open connection: it is answered, and told that the connection ends. */
const LINGER: Duration = 500
const LOOK_EVERY: Duration = 25

export interface Draining {
  /** Still accepts, but every answer from now on ends its connection (RFC 9112 §9.6), so that clients move on. */
  begin(): void
  /** Accepts nothing new, finishes what is under way; after `limit` cuts what is left. */
  close(limit: Duration): Promise<void>
}

export function draining(servers: readonly HttpServer[]): Draining {
  const each = <T>(does: (server: HttpServer) => T): T[] => servers.map(does)
  return {
    begin() {
      each((server) => server.prependListener('request', endsConnection))
    },
    async close(limit) {
      // Not the server's own close(): that would cut idle connections at once, just when a request may arrive on one.
      const closed = Promise.all(
        each((server) => new Promise((resolve) => TcpServer.prototype.close.call(server, resolve))),
      )
      for (let waited = 0; waited < LINGER && (await countConnections(servers)) > 0; waited += LOOK_EVERY) {
        await delay(LOOK_EVERY)
      }
      // A connection whose last answer began before `begin` stays open; it is idle as soon as that answer is sent.
      const idle = setInterval(() => each((server) => server.closeIdleConnections()), LOOK_EVERY)
      const all = setTimeout(() => each((server) => server.closeAllConnections()), limit)
      try {
        await closed
      } finally {
        clearInterval(idle)
        clearTimeout(all)
      }
    },
  }
}

function endsConnection(_request: unknown, response: unknown): void {
  if (response instanceof ServerResponse) response.setHeader('connection', 'close')
}

async function countConnections(servers: readonly HttpServer[]): Promise<number> {
  const counts = servers.map(
    (server) => new Promise<number>((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count))),
  )
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}
