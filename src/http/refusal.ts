/** Tells the operator of a refusal: a line in the log and, behind the answer, a row for `countersign explain`. */
import type { FastifyRequest } from 'fastify'
import {
  type Check,
  clipped,
  type Failed,
  shownAddress,
  shownName,
  shownNames,
  shownUri,
  withoutLookalikes,
} from '../protocol/checks.ts'
import { type Parameters, readParameters } from '../protocol/parameters.ts'
import type { NewRefusal, Refusals } from '../refusals/recorder.ts'
import type { RefusalFacts } from '../storage/storage.ts'
import type { BrowserCookies } from './browser.ts'
import { rawQuery } from './form.ts'

export interface Refused {
  readonly failed: Failed
  /** The standard's word; undefined: a page that only a person sees. */
  readonly code?: string | undefined
  /** What the client or the person is told. */
  readonly description: string
  readonly status: number
}

export interface RefusalDeps {
  readonly refusals: Refusals
  readonly cookies: BrowserCookies
}

/** A line in the log, and what `keepRefusal` does. */
export function tellRefusal(deps: RefusalDeps, request: FastifyRequest, refused: Refused): void {
  const { failed, code, description, status } = refused
  const { clientId } = request
  const line = { error: code, description, ...failed, status, clientId, flow: provenFlow(request, failed.check) }
  // What is sent on to the app is its business first: prompt=none asks all day long.
  if (status < 400) request.log.info(line, 'authorization refused')
  else request.log.warn(line, 'request refused')
  keepRefusal(deps, request, refused)
}

/** A row for `countersign explain`, of those that there is room for. */
export function keepRefusal(
  { refusals, cookies }: RefusalDeps,
  request: FastifyRequest,
  { failed, code, description, status }: Refused,
): void {
  const { check, expected, came } = failed
  const { clientId, accountId } = request
  const endpoint = request.routeOptions.url ?? '(none)'
  refusals.record(
    { check, clientId, endpoint },
    (): NewRefusal => ({
      ...{ errorId: request.id, clientId, accountId, code, status, check },
      flowId: provenFlow(request, check),
      endpoint,
      description: clipped(description),
      expected: expected?.slice(0, MOST_EXPECTED),
      came: came?.slice(0, MOST_EXPECTED),
      facts: factsOf(request, cookies),
    }),
  )
}

const provenFlow = ({ flowId }: FastifyRequest, check: Check): string | undefined =>
  UNPROVEN.has(check) ? undefined : flowId

/** Several registered URIs. */
const MOST_EXPECTED = 1500

/** The code or token that came only names a grant, whatever it is: anybody could make it. */
const UNPROVEN: ReadonlySet<Check> = new Set(['code', 'refresh_token'])

/** Parameters whose values are no secret and say nothing of a person. */
const SHOWN: Readonly<Record<string, (value: string) => string>> = {
  client_id: shownName,
  redirect_uri: shownUri,
  post_logout_redirect_uri: shownUri,
  response_type: shownName,
  response_mode: shownName,
  scope: (value) => shownNames(value.split(' ')),
  prompt: shownName,
  max_age: shownName,
  acr_values: (value) => shownNames(value.split(' ')),
  ui_locales: shownName,
  code_challenge_method: shownName,
  resource: shownUri,
  grant_type: shownName,
  client_assertion_type: shownName,
  token_type_hint: shownName,
}
/** Those that only their being there is told of. */
const NAMED = [
  ...['state', 'nonce', 'code_challenge', 'claims', 'login_hint', 'id_token_hint', 'request', 'request_uri'],
  ...['code', 'code_verifier', 'refresh_token', 'client_secret', 'client_assertion', 'token', 'access_token'],
  ...['registration', 'logout_hint'],
]

function factsOf(request: FastifyRequest, cookies: BrowserCookies): RefusalFacts {
  const { headers } = request
  const { asked, also } = askedIn(request)
  const text = (value: string | string[] | undefined) =>
    value === undefined ? undefined : withoutLookalikes(clipped(String(value)))
  return {
    asked,
    ...(headers.authorization !== undefined && {
      // The scheme alone.
      also: [
        ...also,
        `Authorization: ${/^(basic|bearer|dpop)\b/i.exec(headers.authorization)?.[0] ?? 'of another kind'}`,
      ],
    }),
    ...(headers.authorization === undefined && also.length > 0 && { also }),
    ...withoutGaps({
      ip: shownAddress(request.ip),
      userAgent: text(headers['user-agent']),
      fetchDest: text(headers['sec-fetch-dest']),
      fetchSite: text(headers['sec-fetch-site']),
    }),
    ...cookieFacts(request, cookies),
  }
}

const withoutGaps = (of: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(of).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

function askedIn(request: FastifyRequest): { asked: Record<string, string>; also: string[] } {
  const asked: Record<string, string> = {}
  const also: string[] = []
  const form = typeof request.body === 'string' ? request.body : ''
  const texts = [request.askedAs ?? '', rawQuery(request), form].filter((text) => text !== '')
  const sources: readonly Parameters[] = texts.map(readParameters)
  for (const parameters of sources) {
    for (const [name, show] of Object.entries(SHOWN)) {
      const value = parameters.find(name)
      if (value !== undefined) asked[name] ??= show(value)
    }
    also.push(...NAMED.filter((name) => parameters.find(name) !== undefined))
  }
  return { asked, also: [...new Set(also)] }
}

/** Where cookies are read at all. */
function cookieFacts(request: FastifyRequest, cookies: BrowserCookies): Pick<RefusalFacts, 'cookies' | 'sessionId'> {
  if (request.cookies === undefined) return {}
  const session = cookies.session.read(request)
  const sessionId = /^[0-9a-f-]{36}(?=\.)/.exec(session ?? '')?.[0]
  return {
    cookies: { session: session !== undefined, browser: cookies.browser.read(request) !== undefined },
    ...(sessionId !== undefined && { sessionId }),
  }
}
