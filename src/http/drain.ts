/** Ends a listening server so that nobody loses an answer. */
import { type Server as HttpServer, ServerResponse } from 'node:http'
import { Server as TcpServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
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

export function draining(app: FastifyInstance): Draining {
  const server: HttpServer = app.server
  return {
    begin() {
      server.prependListener('request', endsConnection)
    },
    async close(limit) {
      // Not the server's own close(): that would cut idle connections at once, just when a request may arrive on one.
      TcpServer.prototype.close.call(server)
      for (let waited = 0; waited < LINGER && (await countConnections(server)) > 0; waited += LOOK_EVERY) {
        await delay(LOOK_EVERY)
      }
      // A connection whose last answer began before `begin` stays open; it is idle as soon as that answer is sent.
      const idle = setInterval(() => server.closeIdleConnections(), LOOK_EVERY)
      const all = setTimeout(() => server.closeAllConnections(), limit)
      try {
        await app.close()
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

function countConnections(server: HttpServer): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)))
}
