/** What a change of the rest of the file means, key by key. */
import { counted } from '../base/counted.ts'
import { type Duration, formatDuration } from '../base/duration.ts'
import type { EntryValue } from '../config/entry-value.ts'
import { accessTokenAlgorithmOf, SIGNING_ALGORITHMS, type SigningAlgorithm } from '../protocol/vocabulary.ts'
import { type Facts, heldBy, sessionsIdleFor, signingNeed } from './facts.ts'
import { breaks, harmless, type Meaning } from './plan.ts'
import {
  always,
  type Changed,
  durationOf,
  isShorter,
  listOf,
  type Rule,
  type Rules,
  whenGone,
  whenOff,
} from './rule.ts'

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
  }
}

const ALL = { least: 0, most: Number.POSITIVE_INFINITY }

const listensElsewhere = always('Whoever asks it there, a proxy or a health check, has to ask at the new place.')

const tls: Rule = ({ from, to }) => {
  if (from !== null && to !== null) return harmless('New connections get it; none that is open ends.')
  return breaks(
    `It speaks ${to === null ? 'http' : 'https'} alone from then on: a proxy in front has to speak it, too.`,
  )
}

const hashing: Rule = () => harmless('Passwords that were hashed with less are hashed anew as people sign in.')

const clientRequests: Rule = ({ from, to }) =>
  Number(to) > 0 && (Number(from) === 0 || Number(to) < Number(from))
    ? breaks('A client that asks more often is told to come back later (429).')
    : harmless()

const shorterMemory =
  (meaning: Meaning): Rule =>
  (changed) =>
    isShorter(changed) ? meaning : harmless()

const adminGroups: Rule = ({ gone, come }) => ({
  weight: gone.length > 0 ? 'breaks' : 'harmless',
  notes: [
    ...(gone.length > 0 ? [`Who is in ${gone.join(', ')} alone does not see the page for admins any more.`] : []),
    ...(come.length > 0 ? [`Whoever is in ${come.join(', ')} sees the page for admins.`] : []),
  ],
})

const metrics: Rule = ({ from, to }) => {
  if (from === null) return harmless()
  return breaks(to === null ? 'Prometheus gets no answer any more.' : 'Prometheus has to ask at the new place.')
}

const signingAlgorithms: Rule = ({ from, to, gone, come, facts }) => {
  const isDefault = accessTokenAlgorithmOf(algorithmsIn(from)) !== accessTokenAlgorithmOf(algorithmsIn(to))
  const needs = come.map((algorithm) => signingNeed(facts, algorithm)).filter((need) => need !== undefined)
  const signing = needs.find(({ key }) => key !== 'missing') ?? needs[0]
  const made = needs.filter(({ key }) => key === 'missing').map(({ algorithm }) => algorithm)
  return {
    weight: gone.length > 0 ? 'breaks' : 'harmless',
    notes: [
      ...(gone.length > 0
        ? [
            `Nothing is signed with ${gone.join(' ')} any more. Its keys stay published until the last token that they signed has expired.`,
          ]
        : []),
      ...(made.length > 0 ? keysMade(made.join(', '), facts, isDefault) : []),
    ],
    ...(signing && { signing }),
  }
}

/** @param isDefault whether access tokens are signed with one of them where nothing else is said */
const keysMade = (algorithms: string, { publishedFor }: Facts, isDefault: boolean): readonly string[] => [
  `Keys for ${algorithms} are made and published as soon as it is in force, and discovery names ${algorithms}.`,
  isDefault
    ? 'Access tokens are signed with it from the same moment where no other algorithm is named: see the clients.'
    : `Nothing is signed in this way until a client or an API asks for it. Let one ask ${formatDuration(publishedFor)} later at the earliest: until then some hold the key set from before and would refuse what it signs. The plan for that change says from when on.`,
]

const algorithmsIn = (value: EntryValue): readonly SigningAlgorithm[] =>
  SIGNING_ALGORITHMS.filter((one) => listOf(value).includes(one))

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

const secondFactorFor = (whom: string): string =>
  `${whom} proves a second factor at the next sign-on, and sets one up where there is none; prompt=none fails until then.`

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

const signUpMode: Rule = ({ from, to }) => {
  if (to === 'open') return harmless('Anybody who reaches the sign-in page can make an account.')
  if (to === 'domains') return harmless('Whoever has an address at one of sign_up.allowed_domains can make an account.')
  if (to === 'off') return breaks('Nobody makes an account, and invitations that are out do nothing.')
  return from === 'off'
    ? harmless('Whoever is invited can make an account.')
    : breaks('Nobody makes an account without an invitation; prompt=create is refused.')
}

