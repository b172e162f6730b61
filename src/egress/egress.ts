/** Asks URLs that somebody else gave us, so that nobody can make Countersign ask what only it can reach (SSRF). */
import type { IncomingMessage } from 'node:http'
import { parseIpAddress } from '../base/ip-address.ts'
import { EgressError } from './egress-error.ts'
import { type Connection, exchange, type Outgoing, type Reading, readBody } from './exchange.ts'
import { type Resolve, resolver } from './resolve.ts'
import { type EgressPolicy, judgeAddresses, parseTarget, type Target } from './target.ts'
import { turnstile, turnstiles } from './turnstile.ts'

export { EgressError } from './egress-error.ts'
export { egressPolicy } from './target.ts'

export interface Egress {
  /**
   * Gives what is at `url`, when it answers 200 with one of the media types of `accept`. Rejects with `EgressError`.
   * @param options.maxBytes of the body; 64 KiB unless told
   */
  get(url: string, options: Getting): Promise<Fetched>
  /** Sends `body`; resolves with the status, whatever it is but a redirect. What is answered is thrown away. */
  post(url: string, options: Posting): Promise<{ readonly status: number }>
  /** Sends a request and gives the answer, whatever its status but a redirect. Rejects with `EgressError`. */
  send(url: string, request: Sending): Promise<Sent>
}

/** A request of a protocol that knows what to make of the answer. */
export interface Sending {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly maxBytes?: number
}

export interface Sent {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: string
  readonly headers: { get(name: string): string | null }
}

export interface Getting {
  /** Media types; ANY_TYPE among them: whatever it is called, if at all. */
  readonly accept: readonly string[]
  readonly maxBytes?: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface Fetched {
  readonly body: string
  readonly headers: { get(name: string): string | null }
}

export interface Posting {
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Needs {
  readonly policy: EgressPolicy
  readonly resolve?: Resolve
  /** PEM, beside the certificate authorities that Node trusts; operators have NODE_EXTRA_CA_CERTS for theirs. */
  readonly ca?: readonly string[]
  /** Requests at once; the rest wait, within their time. */
  readonly concurrency?: number
}

type Read<T> = (response: IncomingMessage, within: Omit<Reading, 'maxBytes'>) => Promise<T>

/** RFC 9110 §12.5.1. */
export const ANY_TYPE = '*/*'

const MAX_BYTES = 65_536
const CONCURRENCY = 32
/** Of them, those to one host; the rest of that host waits without taking a place from others. */
const CONCURRENCY_OF_HOST = 4

export function createEgress({ policy, resolve = resolver(), ca, concurrency = CONCURRENCY }: Needs): Egress {
  const enter = turnstile(concurrency)
  const enterHost = turnstiles(CONCURRENCY_OF_HOST)

  /** First of its host, then of all: who waits for a slow host is in nobody's way. */
  async function turnAt(host: string, signal: AbortSignal): Promise<() => void> {
    const leaveHost = await enterHost(host, signal)
    try {
      const leave = await enter(signal)
      return () => {
        leave()
        leaveHost()
      }
    } catch (error) {
      leaveHost()
      throw error
    }
  }

  /** Runs `read` on the answer. One time limit holds for everything: the turn, the name, the connection, each byte. */
  async function ask<T>(url: string, out: Outgoing, read: Read<T>): Promise<T> {
    const target = parseTarget(url, policy)
    const { host } = target
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(new EgressError('timeout', `${host}: it took too long`)), policy.timeout)
    try {
      const leave = await turnAt(host, limit.signal)
      try {
        const addresses = await addressesOf(target, limit.signal)
        const connection: Connection = { target, addresses, signal: limit.signal, ...(ca && { ca }) }
        const response = await exchange({ ...out, headers: { ...out.headers, ...OWN_HEADERS } }, connection)
        refuseRedirect(response, host)
        return await read(response, { host, signal: limit.signal })
      } finally {
        leave()
      }
    } finally {
      clearTimeout(timer)
    }
  }

