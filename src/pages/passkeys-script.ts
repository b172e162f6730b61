/** The script of the pages that passkeys answer. */
import type { FastifyInstance } from 'fastify'
import { PAGES } from '../http/paths.ts'
import { HEAD_TOO } from '../http/prebuilt.ts'
import { PASSKEYS_SCRIPT } from '../http/views.ts'

export function passkeysScript(app: FastifyInstance): void {
  app.get(PAGES.passkeysScript, HEAD_TOO, (_request, reply) => {
    // Pages name it with its version.
    reply.header('cache-control', 'public, max-age=31536000, immutable')
    return reply.type('text/javascript; charset=utf-8').send(PASSKEYS_SCRIPT.text)
  })
}
