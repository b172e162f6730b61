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
import { apisAskedFor } from '../../protocol/resource.ts'
import { shownHash } from '../../protocol/shown-hash.ts'
import { holdsSeveral } from '../../sessions/handles.ts'
import type { Account } from '../../storage/storage.ts'
import { type Message, message } from '../../words/message.ts'
import { apiWording, claimWording, scopeWording } from './consent-words.ts'
import { CHOOSE_ACCOUNT_QUERY, type Current, OTHER_ACCOUNT_QUERY, pathOf } from './current.ts'

/** What the page shows, and what allowing it allows. */
export interface Shown {
  readonly scopes: readonly string[]
  readonly claims: readonly ClaimName[]
  readonly resources: readonly string[]
  /** Of the client, where nobody has checked it. */
  readonly shownHash: string | undefined
}

/** Bound to the account and to what was shown: nobody allows what they did not see. */
export const consentPurpose = (
  interactionId: string,
  accountId: string,
  { scopes, claims, resources, shownHash }: Shown,
): string => `consent/${JSON.stringify([interactionId, accountId, scopes, claims, resources, shownHash])}`

interface ConsentInput {
  readonly current: Current
  readonly reply: FastifyReply
  readonly asked: Asked
  readonly account: Account
  readonly newScopes: readonly string[]
  readonly newClaims: readonly ClaimName[]
  readonly newResources: readonly string[]
}

export function showConsent(
  deps: Deps,
  { current, reply, asked, account, newScopes, newClaims, newResources }: ConsentInput,
): Promise<FastifyReply> {
  const { interaction, secret } = current
  const isSeveral = holdsSeveral(deps.cookies.session.read(reply.request))
  const shown = shownConsent(asked)
  const { scopes, claims, resources } = shown
  // Told apart only where something was allowed before.
  const isWider = newScopes.length + newClaims.length < scopes.length + claims.length
  const items = scopes.map((scope) => ({ scope, apis: apisFor(scope, shown, deps) }))
  const silent = namedIn(asked).filter(
    (one) => resources.includes(one) && !items.some(({ apis }) => apis.includes(one)),
  )
  const isNewApi = (resource: string) => newResources.includes(resource)
  const nameOf = (resource: string) => deps.apis.get(resource)?.name ?? resource
  const client = askingClientView(asked.client, asked.target.uri, reply.request.language)
  allowPage(reply, asked.target.uri, imagesOf(client))
  return render(reply, 'consent', {
    installation: deps.config.name,
    client,
    form: {
      action: pathOf(deps, interaction, '/consent'),
      csrf: formToken(secret, consentPurpose(interaction.id, account.id, shown)),
    },
    account: accountView(account),
    otherAccount: pathOf(deps, interaction, isSeveral ? CHOOSE_ACCOUNT_QUERY : OTHER_ACCOUNT_QUERY),
    destination: originOf(asked.target.uri),
    scopes: [
      ...items.map(({ scope, apis }) => ({
        name: scope,
        ...scopeWording(scope, account, apis.map(nameOf)),
        isNew: isWider && (newScopes.includes(scope) || apis.some(isNewApi)),
      })),
      // No scope speaks of these, and the tokens are for them all the same.
      ...silent.map((name) => ({ name, ...apiWording(nameOf(name)), isNew: isWider && isNewApi(name) })),
      ...claims.map((name) => ({ name, ...claimWording(name, account), isNew: isWider && newClaims.includes(name) })),
    ],
    lifetime: scopes.includes('offline_access') ? inWords(asked.client.lifetimes.refreshTokenAbsolute) : undefined,
  })
}

/** The APIs that the scope is for, of those that the tokens may be for. */
const apisFor = (scope: string, { resources }: Shown, { apis }: Pick<Deps, 'apis'>): readonly string[] =>
  resources.filter((resource) => apis.get(resource)?.scopes.includes(scope))

const namedIn = ({ request }: Asked): readonly string[] =>
  (request instanceof OAuthError ? undefined : request.resources) ?? []

export const shownConsent = ({ client, request }: Asked): Shown =>
  request instanceof OAuthError
    ? { scopes: [], claims: [], resources: [], shownHash: shownHash(client) }
    : {
        scopes: request.scopes,
        claims: claimsBesideScopes(request.claims, request.scopes),
        resources: apisAskedFor(request.resources, client),
        shownHash: shownHash(client),
      }

/** `https://wiki.example`; of a native app's own scheme the whole URI, because it has no origin. */
function originOf(uri: string): string {
  const origin = URL.parse(uri)?.origin
  return origin === undefined || origin === 'null' ? uri : origin
}

const inWords = (duration: Duration): Message =>
  duration >= DAY
    ? message('consent.days', { count: Math.round(duration / DAY) })
    : message('consent.hours', { count: Math.max(1, Math.round(duration / HOUR)) })
