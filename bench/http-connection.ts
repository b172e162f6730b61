/** One keep-alive connection that sends a request and waits for the answer: it costs a fraction of what node:http does. */
import { connect, type Socket } from 'node:net'
import { BenchError } from './bench-error.ts'

/** No answer takes this long, in milliseconds. */
const PATIENCE = 20_000

export interface Request {
  readonly method: 'GET' | 'POST'
  /** With its query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** A form. */
  readonly body?: string
}

export interface Answer {
  readonly status: number
  /** The status line and the header lines as they came. */
  readonly head: string
  readonly body: string
}

export interface Connection {
  /** One at a time. Rejects with a BenchError when the connection ends before the answer is whole. */
  send(request: Request): Promise<Answer>
  close(): void
}

export async function openConnection(origin: string): Promise<Connection> {
  const { hostname, port, host } = new URL(origin)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', ({ message }) => reject(new BenchError(`${host}: ${message}`)))
  })
  return connectionOver(socket, host)
}

function connectionOver(socket: Socket, host: string): Connection {
  let received: Buffer = Buffer.alloc(0)
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined
  const fail = (reason: string): void => {
    waiting?.reject(new BenchError(`${host} ${reason}`))
    waiting = undefined
    socket.destroy()
  }
  socket.setTimeout(PATIENCE, () => fail('did not answer'))
  socket.on('error', (error) => fail(`failed: ${error.message}`))
  socket.on('close', () => fail('closed the connection'))
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const answer = parseAnswer(received)
    if (answer === undefined) return
    received = Buffer.alloc(0)
    waiting?.resolve(answer)
    waiting = undefined
  })
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        if (socket.destroyed) fail('had closed the connection')
        else socket.write(textOf(request, host))
      }),
    close: () => void socket.destroy(),
  }
}

function textOf({ method, path, headers = {}, body }: Request, host: string): string {
  let head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n`
  for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`
  if (body === undefined) return `${head}\r\n`
  return `${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** Undefined while something is missing. */
function parseAnswer(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.toString('latin1', 0, end)
  const body = bodyOf(head, bytes.subarray(end + 4))
  return body === undefined ? undefined : { status: Number(head.slice(9, 12)), head, body }
}

function bodyOf(head: string, rest: Buffer): string | undefined {
  const length = headerOf(head, 'content-length')
  if (length !== undefined) return rest.length < Number(length) ? undefined : rest.toString('utf8', 0, Number(length))
  return headerOf(head, 'transfer-encoding') === undefined ? '' : unchunked(rest)
}

/** RFC 9112 §7.1 */
function unchunked(rest: Buffer): string | undefined {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const line = rest.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(rest.toString('latin1', at, line), 16)
    const end = line + 2 + size
    if (rest.length < end + 2) return undefined
    if (size === 0) return Buffer.concat(parts).toString()
    parts.push(rest.subarray(line + 2, end))
    at = end + 2
  }
}

/** The value of the first header of this name (lower case). */
export const headerOf = (head: string, name: string): string | undefined => headersOf(head, name)[0]

export function headersOf(head: string, name: string): readonly string[] {
  const found: string[] = []
  const lower = head.toLowerCase()
  const mark = `\r\n${name}:`
  for (let at = lower.indexOf(mark); at >= 0; at = lower.indexOf(mark, at + 2)) {
    const end = head.indexOf('\r\n', at + 2)
    found.push(head.slice(at + mark.length, end < 0 ? undefined : end).trim())
  }
  return found
}