const registered = (what: string): Rule => whenGone((gone) => `Apps that registered themselves lose ${what} ${gone}.`)

const registrationOff: Rule = ({ to }) =>
  to === false ? breaks('No app can register itself, or change what it registered. Those that did go on.') : harmless()

export const INSTALLATION_RULES: Rules = {
  issuer,
  'listen.host': listensElsewhere,
  'listen.port': listensElsewhere,
  'listen.tls.certificate_file': tls,
  trusted_proxies: whenGone(
    (gone) =>
      `What ${gone} says of addresses is not believed: all who come through it are one network, for limits, too.`,
  ),
  'database.url': always(
    'Accounts, sessions and keys are those of the other database: move them with countersign backup and restore --exact.',
  ),
  'keys.sealing_key': always(
    'It has to be the same key: another one opens none of the signing keys, and Countersign does not start.',
  ),
  'keys.signing_algorithms': signingAlgorithms,
  'keys.encryption_algorithms': whenGone((gone) => `What is encrypted to Countersign with ${gone} is refused.`),
  'keys.rsa_bits': onlyNew('keys'),
  'lifetimes.authorization_code': onlyNew('codes'),
  'lifetimes.access_token': onlyNew('tokens'),
  'lifetimes.id_token': onlyNew('tokens'),
  'lifetimes.session_absolute': onlyNew('sessions'),
  'lifetimes.session_idle': sessionIdle,
  'second_factor.required': ({ to }) => (to === 'everyone' ? breaks(secondFactorFor('Everybody')) : harmless()),
  'second_factor.required_groups': ({ come }) =>
    come.length > 0 ? breaks(secondFactorFor(`Whoever is in ${come.join(' or ')}`)) : harmless(),
  'second_factor.remember_device': (changed) =>
    isShorter(changed) ? harmless('Browsers that were remembered for longer are asked for a code again.') : harmless(),
  'second_factor.offer': ({ to }) =>
    to === false
      ? harmless('Who has a second factor keeps it; requests that insist on aal2 are refused for who has none.')
      : harmless(),
  'passkeys.enabled': whenOff(
    'Nobody signs in with a passkey; who has no password cannot sign in at all. Those that people have come back with it.',
  ),
  'passkeys.rp_id': ({ from, to }) =>
    from !== null && to !== null
      ? breaks(`No passkey that was made for ${String(from)} can be used any more, unless this is changed back.`)
      : harmless(),
  'passkeys.offer': () => harmless(),
  'account.editable': whenGone((gone) => `Nobody can change ${gone} of their own profile any more.`),
  'account.remove': whenOff('Nobody can remove their own account any more.'),
  session_management: whenOff('/check-session is gone, and answers have no session_state.'),
  implicit_flow: whenOff('Nobody gets tokens from the authorization endpoint.'),
  'password_hashing.memory': hashing,
  'password_hashing.iterations': hashing,
  'password_hashing.parallelism': hashing,
  'passwords.breach_check_url': () => harmless('Counts for passwords that are chosen from then on.'),
  'throttling.enabled': whenOff('Nobody who guesses passwords or secrets is slowed down any more.'),
  'throttling.client_requests_per_second': clientRequests,
  'egress.allowed_hosts': whenGone(
    (gone) => `${gone} is asked nothing any more: no keys are fetched there, and nobody is told of a logout.`,
  ),
  'refusals.keep': shorterMemory(harmless('Older ones are deleted.')),
  'admin.groups': adminGroups,
  'audit.keep': shorterMemory(
    breaks('Events that are older are deleted, for good. countersign audit export keeps them elsewhere.'),
  ),
  'metrics.listen.host': metrics,
  'metrics.listen.port': metrics,
  'metrics.token': ({ to }) => (to === null ? harmless() : breaks('Prometheus has to send this token from then on.')),
  'notifications.webhook_url': ({ to }) =>
    to === null ? breaks('Nobody is told of thefts but the people themselves.') : harmless(),
  'notifications.webhook_secret': ({ from, to }) =>
    from === null || to === null ? harmless() : breaks('The receiver has to check with the new secret from then on.'),
  'mail.from': ({ to }) =>
    to === null ? breaks('Nobody gets mails, and what needs one is off; those that wait are given up.') : harmless(),
  'recovery.password': whenOff('Whoever has forgotten their password needs `countersign account set-password`.'),
  'sign_up.mode': signUpMode,
  'sign_up.allowed_domains': whenGone((gone) => `Nobody with an address at ${gone} signs up any more.`),
  'sign_up.groups': onlyNew('accounts and invitations'),
  'sign_up.username': onlyNew('accounts'),
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
