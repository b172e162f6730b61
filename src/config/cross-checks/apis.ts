/** Rules for `apis`, and for how clients use them. */
import { SCOPES } from '../../protocol/vocabulary.ts'
import { nearestName } from '../nearest-name.ts'
import type { ApiEntry, Draft } from '../schema.ts'
import { type ClientFacts, clientPath, type Facts, isPublic } from './facts.ts'

export function reportApiFaults(facts: Facts): void {
  const first = new Map<string, number>()
  for (const [index, api] of (facts.file.apis ?? []).entries()) {
    if (api?.audience === undefined) continue
    reportAudienceFaults(facts, { api, index, other: first.get(api.audience) })
    if (!first.has(api.audience)) first.set(api.audience, index)
    reportIntrospectionFaults(facts, api, index)
    reportMissingKeys(facts, api, index)
  }
}

function reportAudienceFaults(
  { file, faults }: Facts,
  { api, index, other }: { api: Draft<ApiEntry>; index: number; other: number | undefined },
): void {
  const path = ['apis', index, 'audience']
  if (other !== undefined) {
    faults.report(path, {
      message: `is the audience of apis[${other}], too`,
      allowed: 'an audience of its own for each API',
    })
  } else if (api.audience === file.issuer) {
    faults.report(path, { message: 'is the issuer, which is the audience of userinfo', allowed: 'another audience' })
  }
  const isClient = (file.clients ?? []).some((client) => client?.client_id === api.audience)
  if (api.access_token_typ === 'JWT' && isClient) {
    // RFC 9068 §5, RFC 8725 §3.12: that client might take such a token for an ID token of its own.
    const message = 'is a client_id, and tokens with the typ JWT and that audience look like its ID tokens'
    faults.report(path, { message, allowed: 'another audience, or access_token_typ: at+jwt' })
  }
}

function reportMissingKeys({ file, faults }: Facts, api: Draft<ApiEntry>, index: number): void {
  const algorithms = file.keys?.signing_algorithms
  const algorithm = api.access_token_signed_response_alg
  if (algorithm === undefined || algorithms === undefined || algorithms.includes(algorithm)) return
  if (faults.touches(['keys', 'signing_algorithms'])) return
  const allowed = `one of ${algorithms.join(', ')}; or add ${algorithm} to keys.signing_algorithms`
  const path = ['apis', index, 'access_token_signed_response_alg']
  faults.report(path, { message: `there are no keys for ${algorithm}`, allowed })
}

function reportIntrospectionFaults({ file, faults }: Facts, api: Draft<ApiEntry>, index: number): void {
  const id = api.introspection_client
  if (id === undefined) return
  const path = ['apis', index, 'introspection_client']
  const clients = file.clients ?? []
  const client = clients.find((one) => one?.client_id === id)
  if (client === undefined) {
    const suggestion = nearestName(
      id,
      clients.flatMap((one) => one?.client_id ?? []),
    )
    faults.warn(path, { message: 'is no client of this file', suggestion })
  } else if (isPublic(client)) {
    // RFC 7662 §2.1
    const message = 'is a public client, which cannot prove who it is'
    faults.report(path, { message, allowed: 'a client with a secret' })
  }
}

/** What a client may ask for, and of which APIs. */
export function warnOfClientApis(facts: ClientFacts): void {
  const declared = (facts.file.apis ?? []).filter((api) => api !== undefined)
  const audience = (facts.client.access_token_audience ?? []).filter((one) => one !== undefined)
  const apis = audience.flatMap((one) => declared.find((api) => api.audience === one) ?? [])
  warnOfContradictions(facts, apis)
  // One that is not declared may know any scope.
  if (apis.length > 0 && apis.length === audience.length) warnOfUnknownScopes(facts, apis)
}

function warnOfContradictions(facts: ClientFacts, apis: readonly Draft<ApiEntry>[]): void {
  const own = facts.client.access_token_signed_response_alg
  const wanted = {
    access_token_typ: new Set(apis.map((api) => api.access_token_typ)),
    access_token_signed_response_alg: new Set(apis.map((api) => api.access_token_signed_response_alg ?? own)),
  }
  for (const [key, values] of Object.entries(wanted)) {
    if (values.size <= 1) continue
    const message = `names APIs that contradict each other in ${key}: without \`resource\`, its tokens follow none of them`
    facts.faults.warn(clientPath(facts, 'access_token_audience'), { message })
  }
}

function warnOfUnknownScopes(facts: ClientFacts, apis: readonly Draft<ApiEntry>[]): void {
  const understood = apis.flatMap((api) => api.scopes ?? []).filter((scope) => scope !== undefined)
  const known: readonly string[] = [...SCOPES, ...understood]
  for (const scope of facts.client.scope?.split(' ') ?? []) {
    if (known.includes(scope)) continue
    const message = `${scope} is a scope that none of its APIs declares`
    facts.faults.warn(clientPath(facts, 'scope'), { message, suggestion: nearestName(scope, understood) })
  }
}
