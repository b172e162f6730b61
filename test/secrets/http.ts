/** Requests to a running Countersign by which everything that is sent and everything that comes back is remembered. */
import { Agent, type RequestOptions, request } from 'node:https'
import { connect } from 'node:tls'
import { type HttpBrowser, httpBrowser } from '../fixtures/http-browser.ts'
import { rememberBirths } from './births.ts'
import type { Canaries } from './canaries.ts'
import type { Places } from './places.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly location: string
  readonly cookies: string
  readonly body: string
  json<T = Record<string, string>>(): T
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** An object is a form. */
  readonly body?: string | Buffer | Readonly<Record<string, string>>
}

export interface Http {
  ask(path: string, ask?: Ask): Promise<Answer>
  /** Bytes as they are; gives what comes back until the connection is closed. */
  raw(bytes: string): Promise<string>
  browser(): HttpBrowser
  close(): void
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

export function recordedHttp(origin: string, { canaries, places }: { canaries: Canaries; places: Places }): Http {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  const { hostname, port } = new URL(origin)

  function send(url: URL, { method = 'GET', headers = {}, body }: Ask): Promise<Answer> {
    const isForm = typeof body === 'object' && !Buffer.isBuffer(body)
    const bytes = isForm ? new URLSearchParams(body).toString() : body
    const options: RequestOptions = { agent, method, headers: { ...(isForm && FORM), ...headers } }
    canaries.used(`${url.href}\n${decodeURIComponentOr(url.href)}\n${Object.values(headers).join('\n')}\n${bytes}`)
    return new Promise((resolve, reject) => {
      const asked = request(url, options, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const { 'set-cookie': set = [], location = '', ...others } = response.headers
          const cookies = set.join('\n')
          const text = Buffer.concat(parts).toString()
          const status = response.statusCode ?? 0
          const name = `${method} ${url.pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, ':id')} ${status}`
          rememberBirths(canaries, { status, location, cookies, body: text })
          places.add(`headers of ${name}`, JSON.stringify(others))
          places.add(`Location of ${name}`, location)
          places.add(`cookies of ${name}`, cookies)
          places.add(`body of ${name}`, text)
          resolve({ status, headers: response.headers, location, cookies, body: text, json: () => JSON.parse(text) })
        })
      })
      asked.on('error', reject)
      asked.end(bytes)
    })
  }

  return {
    ask: (path, ask = {}) => send(new URL(`${origin}${path}`), ask),
    raw(bytes) {
      canaries.used(bytes)
      return new Promise((resolve, reject) => {
        const parts: Buffer[] = []
        const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () =>
          socket.end(bytes),
        )
        socket.on('data', (part) => parts.push(part))
        socket.on('error', reject)
        socket.on('close', () => {
          const text = Buffer.concat(parts).toString()
          places.add('answer to what is no HTTP', text)
          resolve(text)
        })
      })
    },
    browser: () =>
      httpBrowser(async (url, { method = 'GET', headers, body }) => {
        const answer = await send(url, {
          method,
          headers: { ...(headers as Record<string, string>), ...(body instanceof URLSearchParams && FORM) },
          ...(body != null && { body: String(body) }),
        })
        const made = new Headers()
        for (const [name, value = ''] of Object.entries(answer.headers))
          for (const one of [value].flat()) made.append(name, one)
        return new Response(answer.status === 204 ? null : answer.body, { status: answer.status, headers: made })
      }),
    close: () => agent.destroy(),
  }
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
