/** The same things, with a span around what they do for a request. */
import { SpanKind } from '@opentelemetry/api'
import type { PasswordHasher } from '../../accounts/authenticators/password.ts'
import type { Egress } from '../../egress/egress.ts'
import type { Refusals } from '../../refusals/recorder.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Spans } from './spans.ts'

/** Each question by its name, `grants.find`; what is asked and answered is told to nobody. */
export function tracedStorage(storage: Storage, spans: Spans, system: 'sqlite' | 'postgresql'): Storage {
  const traced = (store: string, questions: object): object =>
    Object.fromEntries(
      Object.entries(questions).map(([question, ask]) => {
        const name = `${store}.${question}`
        const of = { kind: SpanKind.CLIENT, attributes: { 'db.system.name': system, 'db.operation.name': name } }
        return [question, (...args: unknown[]) => spans.below(name, of, () => ask(...args))]
      }),
    )
  const parts = Object.entries(storage).map(([name, part]) => [
    name,
    typeof part === 'object' ? traced(name, part) : part,
  ])
  return Object.fromEntries(parts) as Storage
}

/** By method and host: the rest of a URL may hold a secret. */
export function tracedEgress(egress: Egress, spans: Spans): Egress {
  const around = <T>(method: 'GET' | 'POST', url: string, work: () => Promise<T>): Promise<T> => {
    const host = URL.parse(url)?.hostname ?? ''
    return spans.below(
      method,
      { kind: SpanKind.CLIENT, attributes: { 'http.request.method': method, 'server.address': host } },
      work,
    )
  }
  return {
    get: (url, options) => around('GET', url, () => egress.get(url, options)),
    post: (url, options) => around('POST', url, () => egress.post(url, options)),
    send: (url, request) => around(request.method, url, () => egress.send(url, request)),
  }
}

/** With the wait for its turn. */
export function tracedPasswords(hasher: PasswordHasher, spans: Spans): PasswordHasher {
  const of = { kind: SpanKind.INTERNAL, attributes: {} }
  return {
    ...hasher,
    hash: (password) => spans.below('passwords.hash', of, () => hasher.hash(password)),
    verify: (hash, password) => spans.below('passwords.verify', of, () => hasher.verify(hash, password)),
  }
}

/** The check that failed is said by the request's own span. */
export const tracedRefusals = (refusals: Refusals, spans: Spans): Refusals => ({
  ...refusals,
  record(of, make) {
    spans.current()?.span.setAttribute('countersign.check', of.check)
    refusals.record(of, make)
  },
})
