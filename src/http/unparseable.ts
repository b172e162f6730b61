/** Bytes that are not HTTP, or too many of them: answered by hand, because there is no request yet. */
import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'

const ANSWERS: Readonly<Record<string, { readonly status: string; readonly words: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    words: 'The link or the cookies that your browser sent are too long.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', words: 'Your browser took too long to send its request.' },
}

const NOT_HTTP = { status: '400 Bad Request', words: 'What was sent cannot be read as an HTTP request.' }

/**
 * RFC 9110 §15.5: a short answer in plain words, for people and machines alike, and the end of the connection.
 * The bytes themselves are never logged.
 */
export function answerUnparseable(
  error: Error & { readonly code?: string },
  socket: Socket,
  { log, id }: { log: Pick<FastifyBaseLogger, 'warn'>; id: string },
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, words } = ANSWERS[error.code ?? ''] ?? NOT_HTTP
  log.warn({ reqId: id, error: error.code, status: Number(status.slice(0, 3)) }, 'request unreadable')
  const body = `${words}\nGo back to the app that you came from and start again.\nIf you ask for help, give this id: ${id}\n`
  const head = [
    `HTTP/1.1 ${status}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    "content-security-policy: default-src 'none'; frame-ancestors 'none'",
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
