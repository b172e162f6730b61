/** What a change of the rest of the file means, key by key. */
import type { Duration } from '../base/duration.ts'
import { heldBy, sessionsIdleFor, signingNeed } from './facts.ts'
import { breaks, harmless, type Meaning } from './plan.ts'
import { type Changed, counted, durationOf, isShorter, type Rule, type Rules, whenGone, whenOff } from './rule.ts'

/** Everything that is alive was made by the old name. */
const issuer: Rule = ({ facts }) => {
  const held = [...facts.held.values()]
  const sum = (count: (of: (typeof held)[number]) => number) => held.reduce((total, each) => total + count(each), 0)
  const sessions = sessionsIdleFor(facts, ALL)
  const ends = { sessions, grants: sum(({ grants }) => grants), refreshTokens: sum((of) => of.refreshTokens) }
  return {
    weight: ends.sessions + ends.grants > 0 ? 'ends' : 'breaks',
    notes: [
      'Every app has to be told the new issuer, and refuses everything until then; every token that is out is refused.',
      'On another host everybody signs in again: browsers keep the cookie to the old one.',
    ],
    ends,
    needsRestart: true,
  }
}

const ALL = { least: 0, most: Number.POSITIVE_INFINITY }

const database: Rule = () => ({
  ...breaks(
    'Accounts, sessions and keys are those of the other database: move them with countersign backup and restore --exact.',
  ),
  needsRestart: true,
})

const sealingKey: Rule = () => ({
  ...breaks('It has to be the same key: another one opens none of the signing keys, and Countersign does not start.'),
  needsRestart: true,
})

const signingAlgorithms: Rule = ({ gone, come, facts }) => {
  const signing = come.map((algorithm) => signingNeed(facts, algorithm)).find((need) => need !== undefined)
  return {
    weight: gone.length > 0 ? 'breaks' : 'harmless',
    notes: [
      ...(gone.length > 0
        ? [
            `Nothing is signed with ${gone.join(' ')} any more. Its keys stay published until the last token that they signed has expired.`,
          ]
        : []),
      ...(come.length > 0 ? [`Keys for ${come.join(' ')} are made and published as soon as it is in force.`] : []),
    ],
    ...(signing && { signing }),
  }
}

const sessionIdle: Rule = (changed) => {
  if (!isShorter(changed)) return harmless('Sessions that are open last longer, too.')
  const range: { least: Duration; most: Duration } = { least: durationOf(changed.to), most: durationOf(changed.from) }
  const sessions = sessionsIdleFor(changed.facts, range)
  if (sessions === 0) return harmless('No open session has been idle for that long.')
  return {
    weight: 'ends',
    notes: [`Whoever has been idle for longer signs in again: up to ${counted(sessions, 'session')}.`],
    ends: { sessions },
  }
}

const onlyNew =
  (what: string): Rule =>
  () =>
    harmless(`Counts for ${what} made from then on.`)

const domainsGone: Rule = ({ gone, facts }) => {
  if (gone.length === 0) return harmless()
  const ids = [...facts.held.keys()].filter((id) => gone.some((domain) => isBelow(URL.parse(id)?.hostname, domain)))
  const refreshTokens = ids.reduce((sum, id) => sum + heldBy(facts, id).refreshTokens, 0)
  return {
    weight: refreshTokens > 0 ? 'ends' : 'breaks',
    notes: [`Apps at ${gone.join(', ')} are refused${ids.length > 0 ? `: ${ids.join(', ')}` : ''}.`],
    ...(refreshTokens > 0 && { ends: { refreshTokens } }),
  }
}

const isBelow = (host: string | undefined, domain: string): boolean => {
  const name = domain.replace(/^\*?\./, '')
  return host !== undefined && (host === name || host.endsWith(`.${name}`))
}

const registered = (what: string): Rule => whenGone((gone) => `Apps that registered themselves lose ${what} ${gone}.`)

const registrationOff: Rule = ({ to }) =>
  to === false ? breaks('No app can register itself, or change what it registered. Those that did go on.') : harmless()

export const INSTALLATION_RULES: Rules = {
  issuer,
  'database.url': database,
  'keys.sealing_key': sealingKey,
  'keys.signing_algorithms': signingAlgorithms,
  'keys.encryption_algorithms': whenGone((gone) => `What is encrypted to Countersign with ${gone} is refused.`),
  'keys.rsa_bits': onlyNew('keys'),
  'lifetimes.authorization_code': onlyNew('codes'),
  'lifetimes.access_token': onlyNew('tokens'),
  'lifetimes.id_token': onlyNew('tokens'),
  'lifetimes.session_absolute': onlyNew('sessions'),
  'lifetimes.session_idle': sessionIdle,
  session_management: whenOff('/check-session is gone, and answers have no session_state.'),
  implicit_flow: whenOff('Nobody gets tokens from the authorization endpoint.'),
  'egress.allowed_hosts': whenGone(
    (gone) => `${gone} is asked nothing any more: no keys are fetched there, and nobody is told of a logout.`,
  ),
  'notifications.webhook_url': ({ to }) =>
    to === null ? breaks('Nobody is told of thefts but the people themselves.') : harmless(),
  'notifications.webhook_secret': ({ from, to }) =>
    from === null || to === null ? harmless() : breaks('The receiver has to check with the new secret from then on.'),
  'mail.transport': ({ to }) =>
    to === null ? breaks('Nobody gets mails, and what needs one is off; those that wait are given up.') : harmless(),
  'registration.enabled': registrationOff,
  'registration.open': whenOff('Whoever registers needs an initial access token.'),
  'registration.initial_access_tokens': ({ gone }) =>
    gone.length > 0 ? breaks('Whoever registers with a token that is taken out is refused.') : harmless(),
  'registration.allowed_redirect_hosts': registered('their redirect URIs at'),
  'registration.allowed_scopes': registered('the scopes'),
  'registration.allowed_resources': registered('tokens for'),
  'registration.require_pkce': ({ to }) => (to === true ? breaks('Apps that register have to use PKCE.') : harmless()),
  'client_id_metadata_documents.allowed_domains': domainsGone,
  'client_id_metadata_documents.allowed_scopes': whenGone(
    (gone) => `Apps at an address of their own get ${gone} no more.`,
  ),
  'client_id_metadata_documents.allowed_resources': whenGone(
    (gone) => `Apps at an address of their own get no tokens for ${gone}.`,
  ),
}

/** A default that every client without its own follows: what ends is told here, once, and not again for each of them. */
export function followers(changed: Changed, of: readonly Meaning[]): Meaning {
  const own = (INSTALLATION_RULES[changed.key] ?? (() => harmless()))(changed)
  const refreshTokens = of.reduce((sum, { ends }) => sum + (ends?.refreshTokens ?? 0), 0)
  const note = `${counted(of.length, 'client')} without ${of.length === 1 ? 'a value of its own follows' : 'values of their own follow'}.`
  if (refreshTokens === 0) return { ...own, notes: [...own.notes, note] }
  const ending = `Up to ${counted(refreshTokens, 'refresh token')} of older sign-ins end at once.`
  return { ...own, weight: 'ends', notes: [...own.notes, note, ending], ends: { refreshTokens } }
}
