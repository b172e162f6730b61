/** The Fastify instance that everything is hung on, and that front.ts listens for: limits, identifiers, logging, and strict reading of bytes. */
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Random } from '../base/random.ts'
import type { Config } from '../config/config.ts'
import { shownAddress } from '../protocol/checks.ts'
import { knowAbout } from './about.ts'
import { originForm } from './request-target.ts'
import { setSecurityHeaders } from './security-headers.ts'

/** More than the longest form anybody has reason to send. */
const BODY_LIMIT = 64 * 1024

export interface ServerInput {
  readonly config: Pick<Config, 'issuer' | 'trustedProxies'>
  readonly random: Random
  readonly log: FastifyBaseLogger
  /** Left out: nobody looks on. */
  readonly telemetry?: { watch(app: FastifyInstance): void }
}

export async function createServer({ config, random, log, telemetry }: ServerInput): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: log,
    // One line per request, without the query: an id_token_hint or a login_hint has no place in a log.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => requestId(random),
    requestIdHeader: false,
    bodyLimit: BODY_LIMIT,
    // Without these Fastify loads Ajv and a serializer, a hundred modules, at every start.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    // While it closes, what arrives on an open connection is still answered (drain.ts).
    return503OnClosing: false,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    rewriteUrl: (request) => originForm(request.url ?? '/'),
    // RFC 9110 §9.3.2: HEAD must not do what GET does here, grant a code or sign out; harmless routes allow it one by one.
    exposeHeadRoutes: false,
    routerOptions: {
      // The raw query is read by protocol/parameters.ts, which sees repetitions and bad encodings.
      querystringParser: () => ({}),
      // An overlong part of a path leads to our own 404 instead of the router's.
      maxParamLength: 16_384,
    },
  })
  knowAbout(app)
  readFormBodies(app)
  setSecurityHeaders(app, config.issuer)
  telemetry?.watch(app)
  app.addHook('onResponse', (request, reply, done) => {
    const { method, ip, clientId, flowId: flow } = request
    request.log.info(
      {
        method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        ip: shownAddress(ip),
        clientId,
        flow,
      },
      'request',
    )
    done()
  })
  return app
}

/** What a request holds is read by protocol/, and no route has a schema: one that had would be a mistake. */
function noSchemas(): never {
  throw new Error('routes of Countersign have no Fastify schemas')
}

/** 40 bits that a person can read over the telephone: no 0/O, no 1/I/L (Crockford's base 32). It names a log line and a row of refusals, no more. */
export function requestId(random: Random): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  const letters = [...random.bytes(8)].map((byte) => alphabet[byte & 31])
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`
}

/** Forms stay text until readParameters takes them apart; JSON and everything else is refused with 415. */
function readFormBodies(app: FastifyInstance): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, utf8.decode(typeof body === 'string' ? Buffer.from(body) : body))
    } catch {
      // A byte that is not UTF-8: an escape that readParameters will refuse, in its own words.
      done(null, '%FF=')
    }
  })
}
