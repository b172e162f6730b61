/** Rules for a client's own keys: one source of them, and a file that holds what it should. */
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
  const json = facts.texts.get(formatPath(clientPath(facts, 'jwks_file')))
  if (json !== undefined && !isJwkSet(json)) {
    const allowed = 'a file with a JWK set: {"keys": [{"kty": …}, …]}'
    faults.report(clientPath(facts, 'jwks_file'), { message: 'the file holds no JWK set', allowed })
  }
}

function isJwkSet(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys)) return false
    return value.keys.every((key: unknown) => typeof key === 'object' && key !== null && !Array.isArray(key))
  } catch {
    return false
  }
}
