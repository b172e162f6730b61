/** One request and its answer, to addresses that were judged before and to no others. */
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIPv6, type LookupFunction } from 'node:net'
import { EgressError, type EgressFault } from './egress-error.ts'
import type { Target } from './target.ts'

export interface Outgoing {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string | number>>
  readonly body?: string
}

export interface Connection {
  readonly target: Target
  /** The only addresses that are connected to. */
  readonly addresses: readonly string[]
  readonly signal: AbortSignal
  /** PEM, beside the certificate authorities that Node trusts. */
  readonly ca?: readonly string[]
}

/** What the answer's headers may take; Node's own default can be raised by an environment variable. */
const MAX_HEADER_BYTES = 16_384

/** Resolves when the headers of the answer are there. Redirects are an answer like any other: nothing follows them. */
export function exchange({ method, headers, body }: Outgoing, connection: Connection): Promise<IncomingMessage> {
  const { target, addresses, signal, ca } = connection
  const isSecure = target.url.protocol === 'https:'
  const options = {
    ...{ method, headers, signal, hostname: target.host, port: target.port },
    path: `${target.url.pathname}${target.url.search}`,
    // A new connection for each request: none is kept for whoever asks next, and no proxy of the environment is used.
    agent: false,
    lookup: pinned(addresses),
    maxHeaderSize: MAX_HEADER_BYTES,
  }
  return new Promise((resolve, reject) => {
    let fault: EgressFault = 'connection'
    // Said outright, since an environment variable can turn the check off for all of Node.
    const tls = { rejectUnauthorized: true, ...(ca && { ca: [...ca] }) }
    const request = isSecure ? requestHttps({ ...options, ...tls }) : requestHttp(options)
    request.once('socket', (socket) => {
      if (!isSecure) return
      socket.once('connect', () => {
        fault = 'tls'
      })
      socket.once('secureConnect', () => {
        fault = 'connection'
      })
    })
    request.once('response', resolve)
    request.on('error', (error) => reject(asEgressError(error, { fault, host: target.host, signal })))
    request.end(body)
  })
}

export interface Reading {
  readonly maxBytes: number
  readonly host: string
  readonly signal: AbortSignal
}

/** Reads at most `maxBytes`; rejects with `EgressError` beyond that. */
export async function readBody(response: IncomingMessage, { maxBytes, host, signal }: Reading): Promise<Buffer> {
  try {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw new EgressError('too_large', `${host}: the answer is larger than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    throw asEgressError(error, { fault: 'connection', host, signal })
  } finally {
    response.destroy()
  }
}

interface Happened {
  readonly fault: EgressFault
  readonly host: string
  readonly signal: AbortSignal
}

/** Node's code is enough to go by; its message may have the path of the URL in it. */
function asEgressError(error: unknown, { fault, host, signal }: Happened): EgressError {
  if (error instanceof EgressError) return error
  if (signal.aborted) return new EgressError('timeout', `${host}: it took too long`)
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  const reason = code === 'HPE_HEADER_OVERFLOW' ? 'too_large' : fault
  return new EgressError(reason, `${host}: ${code}`, { cause: error })
}

/** Answers with what was judged, so that a second look-up cannot give anything else (DNS rebinding). */
function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
  return (_host, options, done) => {
    const [first] = all
    if (first === undefined) done(new Error('no address'), '', 0)
    else if (options.all) done(null, all)
    else done(null, first.address, first.family)
  }
}
