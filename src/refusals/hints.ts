/** What can be said of some refusals beyond their check: from the entry of the client, the session, what the browser told. */
import { nearestName } from '../config/nearest-name.ts'
import { redirectUriFault } from '../protocol/redirect-uri.ts'
import { fromNow, shownSpan } from '../protocol/shown-time.ts'
import type { Refusal } from '../storage/storage.ts'
import { ofKey } from './key-hints.ts'
import type { Surroundings } from './story.ts'
import { differenceOf, nearestUri, picture } from './uri-difference.ts'

export interface Hints {
  readonly shown: readonly string[]
  readonly todo: readonly string[]
}

const NONE: Hints = { shown: [], todo: [] }

export function hintsFor(refusal: Refusal, around: Surroundings): Hints {
  switch (refusal.check) {
    case 'redirect_uri':
      return ofRedirectUri(refusal, around)
    case 'code_redirect_uri':
      return { ...NONE, shown: compared(refusal.came, refusal.expected) }
    case 'client_id':
      return ofClientId(refusal, around)
    case 'client_auth_method':
      if (around.client?.isConfigured !== true) return NONE
      return { ...NONE, shown: entry(refusal.clientId, [`token_endpoint_auth_method: ${refusal.came}`]) }
    case 'session':
      return { ...NONE, todo: ofSession(refusal, around) }
    case 'token_key':
    case 'id_token_hint':
      return { ...NONE, todo: ofKey(refusal, around.keys) }
    case 'lost_cookie':
      return { ...NONE, todo: ofCookies(refusal) }
    default:
      return NONE
  }
}

/** As it stands in the configuration file. */
const entry = (clientId: string | undefined, lines: readonly string[]): readonly string[] =>
  clientId === undefined ? [] : ['clients:', `  - client_id: ${clientId}`, ...lines.map((line) => `    ${line}`)]

function compared(came: string | undefined, registered: string | undefined): readonly string[] {
  if (came === undefined || registered === undefined) return []
  return [...picture(came, registered), differenceOf(came, registered)]
}

function ofRedirectUri({ came, expected, clientId }: Refusal, { client }: Surroundings): Hints {
  if (came === undefined) return NONE
  const registered = client?.redirect_uris ?? expected?.split(' ') ?? []
  if (registered.includes(came)) return { ...NONE, todo: ['By now it is registered: try again.'] }
  const shown = compared(came, nearestUri(came, registered))
  if (came.includes('…')) return { shown, todo: ['Parts of it that may be secret, or too long, are left out (…).'] }
  if (client?.isConfigured === false) {
    return {
      shown,
      todo: ['The client registered itself: it has to change its registration (RFC 7592), if the address is its own.'],
    }
  }
  const fault = redirectUriFault(came, client?.application_type ?? 'web')
  if (fault !== undefined) return { shown, todo: [`It cannot be registered as it is: it ${fault}.`] }
  const paste = entry(clientId, [
    'redirect_uris:',
    ...registered.slice(0, 20).map((uri) => `  - ${uri}`),
    `  - ${came}`,
  ])
  return {
    shown: [...shown, ...(paste.length > 0 ? ['', 'To allow it, if it is the app’s own:', ...paste] : [])],
    todo: [],
  }
}

function ofClientId({ came }: Refusal, { clientIds, removedAt }: Surroundings): Hints {
  if (came === undefined || came.startsWith('('))
    return { ...NONE, todo: ['It may be that client id and secret were swapped.'] }
  if (clientIds.includes(came)) return { ...NONE, todo: ['By now there is such a client: try again.'] }
  if (removedAt !== undefined) {
    const when = new Date(removedAt).toISOString()
    return {
      ...NONE,
      todo: [
        `Its entry was removed from the configuration file (noticed ${when}): put it back, if the app is still to sign people in.`,
      ],
    }
  }
  const nearest = nearestName(came, clientIds)
  return { ...NONE, todo: nearest === undefined ? [] : [`The nearest that is known: ${nearest}.`] }
}

function ofSession({ facts, at }: Refusal, { session, sessionIdle }: Surroundings): readonly string[] {
  if (facts.cookies?.session !== true) {
    return facts.fetchDest === 'iframe' || facts.fetchDest === 'embed'
      ? [
          'The request came from a frame and without our cookie: browsers send no cookies to another site’s frame. Nothing here can change that: let the app use refresh tokens, or send the whole page here instead of a frame.',
        ]
      : ['The browser sent no session cookie: nobody had signed in there, or cookies are blocked or were deleted.']
  }
  if (session === undefined) return ['The session that its cookie names is not known any more: it expired long ago.']
  const { endedAt, expiresAt, lastSeenAt, authenticatedAt } = session
  if (authenticatedAt > at) return ['That session has been signed in to again since.']
  if (endedAt !== undefined) return [`Its session was signed out ${fromNow(endedAt - at)}, seen from then.`]
  if (expiresAt <= at) return [`Its session had expired ${fromNow(expiresAt - at)} (\`lifetimes.session_absolute\`).`]
  const idle = at - lastSeenAt
  if (idle >= sessionIdle) {
    return [
      `Its session had been idle for ${shownSpan(idle)}; ${shownSpan(sessionIdle)} are allowed (\`lifetimes.session_idle\`).`,
    ]
  }
  return ['Its session is there now; the cookie was one of before, or the account was disabled.']
}

function ofCookies({ facts: { fetchDest } }: Refusal): readonly string[] {
  return fetchDest === 'iframe'
    ? ['The page was in a frame of another site, where browsers send no cookies of ours.']
    : ['The browser sends no cookies to us at all, or forgot them between the page and the form.']
}
