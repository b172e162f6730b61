/** Rules for a client's secret and for what only a client with a secret may do. */
import { formatPath } from '../fault.ts'
import { type ClientFacts, clientPath, isPublic } from './facts.ts'

const FORMS = ['client_secret', 'client_secret_file', 'client_secret_hash'] as const
const MIN_SECRET_LENGTH = 32

export function reportClientAuthenticationFaults(facts: ClientFacts): void {
  if (facts.client.token_endpoint_auth_method === undefined) return
  reportSecretCount(facts)
  reportSecretStrength(facts)
  reportPreviousSecretFaults(facts)
  if (isPublic(facts.client)) reportPublicClientFaults(facts)
}

/**
 * A confidential client has exactly one form of secret, a public one has none (RFC 6749 §2.1). One that signs with its own
 * key needs none, but may have one for other things. client_secret_jwt needs the secret itself: it is the key (OpenID
 * Connect Core §9).
 */
function reportSecretCount(facts: ClientFacts): void {
  const { client, faults } = facts
  const given = FORMS.filter((form) => client[form] !== undefined || faults.touches(clientPath(facts, form)))
  const [first, ...others] = given
  if (isPublic(client)) {
    for (const form of given) {
      const message = 'a public client (token_endpoint_auth_method: none) has no secret'
      faults.report(clientPath(facts, form), { message, allowed: 'no secret, or another token_endpoint_auth_method' })
    }
  } else if (first === undefined && client.token_endpoint_auth_method !== 'private_key_jwt') {
    const message = `is missing: this client authenticates with ${client.token_endpoint_auth_method}`
    const allowed = `one of ${FORMS.join(', ')} (\`countersign secret\` makes one); or token_endpoint_auth_method: none`
    faults.report(clientPath(facts, 'client_secret'), { message, allowed })
  }
  if (isPublic(client)) return
  for (const form of others) {
    faults.report(clientPath(facts, form), { message: `contradicts ${first}`, allowed: `one of ${FORMS.join(', ')}` })
  }
  if (client.token_endpoint_auth_method === 'client_secret_jwt' && first === 'client_secret_hash') {
    const message = 'client_secret_jwt uses the secret as its key, and a hash does not tell it'
    faults.report(clientPath(facts, first), { message, allowed: 'client_secret or client_secret_file' })
  }
}

/** It is for the time in which an app gets another secret, so there has to be that other one. */
function reportPreviousSecretFaults(facts: ClientFacts): void {
  const { client, faults } = facts
  if (client.client_secret_previous_hash === undefined) return
  const at = clientPath(facts, 'client_secret_previous_hash')
  const hasSecret = FORMS.some((form) => client[form] !== undefined || faults.touches(clientPath(facts, form)))
  if (isPublic(client)) {
    const message = 'a public client (token_endpoint_auth_method: none) has no secret'
    faults.report(at, { message, allowed: 'no secret, or another token_endpoint_auth_method' })
  } else if (client.token_endpoint_auth_method === 'client_secret_jwt') {
    const message = 'client_secret_jwt uses the secret as its key, and a hash does not tell it'
    faults.report(at, { message, allowed: 'this line left out' })
  } else if (!hasSecret) {
    const message = 'does nothing without the secret that it has now'
    faults.report(at, { message, allowed: `one of ${FORMS.join(', ')} beside it` })
  }
}

/** RFC 6749 Appendix A.2 for the characters; the length is what keeps guessing hopeless (RFC 6749 §10.10). */
function reportSecretStrength(facts: ClientFacts): void {
  const inFile = facts.texts.get(formatPath(clientPath(facts, 'client_secret_file')))
  const secrets = [
    ['client_secret', facts.client.client_secret],
    ['client_secret_file', inFile],
  ] as const
  for (const [form, secret] of secrets) {
    if (secret === undefined) continue
    const allowed = `${MIN_SECRET_LENGTH} to 512 printable ASCII characters, hard to guess: \`countersign secret\` makes one`
    if (secret.length < MIN_SECRET_LENGTH) {
      facts.faults.report(clientPath(facts, form), { message: 'the secret is too short', allowed })
    } else if (!/^[ -~]{1,512}$/.test(secret)) {
      const message = 'the secret is too long or has characters that are not allowed'
      facts.faults.report(clientPath(facts, form), { message, allowed })
    }
  }
}

function reportPublicClientFaults(facts: ClientFacts): void {
  const { client, faults } = facts
  if (client.require_pkce === false) {
    // RFC 9700 §2.1.1
    const message = 'a public client must use PKCE: nothing else ties the code to it'
    faults.report(clientPath(facts, 'require_pkce'), { message, allowed: 'true for a public client' })
  }
  if (client.rotate_refresh_tokens === false) {
    // RFC 9700 §4.14.2
    const message = 'a public client’s refresh tokens must rotate'
    faults.report(clientPath(facts, 'rotate_refresh_tokens'), { message, allowed: 'true for a public client' })
  }
  if (client.introspection === 'any') {
    // RFC 7662 §2.1: whoever introspects must authenticate.
    const message = 'a public client cannot prove who it is, so it may not introspect every token'
    faults.report(clientPath(facts, 'introspection'), { message, allowed: 'own for a public client' })
  }
}
