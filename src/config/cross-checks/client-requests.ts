/** Rules for what a client's requests must be like: it has to have something to sign them with. */
import { type ClientFacts, clientPath, isPublic } from './facts.ts'

const KEYS = ['jwks', 'jwks_file', 'jwks_uri'] as const
/** The hash of a secret is no key: OpenID Connect Core §10.1. */
const SECRETS = ['client_secret', 'client_secret_file'] as const

export function reportClientRequestFaults(facts: ClientFacts): void {
  const { require_signed_request_object: isRequired, request_object_signing_alg: algorithm } = facts.client
  const has = (names: readonly ((typeof KEYS)[number] | (typeof SECRETS)[number])[]): boolean =>
    names.some((name) => facts.client[name] !== undefined || facts.faults.touches(clientPath(facts, name)))
  const hasSecret = !isPublic(facts.client) && has(SECRETS)
  const report = (key: string, message: string, allowed: string): void =>
    facts.faults.report(clientPath(facts, key), { message, allowed })
  if (algorithm === 'HS256') {
    if (!hasSecret) report('request_object_signing_alg', 'HS256 needs its secret', SECRETS.join(' or '))
  } else if (algorithm !== undefined) {
    if (!has(KEYS)) report('request_object_signing_alg', `there is no key for ${algorithm}`, KEYS.join(', '))
  } else if (isRequired === true && !hasSecret && !has(KEYS)) {
    const message = 'there is nothing that could verify a signature of it'
    report('require_signed_request_object', message, `its public keys in ${KEYS.join(', ')}; or its secret for HS256`)
  }
}
