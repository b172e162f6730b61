/** The weak spots of the clients' entries: each said once, with all the clients that have it and what to do. */
import { counted } from '../../base/counted.ts'
import { HOUR } from '../../base/duration.ts'
import type { Config } from '../../config/config.ts'
import type { Client } from '../../protocol/client.ts'
import { isLoopbackHost } from '../../protocol/redirect-uri.ts'
import { type Finding, fine, problem, warning } from './finding.ts'

export interface ClientsInput {
  readonly config: Pick<Config, 'issuer' | 'clients'>
}

interface WeakSpot {
  readonly level: 'warning' | 'problem'
  /** After the names of the clients. */
  readonly found: string
  readonly todo: string
  has(client: Client, input: ClientsInput): boolean
}

const signsIn = ({ metadata }: Client): boolean => metadata.response_types.length > 0

const WEAK_SPOTS: readonly WeakSpot[] = [
  {
    level: 'problem',
    found: 'with the secret of another client',
    todo: 'Whoever runs one of them can be the other: give each its own (countersign secret).',
    has: ({ id, secretHashes }, { config }) =>
      config.clients.some((other) => other.id !== id && other.secretHashes.some((hash) => secretHashes.includes(hash))),
  },
  {
    level: 'warning',
    found: 'without PKCE',
    todo: 'A code that is stolen on its way can be redeemed by others who get in as that app (RFC 9700 §2.1.1). Turn PKCE on in the app, then take require_pkce: false out.',
    has: (client) => signsIn(client) && !client.requiresPkce,
  },
  {
    level: 'warning',
    found: 'with tokens straight from the sign-in (implicit flow)',
    todo: 'They pass through the browser’s address bar and history (RFC 9700 §2.1.2). Let the app use response_type=code with PKCE.',
    has: ({ metadata }) => metadata.response_types.some((type) => type !== 'code'),
  },
  {
    level: 'warning',
    found: 'with sign-ins that return to a person’s own machine by http, though the issuer is public',
    todo: 'Left over from development? Whoever runs something on that port of a person’s machine gets codes. Take it out, or give development an entry of its own.',
    has: ({ metadata }, { config }) =>
      config.issuer.startsWith('https:') &&
      metadata.application_type === 'web' &&
      metadata.redirect_uris.some((uri) => {
        const url = URL.parse(uri)
        return url?.protocol === 'http:' && isLoopbackHost(url.hostname)
      }),
  },
  {
    level: 'warning',
    found: 'with ID tokens that are signed with the secret (HS256)',
    todo: 'Whoever reads the secret can make ID tokens. Set id_token_signed_response_alg to RS256 or ES256, and let the app fetch the keys.',
    has: ({ metadata }) => metadata.id_token_signed_response_alg === 'HS256',
  },
  {
    level: 'warning',
    found: 'with access tokens that live for more than an hour',
    todo: 'An API that checks them by the keys alone accepts them until they end, whatever was signed out or revoked. Shorten lifetimes.access_token and give the app refresh tokens.',
    has: ({ lifetimes }) => lifetimes.accessToken > HOUR,
  },
  {
    level: 'warning',
    found: 'not told when a session ends elsewhere',
    todo: 'People who sign out stay signed in there. Set backchannel_logout_uri, when the app has one; most libraries do.',
    has: (client) =>
      signsIn(client) &&
      client.metadata.application_type === 'web' &&
      client.metadata.backchannel_logout_uri === undefined &&
      client.metadata.frontchannel_logout_uri === undefined,
  },
  {
    level: 'warning',
    found: 'without post_logout_redirect_uris',
    todo: 'Who signs out there ends on a page of Countersign, without a way back. Name where the app wants them.',
    has: (client) => signsIn(client) && client.metadata.post_logout_redirect_uris.length === 0,
  },
]

export function checkClients(input: ClientsInput): readonly Finding[] {
  const { clients } = input.config
  if (clients.length === 0) {
    return [warning('there are no clients', 'Add an entry for each app: countersign.example.yaml has some.')]
  }
  const findings = WEAK_SPOTS.flatMap(({ level, found, todo, has }) => {
    const ids = clients.filter((client) => has(client, input)).map(({ id }) => id)
    return ids.length === 0 ? [] : [(level === 'problem' ? problem : warning)(`${named(ids)}: ${found}`, todo)]
  })
  return findings.length > 0
    ? findings
    : [fine(`${counted(clients.length, 'entry', 'entries')}, without a weak spot that is known`)]
}

/** Eight of them, and how many more. */
export function named(ids: readonly string[]): string {
  const more = ids.length - 8
  return more > 0 ? `${ids.slice(0, 8).join(', ')} and ${more} more` : ids.join(', ')
}
