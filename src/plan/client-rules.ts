/** What a change of a client's entry means, key by key. */
import { counted } from '../base/counted.ts'
import { isLoopbackHost } from '../protocol/redirect-uri.ts'
import { sectorName } from '../protocol/subject.ts'
import type { ClientUse, UseKind } from '../storage/storage.ts'
import { type Facts, heldBy, refreshTokensOlderThan, USED_WITHIN_DAYS, usesOf } from './facts.ts'
import { breaks, harmless, type Meaning } from './plan.ts'
import {
  always,
  type Changed,
  durationOf,
  isShorter,
  listOf,
  peopleOf,
  type Rule,
  type Rules,
  signedOtherwise,
  whenGone,
  whenOff,
  whenOn,
  whenSet,
} from './rule.ts'

const ENCRYPTED = 'It has to decrypt what it gets in another way from then on.'
const encrypted: Rule = () => breaks(ENCRYPTED)

/** RFC 6749 §3.1.2.3: sign-ins that want to return there are refused. */
const redirectUris: Rule = (changed) => {
  const { id, gone, facts } = changed
  if (gone.length === 0) return withNewNames(changed, harmless())
  const uses = gone.flatMap((redirectUri) => usesOf(facts, id, { kind: 'sign_on', redirectUri }))
  const unused = gone.filter((uri) => !uses.some(({ redirectUri }) => redirectUri === uri))
  const notes = [
    ...(uses.length > 0 ? ['Sign-ins that return there are refused.'] : []),
    ...unused.map((uri) => `${uri} was not used ${lately(facts)}.`),
  ]
  const isBreaking = uses.length > 0 || !facts.isCountedInFull
  return withNewNames(changed, { weight: isBreaking ? 'breaks' : 'harmless', notes, uses })
}

/** As far as it is known. */
export function lately({ isCountedInFull, countedSince }: Facts): string {
  if (isCountedInFull) return `in the last ${USED_WITHIN_DAYS} days`
  if (countedSince === undefined) return 'as far as is known: uses are not counted yet'
  return `since ${new Date(countedSince).toISOString().slice(0, 10)}, when counting began`
}

const grantTypes: Rule = ({ id, gone, facts }) => {
  if (gone.length === 0) return harmless()
  const { refreshTokens } = heldBy(facts, id)
  const ended = gone.includes('refresh_token') ? refreshTokens : 0
  const uses = gone.flatMap((grantType) => usesOf(facts, id, { kind: USE_OF[grantType] ?? 'sign_on' }))
  return {
    weight: ended > 0 ? 'ends' : 'breaks',
    notes: [
      ...(gone.includes('refresh_token')
        ? [
            `Its refresh tokens are refused (${refreshTokens}); they work again if the grant type comes back before they expire.`,
          ]
        : []),
      ...(gone.includes('authorization_code') ? ['Nobody can sign in to it by code any more.'] : []),
      ...(gone.includes('implicit') ? ['It gets no tokens from the authorization endpoint any more.'] : []),
      ...(gone.includes('client_credentials') ? ['It gets no tokens of its own any more.'] : []),
    ],
    uses,
    ...(ended > 0 && { ends: { refreshTokens: ended } }),
  }
}

const USE_OF: Readonly<Record<string, UseKind>> = {
  refresh_token: 'refresh_token',
  client_credentials: 'client_credentials',
}

const scope: Rule = ({ gone, come, id, after, facts }) => ({
  weight: gone.length > 0 ? 'breaks' : 'harmless',
  notes: [
    ...(gone.length > 0 ? [`It gets ${gone.join(' ')} no more, at its next refresh either.`] : []),
    ...(gone.includes('offline_access')
      ? [
          `New sign-ins of it end with the person’s session. The ${counted(heldBy(facts, id).refreshTokens, 'refresh token')} it has go on as they began.`,
        ]
      : []),
    ...(come.length > 0 && after['first_party'] === false
      ? ['People are asked for consent when it asks for what is new.']
      : []),
  ],
})

/** OpenID Connect Core §8.1: who the app's people are, is what it knows them by. */
function withNewNames(changed: Changed, meaning: Meaning): Meaning {
  if (!isRenaming(changed)) return meaning
  return {
    ...meaning,
    weight: 'breaks',
    notes: [
      ...meaning.notes,
      `Every person gets another sub and is a new one to this app (${peopleOf(changed.facts, changed.id)} just now).`,
    ],
  }
}

function isRenaming({ id, before, after }: Changed): boolean {
  const sectorOf = (entry: Changed['before']) => {
    const uri = entry['sector_identifier_uri']
    const metadata = {
      redirect_uris: listOf(entry['redirect_uris']),
      ...(typeof uri === 'string' && { sector_identifier_uri: uri }),
    }
    return entry['subject_type'] === 'pairwise' ? sectorName({ id, source: 'configuration', metadata }) : ''
  }
  return sectorOf(before) !== sectorOf(after)
}

const subject: Rule = (changed) => withNewNames(changed, harmless())

const applicationType: Rule = ({ to, before }) => {
  const hasLoopback = listOf(before['redirect_uris']).some((uri) => isLoopbackHost(URL.parse(uri)?.hostname ?? ''))
  return to === 'web' && hasLoopback
    ? breaks('Its loopback redirect URIs match only with the port that is written in them (RFC 8252 §7.3).')
    : harmless()
}

const requirePkce: Rule = ({ to, id, facts }) => {
  const { grants, withoutPkce } = heldBy(facts, id)
  if (to !== true) return harmless()
  if (grants > 0 && withoutPkce === 0)
    return harmless(`All ${grants} of its sign-ins that are alive used PKCE already.`)
  return breaks(
    'Sign-ins without PKCE are refused.',
    ...(withoutPkce > 0
      ? [`${counted(withoutPkce, 'sign-in')} that ${withoutPkce === 1 ? 'is' : 'are'} alive came without it.`]
      : []),
  )
}

