/** A client's entry as an admin may see it: everything but secrets and keys. */
import { formatDuration } from '../../base/duration.ts'
import type { AdminFact } from '../../http/admin-view-models.ts'
import type { Client, ClientMetadata } from '../../protocol/client.ts'
import { clip, fact, firstOf } from './words.ts'

/** What is not shown as it is: said by the heading, a length of time, or perhaps long. Secrets are no metadata. */
const ELSEWHERE: readonly (keyof ClientMetadata)[] = ['client_name', 'jwks', 'default_max_age']
const MOST_VALUES = 6

export function entryOf(client: Client): readonly AdminFact[] {
  const { metadata, lifetimes } = client
  const named = Object.entries(metadata).filter(([name]) => !ELSEWHERE.some((other) => other === name))
  return [
    ...fact('client_id', { text: client.id, isCode: true }),
    ...named.flatMap(([name, value]) => fact(name, ...textsOf(value))),
    ...fact('jwks', metadata.jwks && `${metadata.jwks.keys.length} of its own, not shown`),
    ...fact('default_max_age', metadata.default_max_age === undefined ? undefined : span(metadata.default_max_age)),
    ...fact('secrets', client.secretHashes.length > 0 ? `${client.secretHashes.length}, not shown` : undefined),
    ...fact('rules', ...rulesOf(client)),
    ...fact('audience', ...firstOf(client.accessTokenAudience, MOST_VALUES)),
    ...fact(
      'lifetimes',
      `code ${span(lifetimes.authorizationCode)}, access token ${span(lifetimes.accessToken)}, ID token ${span(lifetimes.idToken)}, ` +
        `refresh token ${span(lifetimes.refreshToken)} and at most ${span(lifetimes.refreshTokenAbsolute)}`,
    ),
  ]
}

const span = formatDuration

/** What is not set, and what is off, is not told. */
function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value))
    return firstOf(
      value.map((one) => clip(String(one))),
      MOST_VALUES,
    )
  if (value === true) return ['yes']
  return typeof value === 'string' && value !== '' ? [clip(value)] : []
}

const rulesOf = (client: Client): readonly string[] => [
  client.isFirstParty ? 'first party: no consent is asked' : 'people are asked for consent',
  ...(client.requiresPkce ? ['PKCE is required'] : []),
  ...(client.requiresSecondFactor ? ['a second factor is required'] : []),
  ...(client.rotatesRefreshTokens ? ['refresh tokens rotate'] : []),
  ...(client.introspects === 'any' ? ['may introspect every token'] : []),
]