  async function addressesOf(target: Target, signal: AbortSignal): Promise<readonly string[]> {
    const { host, isNamed, isNeighbour } = target
    const nowhere = (): EgressError => new EgressError('unresolvable', `${host}: no address was found`)
    const found = async (): Promise<readonly string[]> => {
      if (parseIpAddress(host)) return [host]
      // RFC 6761 §6.3: no need to ask what localhost and names below it are.
      if (isNeighbour) return ['127.0.0.1', '::1']
      return unlessAborted(resolve(host, { isTrusted: isNamed, signal }), signal).catch((error: unknown) => {
        throw error instanceof EgressError ? error : nowhere()
      })
    }
    const addresses = await found()
    if (addresses.length === 0) throw nowhere()
    judgeAddresses(target, addresses, policy)
    return addresses
  }

  return methodsOver(ask)
}

/** What is made of an answer. */
const methodsOver = (ask: <T>(url: string, out: Outgoing, read: Read<T>) => Promise<T>): Egress => ({
  get: (url, { accept, maxBytes = MAX_BYTES, headers }) =>
    ask(url, { method: 'GET', headers: { ...headers, accept: accept.join(', ') } }, async (response, within) => {
      refuseUnusable(response, accept, within.host)
      const body = await readBody(response, { ...within, maxBytes })
      return { body: body.toString('utf8'), headers: { get: (name) => headerOf(response, name) } }
    }),
  post: (url, { contentType, body, headers }) =>
    ask(
      url,
      { method: 'POST', headers: { ...headers, ...entityHeaders(contentType, body) }, body },
      async (answer, within) => {
        // The status has been told, so whatever becomes of the rest changes nothing.
        await readBody(answer, { ...within, maxBytes: MAX_BYTES }).catch(() => undefined)
        return { status: answer.statusCode ?? 0 }
      },
    ),
  send: (url, { method, headers, body, maxBytes = MAX_BYTES }) =>
    ask(
      url,
      {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
        ...(body !== undefined && { body }),
      },
      async (response, within) => {
        refuseEncoded(response, within.host)
        const read = await readBody(response, { ...within, maxBytes })
        return {
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'],
          body: read.toString('utf8'),
          headers: { get: (name) => headerOf(response, name) },
        }
      },
    ),
})

/** Compressed, a small answer could become a large one. */
const OWN_HEADERS = { 'user-agent': 'Countersign', 'accept-encoding': 'identity' }

const entityHeaders = (contentType: string, body: string): Outgoing['headers'] => ({
  'content-type': contentType,
  'content-length': Buffer.byteLength(body),
})

/** Where it leads has not been judged, and whoever gave the URL can give the right one. */
function refuseRedirect(response: IncomingMessage, host: string): void {
  const { statusCode = 0 } = response
  if (statusCode >= 300 && statusCode < 400)
    refuse(response, new EgressError('redirect', `${host}: status ${statusCode}`))
}

function refuseUnusable(response: IncomingMessage, accept: readonly string[], host: string): void {
  const { statusCode, headers } = response
  if (statusCode !== 200) refuse(response, new EgressError('status', `${host}: status ${statusCode}`))
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? 'none'
  if (!accept.includes(ANY_TYPE) && !accept.includes(type))
    refuse(response, new EgressError('content_type', `${host}: the content type is ${quoted(type)}`))
  refuseEncoded(response, host)
}

function refuseEncoded(response: IncomingMessage, host: string): void {
  const { headers } = response
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity') {
    refuse(response, new EgressError('content_type', `${host}: the content encoding is ${quoted(encoding)}`))
  }
}

function refuse(response: IncomingMessage, error: EgressError): never {
  response.destroy()
  throw error
}

/** A stranger's words, for the log. */
const quoted = (text: string): string => JSON.stringify(text.slice(0, 60))

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name.toLowerCase()]
  return (typeof value === 'string' ? value : value?.join(', ')) ?? null
}

/** Some of what is waited for can't be told to stop. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}
