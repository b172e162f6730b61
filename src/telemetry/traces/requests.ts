/** One span for each request, by OpenTelemetry's semantic conventions for HTTP servers, with no more than our log says. */
import { type Context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { shownName } from '../../protocol/checks.ts'
import { onLeaving } from '../leaving.ts'
import { fail, type Spans, type Traced } from './spans.ts'

/** Load balancers ask them all day long. */
const UNTRACED: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz'])

export function traceRequests(app: FastifyInstance, spans: Spans, issuer: string): void {
  const traced = new WeakMap<FastifyRequest, Traced>()
  const scheme = new URL(issuer).protocol.slice(0, -1)
  const host = new URL(issuer).hostname

  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url
    if (!UNTRACED.has(route)) {
      const { method } = request
      const attributes = {
        'http.request.method': method,
        ...(route !== undefined && { 'http.route': route }),
        // Not what the request says of itself: every URL of ours begins with the issuer.
        ...{ 'url.scheme': scheme, 'server.address': host, 'countersign.request_id': request.id },
      }
      const begun = spans.begin(route === undefined ? method : `${method} ${route}`, attributes, parentOf(request))
      if (begun) traced.set(request, begun)
    }
    done()
  })

  // The body has been read: from here on all that is done follows from this call.
  app.addHook('preHandler', (request, _reply, done) => {
    const mine = traced.get(request)
    if (mine) spans.run(mine, done)
    else done()
  })

  const left = onLeaving(app, (request) => {
    const mine = traced.get(request)
    if (mine) end(mine, request, undefined)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const mine = traced.get(request)
    if (mine && !left.has(reply)) end(mine, request, reply.statusCode)
    done()
  })
}

/** @param status undefined: nobody waited for the answer */
function end(mine: Traced, { flowId, clientId }: FastifyRequest, status: number | undefined): void {
  const { span } = mine
  if (status !== undefined) span.setAttribute('http.response.status_code', status)
  if (flowId !== undefined) span.setAttribute('countersign.flow_id', flowId)
  // Whoever asks may have put anything there.
  if (clientId !== undefined) span.setAttribute('countersign.client_id', shownName(clientId))
  if (status === undefined) fail(span, 'gone')
  else if (status >= 500) fail(span, String(status))
  mine.isOver = true
  span.end()
}

/** W3C Trace Context §3.2, version 00 */
const TRACEPARENT = /^00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})$/

/** Believed of trusted proxies alone: a stranger could have every request of his traced, or be mixed into somebody's trace. */
function parentOf(request: FastifyRequest): Context {
  const { traceparent } = request.headers
  if (typeof traceparent !== 'string') return ROOT_CONTEXT
  // More than one address: that of the socket is a trusted proxy's.
  if ((request.ips?.length ?? 0) < 2) return ROOT_CONTEXT
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? []
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT
  const traceFlags = Number.parseInt(flags ?? '0', 16) & TraceFlags.SAMPLED
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}
