/** What is counted where: events, refusals, requests, hashes. The hot ones cost less than a microsecond. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type HashingQueue, HashingQueueFull } from '../../accounts/hashing-queue.ts'
import type { AuditEvent } from '../../audit/event.ts'
import type { Config } from '../../config/config.ts'
import { REVOCATION_REASONS } from '../../protocol/records.ts'
import { onLeaving } from '../leaving.ts'
import { NO_TELEMETRY, type Telemetry } from '../telemetry.ts'
import type { Meters } from './meters.ts'

/** @param config the one in force */
export function counting(
  meters: Meters,
  config: () => Config,
): { telemetry: Telemetry; event(event: AuditEvent): void } {
  const clientLabel = clientLabels(config)
  beginAtZero(meters)
  return {
    event: (event) => countEvent(meters, event, clientLabel),
    telemetry: {
      ...NO_TELEMETRY,
      watch: (app) => countRequests(meters, app),
      hashing: (queue) => ({ run: (work) => countHashing(meters, queue, work) }),
      refusals: (refusals) => ({
        ...refusals,
        record(of, make) {
          meters.refusals.inc({ check: of.check, endpoint: of.endpoint })
          if (of.check === 'busy' && of.endpoint.includes(PAGES_OF_SIGN_IN)) meters.signIns.inc({ outcome: 'busy' })
          refusals.record(of, make)
        },
      }),
      outage: () => meters.outages.inc(),
    },
  }
}

const PAGES_OF_SIGN_IN = '/sign-in/'

/** Zero before anything happens: Prometheus sees no growth in what was not there. */
function beginAtZero({
  signIns,
  signUps,
  secondFactors,
  passkeys,
  signOuts,
  deliveries,
  revocations,
  throttled,
}: Meters): void {
  for (const outcome of ['ok', 'wrong_credentials', 'disabled', 'throttled', 'busy']) signIns.inc({ outcome }, 0)
  for (const by of ['sign_up', 'invitation']) signUps.inc({ by }, 0)
  for (const outcome of ['ok', 'wrong_code', 'used_code', 'throttled']) secondFactors.inc({ outcome }, 0)
  for (const as of ['sign_in', 'second_factor']) {
    for (const outcome of ['ok', 'old_challenge', 'unknown', 'wrong', 'sign_count']) passkeys.inc({ as, outcome }, 0)
  }
  for (const kind of ['one', 'everywhere']) signOuts.inc({ kind }, 0)
  for (const kind of ['logout', 'security_notice', 'mail']) {
    for (const outcome of ['delivered', 'failed', 'given_up']) deliveries.inc({ kind, outcome }, 0)
  }
  for (const because of REVOCATION_REASONS) revocations.inc({ because }, 0)
  for (const [what, by] of THROTTLED) throttled.inc({ what, by }, 0)
}

type Throttled = Extract<AuditEvent, { kind: 'throttled' }>

/** What may be turned away, by whose counter. */
const THROTTLED: readonly (readonly [Throttled['what'], Throttled['by']])[] = [
  ['password', 'known_device'],
  ['password', 'account'],
  ['password', 'network'],
  ['second_factor', 'known_device'],
  ['second_factor', 'account'],
  ['client_secret', 'network'],
  ['client_requests', 'client'],
  ['new_sign_ins', 'network'],
]

/** Those of the file by their id; how many others there are is up to strangers. */
function clientLabels(config: () => Config): (id: string) => string {
  let known: { readonly of: Config; readonly ids: ReadonlySet<string> } | undefined
  return (id) => {
    const of = config()
    if (known?.of !== of) known = { of, ids: new Set(of.clients.map((client) => client.id)) }
    return known.ids.has(id) ? id : 'registered'
  }
}

function countEvent(meters: Meters, event: AuditEvent, clientLabel: (id: string) => string): void {
  switch (event.kind) {
    case 'signed_in':
      // A passkey is counted where it is used.
      if (event.amr.includes('pwd')) meters.signIns.inc({ outcome: 'ok' })
      if (event.amr.includes('otp')) meters.secondFactors.inc({ outcome: 'ok' })
      break
    case 'signed_up':
      meters.signUps.inc({ by: event.by })
      break
    case 'stepped_up':
      if (event.amr.includes('otp')) meters.secondFactors.inc({ outcome: 'ok' })
      break
    case 'passkey_used':
      meters.passkeys.inc({ as: event.as, outcome: 'ok' })
      break
    case 'passkey_refused':
      meters.passkeys.inc({ as: event.as, outcome: event.reason })
      break
    case 'second_factor_refused':
      meters.secondFactors.inc({ outcome: event.reason })
      break
    case 'sign_in_refused':
      meters.signIns.inc({ outcome: event.reason })
      break
    case 'throttled':
      if (event.what === 'password') meters.signIns.inc({ outcome: 'throttled' })
      if (event.what === 'second_factor') meters.secondFactors.inc({ outcome: 'throttled' })
      meters.throttled.inc({ what: event.what, by: event.by })
      break
    case 'code_issued':
      meters.signOns.inc({ client: clientLabel(event.clientId), page: event.withPage ? 'shown' : 'none' })
      break
    case 'tokens_issued':
      meters.tokens.inc({ grant_type: event.grantType, client: clientLabel(event.clientId) })
      break
    case 'signed_out':
      meters.signOuts.inc({ kind: 'one' })
      break
    case 'signed_out_everywhere':
      meters.signOuts.inc({ kind: 'everywhere' })
      break
    case 'grant_revoked':
      meters.revocations.inc({ because: event.because })
      break
    default:
      countDelivery(meters, event.kind)
  }
}

function countDelivery(meters: Meters, event: string): void {
  const [, kind, outcome] = /^(logout|security_notice|mail)_(delivered|delivery_failed|given_up)$/.exec(event) ?? []
  if (kind && outcome) meters.deliveries.inc({ kind, outcome: outcome.replace('delivery_', '') })
}

function countRequests({ requests }: Meters, app: FastifyInstance): void {
  const observe = (request: FastifyRequest, reply: FastifyReply, status: string): void =>
    requests.observe(
      { route: request.routeOptions.url ?? '(none)', method: methodLabel(request.method), status },
      reply.elapsedTime / 1000,
    )
  const left = onLeaving(app, (request, reply) => observe(request, reply, 'gone'))
  app.addHook('onResponse', (request, reply, done) => {
    if (!left.has(reply)) observe(request, reply, `${Math.trunc(reply.statusCode / 100)}xx`)
    done()
  })
}

const METHODS = new Set(['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'])
const methodLabel = (method: string): string => (METHODS.has(method) ? method : 'other')

/** It waits until its work begins. */
async function countHashing<T>(meters: Meters, queue: HashingQueue, work: () => Promise<T>): Promise<T> {
  let state = meters.hashingWaiting
  const move = (to: typeof state): void => {
    state.dec()
    to.inc()
    state = to
  }
  state.inc()
  const stop = meters.hashing.startTimer()
  try {
    const result = await queue.run(() => {
      move(meters.hashingUnderWay)
      return work()
    })
    stop()
    return result
  } catch (error) {
    if (error instanceof HashingQueueFull) meters.hashingRefused.inc()
    throw error
  } finally {
    state.dec()
  }
}
