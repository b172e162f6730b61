/** Rules for a client's own keys: one source of them, which holds what it should. */
import type { ClientJwks } from '../../protocol/client.ts'
import { keyFaults } from '../../protocol/client-authentication/registration.ts'
import { ASSERTION_METHODS } from '../../protocol/vocabulary.ts'
import { formatPath } from '../fault.ts'
import { type ClientFacts, clientPath } from './facts.ts'

const FORMS = ['jwks', 'jwks_file', 'jwks_uri'] as const

/** OpenID Connect Registration §2: jwks and jwks_uri exclude each other. */
export function reportClientKeyFaults(facts: ClientFacts): void {
  const { client, faults } = facts
  const [first, ...others] = FORMS.filter((form) => client[form] !== undefined)
  for (const form of others) {
    faults.report(clientPath(facts, form), { message: `contradicts ${first}`, allowed: `one of ${FORMS.join(', ')}` })
  }
  const isKnown = !FORMS.some((form) => faults.touches(clientPath(facts, form)))
  if (others.length === 0 && isKnown) reportUnusableKeys(facts, first)
  warnOfUselessAlgorithm(facts)
}

/** The rules are the protocol's. */
function reportUnusableKeys(facts: ClientFacts, form: (typeof FORMS)[number] | undefined): void {
  const { client, faults, texts } = facts
  const { token_endpoint_auth_method, token_endpoint_auth_signing_alg, jwks_uri } = client
  if (token_endpoint_auth_method === undefined) return
  const at = form === 'jwks_file' ? 'jwks_file' : 'jwks'
  const json = texts.get(formatPath(clientPath(facts, 'jwks_file')))
  const jwks = form === 'jwks_file' ? parse(json) : client.jwks
  const found = keyFaults({
    token_endpoint_auth_method,
    ...(token_endpoint_auth_signing_alg && { token_endpoint_auth_signing_alg }),
    ...(jwks_uri !== undefined && { jwks_uri }),
    // What it is judges keyFaults.
    ...(form !== undefined && form !== 'jwks_uri' && { jwks: jwks as ClientJwks }),
  })
  for (const { member, message, allowed } of found) {
    const path = clientPath(facts, member === 'jwks' ? at : member)
    if (!faults.touches(path)) faults.report(path, { message, allowed })
  }
}

function warnOfUselessAlgorithm(facts: ClientFacts): void {
  const { token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: alg } = facts.client
  if (alg === undefined || method === undefined || (ASSERTION_METHODS as readonly string[]).includes(method)) return
  const message = `does nothing with token_endpoint_auth_method: ${method}`
  const allowed = `token_endpoint_auth_method: ${ASSERTION_METHODS.join(' or ')}`
  facts.faults.warn(clientPath(facts, 'token_endpoint_auth_signing_alg'), { message, allowed })
}

/** A text that is no JSON is no JWK set either, as null is none. */
function parse(json = ''): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
