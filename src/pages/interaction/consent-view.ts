/** The page that asks whether an app may have what it asks for. */
import type { FastifyReply } from 'fastify'
import type { Asked } from '../../authorization/asked.ts'
import { DAY, type Duration, HOUR } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { accountView } from '../../http/account-view.ts'
import { formToken } from '../../http/browser.ts'
import { clientView } from '../../http/client-view.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import { OAuthError } from '../../protocol/oauth-error.ts'
import type { Account } from '../../storage/storage.ts'
import { type Current, pathOf } from './current.ts'

/** Bound to the account and to the scopes that were shown: nobody allows what they did not see. */
export const consentPurpose = (interactionId: string, accountId: string, scopes: readonly string[]): string =>
  `consent/${interactionId}/${accountId}/${scopes.join(' ')}`

interface ConsentInput {
  readonly current: Current
  readonly reply: FastifyReply
  readonly asked: Asked
  readonly account: Account
  readonly newScopes: readonly string[]
}

export function showConsent(
  deps: Deps,
  { current, reply, asked, account, newScopes }: ConsentInput,
): Promise<FastifyReply> {
  const { interaction, secret } = current
  const scopes = askedScopes(asked)
  // Told apart only where something was allowed before.
  const isWider = newScopes.length < scopes.length
  allowPage(reply, asked.target.uri)
  return render(reply, 'consent', {
    installation: deps.config.name,
    client: clientView(asked.client),
    form: {
      action: pathOf(deps, interaction, '/consent'),
      csrf: formToken(secret, consentPurpose(interaction.id, account.id, scopes)),
    },
    account: accountView(account),
    destination: originOf(asked.target.uri),
    scopes: scopes.map((name) => ({ name, ...describe(name, account), isNew: isWider && newScopes.includes(name) })),
    lifetime: scopes.includes('offline_access') ? inWords(asked.client.lifetimes.refreshTokenAbsolute) : undefined,
  })
}

export const askedScopes = ({ request }: Asked): readonly string[] =>
  request instanceof OAuthError ? [] : request.scopes

/** `https://wiki.example`; of a native app's own scheme the whole URI, because it has no origin. */
function originOf(uri: string): string {
  const origin = URL.parse(uri)?.origin
  return origin === undefined || origin === 'null' ? uri : origin
}

/** Each completes "Wiki will be able to …". */
const DESCRIPTIONS: Readonly<Record<string, { title: string; detail: string }>> = {
  openid: { title: 'Know that it is you', detail: 'By an identifier that stays the same each time' },
  profile: { title: 'See your profile', detail: 'Your name, user name, picture, language and the like' },
  email: { title: 'See your e-mail address', detail: 'And whether it is verified' },
  address: { title: 'See your postal address', detail: 'Street, town, postcode and country' },
  phone: { title: 'See your telephone number', detail: 'And whether it is verified' },
  groups: { title: 'See your groups', detail: 'Which groups you belong to here' },
  offline_access: { title: 'Stay connected', detail: 'Also when you have signed out here' },
}

function describe(scope: string, { claims }: Account): { title: string; detail: string } {
  const known = DESCRIPTIONS[scope] ?? { title: `Use ${scope}`, detail: 'A permission that this app defines itself' }
  const value = scope === 'email' ? claims.email : scope === 'phone' ? claims.phone_number : undefined
  return { title: known.title, detail: value ?? known.detail }
}

function inWords(duration: Duration): string {
  const [count, unit] =
    duration >= DAY ? [Math.round(duration / DAY), 'day'] : [Math.max(1, Math.round(duration / HOUR)), 'hour']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
