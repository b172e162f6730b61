/**
 * Asks our own public URL and our own listening address, as apps and browsers would, and keeps what the connection showed. Other
 * people's URLs go through egress/. Certificates are judged, not enforced: what is wrong is to be told, and nothing secret is sent.
 */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { checkServerIdentity, type TLSSocket } from 'node:tls'
import { steadyClock } from '../../base/clock.ts'
import { type Duration, SECOND } from '../../base/duration.ts'
import { DOCTOR } from '../../keys/jwks-fetches.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
  /** Of an https URL. */
  readonly tls: TlsFacts | undefined
  /** Our own end of the connection. */
  readonly from?: Endpoint | undefined
  readonly took: Duration
}

/** Of a connection. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

export interface TlsFacts {
  /** `TLSv1.3` */
  readonly protocol: string
  /** Why this machine does not believe the certificate, as OpenSSL calls it; undefined: it does. */
  readonly fault: string | undefined
  readonly isForHost: boolean
  /** `DNS:login.example.com, DNS:…` */
  readonly names: string
  readonly expiresAt: number
  /** Whose certificate it is signed with. */
  readonly issuer: string
  /** Of the certificate; SHA-256. */
  readonly fingerprint: string
}

/** No answer: `code` is Node's, `TIMEOUT` or `TOO_LARGE`. */
export class NoAnswer extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

export type Ask = (url: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>

const PATIENCE: Duration = 5 * SECOND
const MOST_BYTES = 1024 * 1024

/** Rejects with NoAnswer. Follows no redirect. */
export const ask: Ask = (url, headers = {}) => {
  const began = steadyClock.now()
  const isSecure = url.startsWith('https:')
  const own = { 'user-agent': DOCTOR, accept: 'application/json', 'accept-encoding': 'identity' }
  const options = { headers: { ...own, ...headers }, agent: false, signal: AbortSignal.timeout(PATIENCE) }
  return new Promise((resolve, reject) => {
    let tls: TlsFacts | undefined
    let from: Endpoint | undefined
    const fail = (error: Error): void => reject(new NoAnswer(codeOf(error)))
    const request = isSecure ? requestHttps(url, { ...options, rejectUnauthorized: false }) : requestHttp(url, options)
    request.once('socket', (socket) => {
      socket.once('secureConnect', () => {
        tls = factsOf(socket as TLSSocket, new URL(url).hostname)
      })
    })
    request.once('error', fail)
    request.once('response', (response) => {
      // Gone when the connection is.
      const { localAddress: address, localPort: port } = response.socket
      if (address !== undefined && port !== undefined) from = { address, port }
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MOST_BYTES) request.destroy(Object.assign(new Error('too large'), { code: 'TOO_LARGE' }))
        else chunks.push(chunk)
      })
      response.once('error', fail)
      response.once('end', () => {
        const body = Buffer.concat(chunks).toString('utf8')
        const { statusCode: status = 0, headers: received } = response
        resolve({ status, headers: received, body, tls, from, took: steadyClock.now() - began })
      })
    })
    request.end()
  })
}

function factsOf(socket: TLSSocket, host: string): TlsFacts {
  const certificate = socket.getPeerCertificate()
  const name = certificate.issuer
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    fault: socket.authorized ? undefined : String(socket.authorizationError),
    isForHost: checkServerIdentity(host.replace(/^\[|\]$/g, ''), certificate) === undefined,
    names: certificate.subjectaltname ?? '',
    expiresAt: Date.parse(certificate.valid_to),
    fingerprint: certificate.fingerprint256 ?? '',
    issuer: String(name?.CN ?? name?.O ?? 'an authority without a name'),
  }
}

function codeOf(error: Error): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'TIMEOUT'
  return 'code' in error ? String(error.code) : 'unknown error'
}

const WORDS: Readonly<Record<string, string>> = {
  TIMEOUT: `there was no answer within ${PATIENCE / SECOND} seconds`,
  TOO_LARGE: 'its answer has no end',
  ENOTFOUND: 'its host name is not known to DNS here',
  EAI_AGAIN: 'DNS does not answer here',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to its address',
  ENETUNREACH: 'there is no way to its address',
  EPROTO: 'what listens there does not speak TLS as it should',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what listens there does not speak TLS',
  HPE_INVALID_CONSTANT: 'what listens there does not speak HTTP',
}

/** Of what Node calls it; the code stays for those that are rare. */
export const wordsOf = (code: string): string => WORDS[code] ?? `the connection failed (${code})`

/** Why there was no answer, as words that follow "cannot be reached:". */
export const whyNoAnswer = (error: unknown): string => {
  if (!(error instanceof NoAnswer)) throw error
  return wordsOf(error.code)
}
