/** Rules for what is signed and encrypted with what: there must be keys for it. */
import { encryptionFaults } from '../../protocol/client-rules.ts'
import { ENCRYPTION_ALGORITHMS, MANDATORY_SIGNING_ALGORITHM } from '../../protocol/vocabulary.ts'
import { type ClientFacts, clientPath, type Facts, isPublic } from './facts.ts'

/** OpenID Connect Discovery §3: id_token_signing_alg_values_supported must have RS256. */
export function reportSigningAlgorithmFaults({ file: { keys }, faults }: Facts): void {
  const algorithms = keys?.signing_algorithms
  const path = ['keys', 'signing_algorithms']
  if (algorithms === undefined || faults.touches(path) || algorithms.includes(MANDATORY_SIGNING_ALGORITHM)) return
  const message = `lacks ${MANDATORY_SIGNING_ALGORITHM}, which every OpenID provider must have`
  faults.report(path, { message, allowed: `[${[MANDATORY_SIGNING_ALGORITHM, ...algorithms].join(', ')}]` })
}

export function reportClientAlgorithmFaults(facts: ClientFacts): void {
  reportMissingKeys(facts)
  reportMissingSecret(facts)
  reportUnreadableRequests(facts)
  reportEncryptionFaults(facts)
}

const SIGNED = [
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'introspection_signed_response_alg',
  'access_token_signed_response_alg',
] as const

function reportMissingKeys(facts: ClientFacts): void {
  const algorithms = facts.file.keys?.signing_algorithms
  if (algorithms === undefined || facts.faults.touches(['keys', 'signing_algorithms'])) return
  for (const key of SIGNED) {
    const algorithm = facts.client[key]
    if (algorithm === undefined || algorithm === 'HS256' || algorithms.includes(algorithm)) continue
    const message = `there are no keys for ${algorithm}`
    const allowed = `one of ${algorithms.join(', ')}; or add ${algorithm} to keys.signing_algorithms`
    facts.faults.report(clientPath(facts, key), { message, allowed })
  }
}

/** OpenID Connect Core §10.1: the key is the secret itself, so neither a public client nor the hash of one will do. */
function reportMissingSecret(facts: ClientFacts): void {
  const { client, faults } = facts
  const algorithm = client.id_token_signed_response_alg
  if (algorithm !== 'HS256') return
  const at = clientPath(facts, 'id_token_signed_response_alg')
  if (isPublic(client)) {
    const message = `a public client has no secret that ${algorithm} could use as its key`
    faults.report(at, { message, allowed: 'an algorithm of keys.signing_algorithms for a public client' })
  } else if (client.client_secret_hash === undefined && !hasSecret(facts)) {
    const message = `${algorithm} uses the client’s secret as its key, and there is none`
    faults.report(at, { message, allowed: 'client_secret or client_secret_file beside it' })
  } else if (client.client_secret_hash !== undefined) {
    const message = `${algorithm} uses the client’s secret as its key, and client_secret_hash does not tell it`
    faults.report(at, {
      message,
      allowed: 'client_secret or client_secret_file; or an algorithm of keys.signing_algorithms',
    })
  }
}

const hasSecret = (facts: ClientFacts): boolean =>
  (['client_secret', 'client_secret_file'] as const).some(
    (key) => facts.client[key] !== undefined || facts.faults.touches(clientPath(facts, key)),
  )

/** RFC 9101 §4: we can read only what is encrypted to one of our keys. */
function reportUnreadableRequests(facts: ClientFacts): void {
  const algorithms: readonly (string | undefined)[] = facts.file.keys?.encryption_algorithms ?? []
  const algorithm = facts.client.request_object_encryption_alg
  if (algorithm === undefined || algorithms.includes(algorithm)) return
  if (facts.faults.touches(['keys', 'encryption_algorithms'])) return
  const message = `there are no keys to decrypt ${algorithm}`
  const isPossible = ENCRYPTION_ALGORITHMS.some((one) => one === algorithm)
  const allowed = isPossible
    ? `${algorithm} added to keys.encryption_algorithms`
    : `one of ${ENCRYPTION_ALGORITHMS.join(', ')}, which keys.encryption_algorithms has to name, too`
  facts.faults.report(clientPath(facts, 'request_object_encryption_alg'), { message, allowed })
}

function reportEncryptionFaults(facts: ClientFacts): void {
  const { client, faults } = facts
  const isKnown = (member: string): boolean => !faults.touches(clientPath(facts, member))
  const hasKeys = (['jwks', 'jwks_file', 'jwks_uri'] as const).some((key) => client[key] !== undefined || !isKnown(key))
  for (const { member, ...words } of encryptionFaults(client, { isKnown, hasKeys })) {
    faults.report(clientPath(facts, member), words)
  }
}
