/** What an app shows: signed out, signed in, the answer of userinfo, a fault. */
import { readFileSync } from 'node:fs'
import type { App } from './apps.ts'
import { type Html, html } from './html.ts'
import type { SignedIn } from './session-store.ts'

export interface PageFrame {
  readonly app: App
  readonly issuer: string
  readonly others: readonly App[]
}

export const STYLE = readFileSync(new URL('./style.css', import.meta.url), 'utf8')
export const COUNTDOWN = readFileSync(new URL('./countdown.js', import.meta.url), 'utf8')

const layout = ({ app, issuer, others }: PageFrame, body: Html): Html => html`<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${app.name}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/style.css">
    <script src="/countdown.js" defer></script>
  </head>
  <body>
    <header>
      <p class="app"><a href="/">${app.name}</a></p>
      <p class="tagline">${app.tagline}</p>
      <p class="place">${app.origin}</p>
    </header>
    <main>${body}</main>
    <footer>
      <p>
        Sign-on by <a href="${issuer}/">Countersign</a>. The other apps:
        ${others.map((other) => html`<a href="${other.origin}/">${other.name}</a> `)}
      </p>
    </footer>
  </body>
</html>
`

const noticeBox = (text: string | undefined): Html | undefined =>
  text === undefined ? undefined : html`<p class="notice" role="status">${text}</p>`

const button = (action: string, label: string, kind: 'first' | 'second' = 'second'): Html =>
  html`<form method="post" action="${action}"><button class="${kind}">${label}</button></form>`

export const signedOutPage = (frame: PageFrame, notice: string | undefined): Html =>
  layout(
    frame,
    html`
      ${noticeBox(notice)}
      <h1>You are not signed in</h1>
      <p>${frame.app.name} has no passwords of its own. Countersign tells it who you are.</p>
      ${button('/sign-in', 'Sign in', 'first')}
    `,
  )

export function signedInPage(frame: PageFrame, signedIn: SignedIn, notice: string | undefined): Html {
  const { profile, claims } = signedIn
  const name = String(profile['name'] ?? profile['preferred_username'] ?? signedIn.subject)
  return layout(
    frame,
    html`
      ${noticeBox(notice)}
      <h1>Signed in as <span id="name">${name}</span></h1>
      <p>${profile['email'] === undefined ? undefined : String(profile['email'])}</p>
      <div class="buttons">
        ${button('/refresh', 'Refresh the tokens')}
        <form method="get" action="/userinfo"><button class="second">Ask userinfo</button></form>
        ${button('/sign-in-again', 'Sign in again')}
        ${button('/sign-out', 'Sign out', 'first')}
      </div>
      <h2>When they expire</h2>
      <dl class="times">
        <dt>Access token</dt>
        <dd>${moment(signedIn.accessTokenExpiresAt)}</dd>
        <dt>ID token</dt>
        <dd>${moment(Number(claims['exp']) * 1000)}</dd>
        <dt>Refresh token</dt>
        <dd>${signedIn.refreshToken === undefined ? 'none was given' : 'held; its lifetime is for Countersign to know'}</dd>
        <dt>Last refreshed</dt>
        <dd id="refreshed">${signedIn.refreshedAt === undefined ? 'not yet' : clockTime(signedIn.refreshedAt)}</dd>
      </dl>
      <h2>Claims of the ID token</h2>
      ${claimTable(claims)}
      <h2>Userinfo, at sign-in</h2>
      ${claimTable(profile)}
    `,
  )
}

export const userInfoPage = (frame: PageFrame, answer: Readonly<Record<string, unknown>>): Html =>
  layout(
    frame,
    html`
      <h1>Userinfo</h1>
      <p>What Countersign's userinfo endpoint answered just now, for this access token.</p>
      <pre>${JSON.stringify(answer, undefined, 2)}</pre>
      <p><a href="/">Back</a></p>
    `,
  )

export const faultPage = (frame: PageFrame, words: string): Html =>
  layout(frame, html`<h1>That did not work</h1><p>${words}</p><p><a href="/">To the start</a></p>`)

const TIME_CLAIMS = new Set(['exp', 'iat', 'auth_time', 'updated_at', 'nbf'])

const claimTable = (claims: Readonly<Record<string, unknown>>): Html => html`<table>
  <thead><tr><th scope="col">Claim</th><th scope="col">Value</th></tr></thead>
  <tbody>
    ${Object.entries(claims).map(
      ([claim, value]) => html`<tr><th scope="row"><code>${claim}</code></th><td>${claimText(claim, value)}</td></tr>`,
    )}
  </tbody>
</table>`

function claimText(claim: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return TIME_CLAIMS.has(claim) && typeof value === 'number' ? `${text} (${clockTime(value * 1000)})` : text
}

/** A point in time that countdown.js counts down to; without JavaScript it stays as it was written. */
function moment(at: number): Html {
  const seconds = Math.round((at - Date.now()) / 1000)
  const left = seconds > 0 ? `in ${seconds} s` : 'expired'
  return html`${clockTime(at)}, <span data-until="${at}">${left}</span>`
}

const clockTime = (at: number): string =>
  new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z/, ' UTC')
