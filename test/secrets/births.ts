/** Secrets that Countersign makes: each is told in one kind of answer, to whom it is for, and nowhere else. */
import { unescapeHtml } from '../fixtures/html.ts'
import type { Canaries } from './canaries.ts'

interface Born {
  readonly status: number
  readonly location: string
  readonly cookies: string
  readonly body: string
}

/** RFC 6749 §5.1 and §6, OpenID Connect Core §3.1.3.3, RFC 7591 §3.2.1, RFC 9126 §2.2: members of good JSON answers. */
const MEMBERS = {
  ...{ access_token: 'access token', id_token: 'ID token', refresh_token: 'refresh token' },
  ...{ client_secret: 'secret of a registered client', registration_access_token: 'registration access token' },
  request_uri: 'reference of a pushed request',
}

/** RFC 6749 §4.1.2, OpenID Connect Core §3.2.2.5: what an app is told by way of the browser. */
const ANSWERED = { code: 'authorization code', access_token: 'access token', id_token: 'ID token' }

/** The part that is secret: before it there may be an id, which the log may have. */
function add(canaries: Canaries, name: string, value: unknown, born: string): void {
  if (typeof value !== 'string') return
  const secret = value.startsWith('eyJ') ? value : (value.split(/[.:]/).at(-1) ?? value)
  if (secret.length < 20) return
  canaries.add(name, secret, born)
  canaries.used(secret)
}

export function rememberBirths(canaries: Canaries, { status, location, cookies, body }: Born): void {
  // OpenID Connect Session Management §3.2: that of the state is read by scripts of pages on any site.
  for (const [, name = '', value] of cookies.matchAll(/^(?:__(?:Host|Secure)-)?(countersign-(?!state)\w+)=([^;]+)/gm))
    add(canaries, `cookie ${name}`, value && decodeURIComponent(value), cookies)
  const answer = new URLSearchParams(location.replace(/^[^?#]*[?#]/, '').replace('#', '&'))
  for (const [member, name] of Object.entries(ANSWERED)) add(canaries, name, answer.get(member), location)
  for (const [, value] of body.matchAll(/name="csrf" value="([^"]+)"/g)) add(canaries, 'form token', value, body)
  // OAuth 2.0 Form Post Response Mode §2
  if (body.includes('id="answer"')) {
    for (const [member, name] of Object.entries(ANSWERED)) {
      const value = new RegExp(`name="${member}" value="([^"]+)"`).exec(body)?.[1]
      add(canaries, name, value && unescapeHtml(value), body)
    }
  }
  if (status >= 300 || !body.startsWith('{')) return
  const json = JSON.parse(body)
  for (const [member, name] of Object.entries(MEMBERS)) add(canaries, name, json[member], body)
}
