/** The page that asks whether an app may have what it asks for. */
import type { FastifyReply } from 'fastify'
import type { Asked } from '../../authorization/asked.ts'
import { DAY, type Duration, HOUR } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { accountView } from '../../http/account-view.ts'
import { formToken } from '../../http/browser.ts'
import { askingClientView, imagesOf } from '../../http/client-view.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import { type ClaimName, claimsBesideScopes } from '../../protocol/claims.ts'
import { OAuthError } from '../../protocol/oauth-error.ts'
import type { Account } from '../../storage/storage.ts'
import { claimWording, scopeWording } from './consent-words.ts'
import { type Current, pathOf } from './current.ts'

/** What the page shows, and what allowing it allows. */
export interface Shown {
  readonly scopes: readonly string[]
  readonly claims: readonly ClaimName[]
}

/** Bound to the account and to what was shown: nobody allows what they did not see. */
export const consentPurpose = (interactionId: string, accountId: string, { scopes, claims }: Shown): string =>
  `consent/${interactionId}/${accountId}/${scopes.join(' ')}/${claims.join(' ')}`

interface ConsentInput {
  readonly current: Current
  readonly reply: FastifyReply
  readonly asked: Asked
  readonly account: Account
  readonly newScopes: readonly string[]
  readonly newClaims: readonly ClaimName[]
}

export function showConsent(
  deps: Deps,
  { current, reply, asked, account, newScopes, newClaims }: ConsentInput,
): Promise<FastifyReply> {
  const { interaction, secret } = current
  const shown = shownConsent(asked)
  const { scopes, claims } = shown
  // Told apart only where something was allowed before.
  const isWider = newScopes.length + newClaims.length < scopes.length + claims.length
  const client = askingClientView(asked.client, asked.target.uri)
  allowPage(reply, asked.target.uri, imagesOf(client))
  return render(reply, 'consent', {
    installation: deps.config.name,
    client,
    form: {
      action: pathOf(deps, interaction, '/consent'),
      csrf: formToken(secret, consentPurpose(interaction.id, account.id, shown)),
    },
    account: accountView(account),
    destination: originOf(asked.target.uri),
    scopes: [
      ...scopes.map((name) => ({
        name,
        ...scopeWording(name, account, apisFor(name, asked, deps)),
        isNew: isWider && newScopes.includes(name),
      })),
      ...claims.map((name) => ({ name, ...claimWording(name, account), isNew: isWider && newClaims.includes(name) })),
    ],
    lifetime: scopes.includes('offline_access') ? inWords(asked.client.lifetimes.refreshTokenAbsolute) : undefined,
  })
}

/** The names of the APIs that the scope is for, of those that the tokens may be for. */
function apisFor(scope: string, { client, request }: Asked, { apis }: Pick<Deps, 'apis'>): readonly string[] {
  const named = request instanceof OAuthError ? undefined : request.resources
  return (named ?? client.accessTokenAudience)
    .flatMap((audience) => apis.get(audience) ?? [])
    .filter((api) => api.scopes.includes(scope))
    .map((api) => api.name)
}

export const shownConsent = ({ request }: Asked): Shown =>
  request instanceof OAuthError
    ? { scopes: [], claims: [] }
    : { scopes: request.scopes, claims: claimsBesideScopes(request.claims, request.scopes) }

/** `https://wiki.example`; of a native app's own scheme the whole URI, because it has no origin. */
function originOf(uri: string): string {
  const origin = URL.parse(uri)?.origin
  return origin === undefined || origin === 'null' ? uri : origin
}

function inWords(duration: Duration): string {
  const [count, unit] =
    duration >= DAY ? [Math.round(duration / DAY), 'day'] : [Math.max(1, Math.round(duration / HOUR)), 'hour']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