/** A shorter absolute limit counts for those that are out already (`protocol/grant.ts`). */
export const refreshTokenAbsolute: Rule = (changed) => {
  if (!isShorter(changed)) return harmless()
  const refreshTokens = refreshTokensOlderThan(changed.facts, changed.id, durationOf(changed.to))
  if (refreshTokens === 0) return harmless('No refresh token is that old yet.')
  return {
    weight: 'ends',
    notes: [`Up to ${counted(refreshTokens, 'refresh token')} of older sign-ins end at once.`],
    ends: { refreshTokens },
  }
}

const logoutUri =
  (way: string): Rule =>
  ({ to }) =>
    to === null ? breaks(`It is no longer told ${way} that a session has ended.`) : harmless()

const secret: Rule = ({ from, to, gone, come }) => {
  if (to === null) return harmless()
  if (from === null) return breaks('It has to use this secret from then on.')
  if (gone.length === 0) return harmless('The secret before goes on beside the new one.')
  return breaks(
    come.length === 0
      ? 'The secret before is refused from the same moment: the app has to use the newer one by then.'
      : 'The old secret is refused from the same moment: give the app the new one at once.',
  )
}

export const CLIENT_RULES: Rules = {
  redirect_uris: redirectUris,
  post_logout_redirect_uris: whenGone(() => 'Sign-outs that want to return there end on a page of Countersign.'),
  grant_types: grantTypes,
  response_types: whenGone((gone) => `Requests with response_type=${gone} are refused.`),
  scope,
  application_type: applicationType,
  token_endpoint_auth_method: always('It has to authenticate in the new way from the same moment.'),
  token_endpoint_auth_signing_alg: whenSet('Its assertions that are signed otherwise are refused.'),
  client_secret: secret,
  jwks: whenGone(() => 'What it signs with a key that goes is refused, and nothing is encrypted to that key any more.'),
  jwks_uri: ({ from }) => (from === null ? harmless() : breaks('Its keys are looked for elsewhere from then on.')),
  subject_type: subject,
  sector_identifier_uri: subject,
  id_token_signed_response_alg: signedOtherwise('It refuses its ID tokens until it expects this algorithm.'),
  access_token_signed_response_alg: signedOtherwise('APIs refuse its access tokens until they expect this algorithm.'),
  userinfo_signed_response_alg: signedOtherwise('It reads what userinfo answers in another form from then on.'),
  introspection_signed_response_alg: signedOtherwise('It has to expect this algorithm from introspection.'),
  id_token_encrypted_response_alg: encrypted,
  id_token_encrypted_response_enc: encrypted,
  userinfo_encrypted_response_alg: encrypted,
  userinfo_encrypted_response_enc: encrypted,
  introspection_encrypted_response_alg: encrypted,
  introspection_encrypted_response_enc: encrypted,
  request_object_signing_alg: whenSet('Its request objects that are signed otherwise are refused.'),
  request_object_encryption_enc: whenSet('Its request objects that are encrypted otherwise are refused.'),
  request_uris: whenGone(() => 'Requests by that request_uri are refused.'),
  require_signed_request_object: whenOn('Its requests that are not signed are refused.'),
  require_pushed_authorization_requests: whenOn('Its requests that are not pushed are refused.'),
  require_pkce: requirePkce,
  second_factor: ({ to }) =>
    to === 'required'
      ? breaks(
          'People prove a second factor at their next sign-in to it, and set one up where they have none; prompt=none fails until then.',
        )
      : harmless(),
  first_party: whenOff(
    'People are asked for consent at their next sign-in; prompt=none fails until they have given it.',
  ),
  rotate_refresh_tokens: whenOn(
    'It has to keep the new refresh token of each answer; one that is used again ends the family.',
  ),
  access_token_audience: whenGone(
    (gone) => `Its tokens are not for ${gone} any more, those it gets by a refresh neither.`,
  ),
  introspection: ({ to }) =>
    to === 'own' ? breaks('It is told nothing of the tokens of others any more.') : harmless(),
  claims_in_id_token: whenOff('What its scopes ask for is at userinfo alone from then on.'),
  default_max_age: ({ to }) =>
    to === null ? harmless() : harmless('People with an older sign-on are asked for their password again.'),
  backchannel_logout_uri: logoutUri('by its server'),
  frontchannel_logout_uri: logoutUri('in the browser'),
  'lifetimes.refresh_token_absolute': refreshTokenAbsolute,
}

/** One that is taken out. */
export function clientGoes(id: string, facts: Facts): Meaning {
  const held = heldBy(facts, id)
  const uses = usesOf(facts, id)
  const { people, sessions, grants, refreshTokens, consents } = held
  if (grants + consents > 0) {
    const notes = [
      ...(people > 0
        ? [`${counted(people, 'person uses', 'people use')} it just now, in ${counted(sessions, 'session')}.`]
        : []),
      'Nobody can sign in to it any more. What it had ends for good a minute later, also if its id comes back.',
    ]
    return { weight: 'ends', notes, uses, ends: { grants, refreshTokens, consents } }
  }
  const weight = isIdle(uses) && facts.isCountedInFull ? 'harmless' : 'breaks'
  const notes = [`Nobody can sign in to it any more${isIdle(uses) ? `; nobody has ${lately(facts)}` : ''}.`]
  return { weight, notes, uses }
}

const isIdle = (uses: readonly ClientUse[]): boolean => uses.length === 0
