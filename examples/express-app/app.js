// An Express app that lets Countersign sign people in. It keeps a session of its own and its tokens on the server.
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import * as oidc from 'openid-client'

const ISSUER = new URL(process.env.ISSUER ?? 'http://localhost:9500')
const ORIGIN = process.env.ORIGIN ?? 'http://localhost:9501'
const SCOPE = 'openid profile email'

// Only on this machine: elsewhere both speak https, and this option goes.
const options = ISSUER.protocol === 'http:' ? { execute: [oidc.allowInsecureRequests] } : {}
const secret = oidc.ClientSecretBasic(process.env.EXPRESS_APP_SECRET)
const countersign = await oidc.discovery(ISSUER, 'express-app', {}, secret, options)

const app = express()
app.use(
  session({
    name: 'express-app',
    // One per start: a real app keeps it, and its sessions, in a store of their own.
    secret: randomBytes(32).toString('base64'),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: ORIGIN.startsWith('https:') },
  }),
)

app.get('/', (request, response) => {
  const { user } = request.session
  if (user === undefined) response.send('<h1>Nobody is signed in</h1> <p><a href="/login">Sign in</a></p>')
  else
    response.send(`<h1>Hello, ${escapeHtml(user.name ?? user.sub)}</h1> <p>${escapeHtml(user.email ?? '')}</p>
      <form method="post" action="/logout"><button>Sign out</button></form>`)
})

app.get('/login', async (request, response) => {
  const verifier = oidc.randomPKCECodeVerifier()
  const pending = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier }
  request.session.pending = pending
  const url = oidc.buildAuthorizationUrl(countersign, {
    redirect_uri: `${ORIGIN}/callback`,
    scope: SCOPE,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  response.redirect(url.href)
})

app.get('/callback', async (request, response) => {
  const { pending } = request.session
  // A reload, or a link that somebody else made.
  if (pending === undefined) return response.redirect('/')
  const tokens = await oidc.authorizationCodeGrant(countersign, new URL(request.originalUrl, ORIGIN), {
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    pkceCodeVerifier: pending.verifier,
  })
  const { sub } = tokens.claims()
  const user = await oidc.fetchUserInfo(countersign, tokens.access_token, sub)
  // A new session at sign-in: whoever knew the old one has learned nothing.
  request.session.regenerate((error) => {
    if (error) throw error
    Object.assign(request.session, { user, idToken: tokens.id_token, refreshToken: tokens.refresh_token })
    response.redirect('/')
  })
})

// New tokens when the old ones are over. When this fails, the sign-on has ended at Countersign.
app.get('/refresh', async (request, response) => {
  const { refreshToken } = request.session
  if (refreshToken === undefined) return response.redirect('/')
  try {
    const tokens = await oidc.refreshTokenGrant(countersign, refreshToken)
    request.session.refreshToken = tokens.refresh_token ?? refreshToken
    response.redirect('/')
  } catch (error) {
    if (!(error instanceof oidc.ResponseBodyError)) throw error
    request.session.destroy(() => response.redirect('/'))
  }
})

app.post('/logout', (request, response) => {
  const { idToken } = request.session
  request.session.destroy(() => {
    if (idToken === undefined) return response.redirect('/')
    const there = { id_token_hint: idToken, post_logout_redirect_uri: `${ORIGIN}/` }
    response.redirect(oidc.buildEndSessionUrl(countersign, there).href)
  })
})

// What Countersign refused, in a person's words; the details are for the log.
app.use((error, _request, response, _next) => {
  console.error(error)
  response.status(502).send('<h1>Signing in did not work</h1> <p><a href="/login">Try again</a></p>')
})

const escapeHtml = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

app.listen(Number(new URL(ORIGIN).port), '127.0.0.1', () => console.log(`express-app: ${ORIGIN}`))
