/** What we keep in a browser: the session cookie, and the cookie that our forms are bound to. */
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SECOND } from '../base/duration.ts'
import { constantTimeEqual, sha256 } from '../base/hash.ts'
import { isSecretShaped, type Random, randomSecret } from '../base/random.ts'
import { DEVICE_LIFETIME } from '../throttling/known-devices.ts'

/** One cookie of ours: read it, set it, or forget it. */
export interface Cookie {
  read(request: FastifyRequest): string | undefined
  write(reply: FastifyReply, value: string): void
  clear(reply: FastifyReply): void
}

/** The same, of one interaction: it is sent to its pages alone, so that each tab has its own. */
export interface PageCookie {
  read(request: FastifyRequest): string | undefined
  write(reply: FastifyReply, path: string, value: string): void
  clear(reply: FastifyReply, path: string): void
}

export interface BrowserCookies {
  /** Who is signed in (sessions/handles.ts). Written by authorization/browser-sessions.ts alone: it may be several accounts. */
  readonly session: Cookie
  /** A random secret that proves that a form comes from the browser that got it. */
  readonly browser: Cookie
  /** What scripts of ours inside other sites' pages compare; no secret (OpenID Connect Session Management §3.2). */
  readonly state: Cookie
  /** Which accounts have signed in here before (throttling/known-devices.ts); it stays when they sign out. */
  readonly device: Cookie
  /** Where a second factor need not be proven again (sessions/remembered-devices.ts). */
  readonly remembered: Cookie
  /** How often its owner has not wanted a passkey, and when last. */
  readonly offer: Cookie
  /** Who has proven a first factor at this very page. */
  readonly proof: PageCookie
}

/** RFC 6265bis §4.1.3.2: `__Host-` pins a cookie to this very host. It needs https, which loopback development lacks. */
export function browserCookies(issuer: string): BrowserCookies {
  const isSecure = issuer.startsWith('https:')
  const prefix = isSecure ? '__Host-' : ''
  const options: CookieSerializeOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure }
  const cookie = (name: string, different: CookieSerializeOptions = {}): Cookie => ({
    read: (request) => request.cookies[`${prefix}${name}`],
    write: (reply, value) => void reply.setCookie(`${prefix}${name}`, value, { ...options, ...different }),
    clear: (reply) => void reply.clearCookie(`${prefix}${name}`, { ...options, ...different }),
  })
  const proofName = `${isSecure ? '__Secure-' : ''}countersign-proof`
  return {
    session: cookie('countersign-session'),
    browser: cookie('countersign-browser'),
    // A browser takes SameSite=None with Secure alone.
    state: cookie('countersign-state', { httpOnly: false, sameSite: isSecure ? 'none' : 'lax' }),
    device: cookie('countersign-device', { maxAge: DEVICE_LIFETIME / SECOND }),
    remembered: cookie('countersign-remembered', { maxAge: DEVICE_LIFETIME / SECOND }),
    offer: cookie('countersign-offer', { maxAge: DEVICE_LIFETIME / SECOND }),
    proof: {
      read: (request) => request.cookies[proofName],
      write: (reply, path, value) => void reply.setCookie(proofName, value, { ...options, path }),
      clear: (reply, path) => void reply.clearCookie(proofName, { ...options, path }),
    },
  }
}

/** @param state of each who is signed in; empty: nobody is */
export function keepUserAgentState(
  { state: cookie }: Pick<BrowserCookies, 'state'>,
  request: FastifyRequest,
  reply: FastifyReply,
  state: string,
): void {
  if ((cookie.read(request) ?? '') === state) return
  if (state === '') cookie.clear(reply)
  else cookie.write(reply, state)
}

/** The browser's secret; made and set when it has none yet. */
export function ensureBrowser(
  cookies: BrowserCookies,
  request: FastifyRequest,
  reply: FastifyReply,
  random: Random,
): string {
  const known = browserSecret(cookies, request)
  if (known !== undefined) return known
  const secret = randomSecret(random)
  cookies.browser.write(reply, secret)
  return secret
}

/** Undefined when the browser sent none, or something that we never gave it. */
export function browserSecret(cookies: BrowserCookies, request: FastifyRequest): string | undefined {
  const secret = cookies.browser.read(request)
  return secret !== undefined && isSecretShaped(secret) ? secret : undefined
}

/** Whether the browser sent anything of ours; a post from another site never does (SameSite=Lax). */
export const carriesCookies = (cookies: BrowserCookies, request: FastifyRequest): boolean =>
  cookies.session.read(request) !== undefined || cookies.browser.read(request) !== undefined

/** What an interaction is bound to. */
export const browserHash = (secret: string): string => sha256(`browser:${secret}`)

/** No browser has this hash: whoever opens the interaction first gets one of their own. */
export const NO_BROWSER = ''

/** The hidden field of a form: only who holds the cookie can know it, and it is good for one purpose. */
export const formToken = (secret: string, purpose: string): string => sha256(`form:${purpose}:${secret}`)

export function isFormToken(token: string | undefined, secret: string | undefined, purpose: string): boolean {
  return token !== undefined && secret !== undefined && constantTimeEqual(token, formToken(secret, purpose))
}

/** Fetch Metadata: a post that another site makes is refused before anything is read from it. */
export function isCrossSite(request: FastifyRequest, issuer: string): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin } = request.headers
  return origin !== undefined && origin !== 'null' && origin !== new URL(issuer).origin
}
