/** One relying party: an app that lets Countersign sign people in and keeps a session of its own. Read `routes` first. */
import type { App } from './apps.ts'
import type { Html } from './html.ts'
import { COUNTDOWN, faultPage, type PageFrame, STYLE, signedInPage, signedOutPage, userInfoPage } from './pages.ts'
import type { AppSession, SessionStore } from './session-store.ts'
import { authorizationErrorOf, isGrantEnded, isTokenRefused, type SignOn } from './sign-on.ts'

export interface RelyingParty {
  readonly app: App
  readonly issuer: string
  /** The other apps, to link to. */
  readonly others: readonly App[]
  readonly sessions: SessionStore
  readonly signOn: SignOn
}

export interface Visit {
  readonly url: URL
  readonly session: AppSession | undefined
}

export type Answer =
  | { readonly kind: 'page'; readonly status: number; readonly page: Html; readonly session?: AppSession | undefined }
  | { readonly kind: 'redirect'; readonly to: URL | string; readonly session?: AppSession | undefined }
  | { readonly kind: 'asset'; readonly type: string; readonly text: string }

export type Route = (party: RelyingParty, visit: Visit) => Promise<Answer> | Answer

export const routes: Readonly<Record<string, Route>> = {
  'GET /': home,
  'POST /sign-in': (party, { session }) => beginSignIn(party, session, { silent: false }),
  'POST /sign-in-again': (party, { session }) => beginSignIn(party, session, { silent: false, prompt: 'login' }),
  'GET /callback': callback,
  'GET /userinfo': userInfo,
  'POST /refresh': refresh,
  'POST /sign-out': signOut,
  'GET /signed-out': (party) => page(signedOutPage(party, 'You are signed out, here and at Countersign.')),
  'GET /style.css': ({ app }) => ({ kind: 'asset', type: 'text/css', text: STYLE.replace('APP_COLOUR', app.colour) }),
  'GET /countdown.js': () => ({ kind: 'asset', type: 'text/javascript', text: COUNTDOWN }),
}

async function home(party: RelyingParty, visit: Visit): Promise<Answer> {
  const { sessions } = party
  const { session } = visit
  if (session?.signedIn !== undefined) {
    if (session.signedIn.accessTokenExpiresAt <= Date.now() && session.signedIn.refreshToken !== undefined)
      return refresh(party, visit)
    if (session.notice !== undefined) sessions.save({ ...session, notice: undefined })
    return page(signedInPage(party, session.signedIn, session.notice))
  }
  // Somebody who is signed in at Countersign already is let in without a click. Once per visit: a refusal leads back
  // here with `askedSilently`, and a browser without cookies never gets this far.
  if (session?.askedSilently !== true) return beginSignIn(party, session, { silent: true })
  sessions.save({ ...session, askedSilently: false, notice: undefined })
  return page(signedOutPage(party, session.notice))
}

async function beginSignIn(
  party: RelyingParty,
  session: AppSession | undefined,
  how: { silent: boolean; prompt?: string },
): Promise<Answer> {
  const { pending, url } = await party.signOn.begin(how)
  const kept = session ?? party.sessions.create()
  const saved = { ...kept, pending: [...kept.pending.slice(-9), pending], askedSilently: false }
  party.sessions.save(saved)
  return { kind: 'redirect', to: url, session: saved }
}

async function callback(party: RelyingParty, { url, session }: Visit): Promise<Answer> {
  const { sessions, signOn, app } = party
  const pending = session?.pending.find(({ state }) => state === url.searchParams.get('state'))
  if (session === undefined || pending === undefined)
    return fault(party, 400, `This sign-in was not begun in this browser, or ${app.name} has finished it already.`)
  const left = session.pending.filter((other) => other !== pending)
  try {
    const signedIn = await signOn.finish(url, pending)
    // A new session id at sign-in: whoever knew the old one has learned nothing.
    sessions.remove(session.id)
    return { kind: 'redirect', to: '/', session: sessions.create({ signedIn }) }
  } catch (error) {
    const refusal = authorizationErrorOf(error)
    if (refusal === undefined) throw error
    sessions.save({ ...session, pending: left, askedSilently: true, notice: noticeOf(refusal, pending.silent, app) })
    return { kind: 'redirect', to: '/' }
  }
}

function noticeOf(refusal: string, silent: boolean, app: App): string | undefined {
  if (refusal === 'login_required' && silent) return undefined
  if (refusal === 'consent_required') return `Countersign knows you. ${app.name} needs your consent: press Sign in.`
  if (refusal === 'access_denied') return 'You did not sign in; nothing has happened.'
  return `Countersign answered: ${refusal}.`
}

async function userInfo(party: RelyingParty, visit: Visit): Promise<Answer> {
  const signedIn = visit.session?.signedIn
  if (signedIn === undefined) return { kind: 'redirect', to: '/' }
  try {
    return page(userInfoPage(party, await party.signOn.userInfo(signedIn)))
  } catch (error) {
    if (isTokenRefused(error)) return refresh(party, visit)
    throw error
  }
}

async function refresh({ app, sessions, signOn }: RelyingParty, { session }: Visit): Promise<Answer> {
  if (session?.signedIn === undefined) return { kind: 'redirect', to: '/' }
  try {
    const signedIn = await signOn.refresh(session.signedIn)
    sessions.save({ ...session, signedIn, notice: 'New tokens have come.' })
  } catch (error) {
    if (!isGrantEnded(error)) throw error
    const notice = `Your sign-on has ended at Countersign, so ${app.name} has signed you out too.`
    sessions.save({ ...session, signedIn: undefined, askedSilently: true, notice })
  }
  return { kind: 'redirect', to: '/' }
}

async function signOut({ sessions, signOn }: RelyingParty, { session }: Visit): Promise<Answer> {
  if (session?.signedIn === undefined) return { kind: 'redirect', to: '/signed-out' }
  sessions.remove(session.id)
  return { kind: 'redirect', to: await signOn.endSessionUrl(session.signedIn) }
}

const page = (body: Html): Answer => ({ kind: 'page', status: 200, page: body })

export const fault = (frame: PageFrame, status: number, words: string): Answer => ({
  kind: 'page',
  status,
  page: faultPage(frame, words),
})
