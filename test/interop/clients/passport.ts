/**
 * passport with passport-openidconnect: an old confidential client without PKCE and without discovery. It checks neither
 * the signature of the ID token nor `iss` of the response; refreshing is done as apps with it do, by its `oauth` package.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { onServer } from '../client.ts'
import { close, listen } from '../listen.ts'
import { versionOf } from '../package-version.ts'
import type { Claims, Registration, RelyingParty } from '../relying-party.ts'
import { webApp } from '../web-app.ts'

export const passportOpenidconnect = onServer({
  name: 'passport-openidconnect',
  entry: { token_endpoint_auth_method: 'client_secret_post', require_pkce: false },
  start,
})

// The packages have no types of their own; this is what is used of them.
type Middleware = (request: AppRequest, response: ServerResponse, next: (error?: unknown) => void) => void

interface Passport {
  use(strategy: Strategy): void
  serializeUser(serialize: (user: SignedIn, done: Done<SignedIn>) => void): void
  deserializeUser(deserialize: (kept: SignedIn, done: Done<SignedIn>) => void): void
  initialize(): Middleware
  session(): Middleware
  authenticate(name: string): Middleware
}

interface Strategy {
  readonly _oauth2: {
    getOAuthAccessToken(
      token: string,
      parameters: Claims,
      done: (error: unknown, accessToken: string, refreshToken: string, answer: Claims) => void,
    ): void
    get(url: string, accessToken: string, done: (error: unknown, body: string) => void): void
  }
}

type Done<T> = (error: unknown, value?: T) => void

interface SignedIn {
  readonly claims: Claims
  readonly idToken: string
  readonly accessToken: string
  readonly refreshToken: string
}

/** As express-session makes one. */
interface Session {
  regenerate(done: Done<never>): void
  save(done: Done<never>): void
}

interface AppRequest extends IncomingMessage {
  query: Readonly<Record<string, string>>
  session: Session
  user?: SignedIn
}

const load = createRequire(import.meta.url)

const passportOf = (): Passport => new (load('passport') as { Passport: new () => Passport }).Passport()

async function start({ issuer, clientId, clientSecret, origin, scope, browser }: Registration): Promise<RelyingParty> {
  const { Strategy: OpenIDConnectStrategy } = load('passport-openidconnect') as {
    Strategy: new (options: Claims, verify: (...given: never[]) => void) => Strategy
  }
  const strategy = new OpenIDConnectStrategy(
    {
      issuer,
      authorizationURL: `${issuer}/authorize`,
      tokenURL: `${issuer}/token`,
      userInfoURL: `${issuer}/userinfo`,
      clientID: clientId,
      clientSecret,
      callbackURL: `${origin}/callback`,
      // It adds openid itself.
      scope: scope.replace('openid ', ''),
      nonce: true,
    },
    // It counts the parameters to find out what is wanted.
    (
      _issuer: string,
      _profile: unknown,
      _context: unknown,
      idToken: string,
      accessToken: string,
      refreshToken: string,
      _answer: unknown,
      done: Done<SignedIn>,
    ) => done(undefined, { claims: payloadOf(idToken), idToken, accessToken, refreshToken }),
  )
  const passport = passportOf()
  passport.use(strategy)
  passport.serializeUser((user, done) => done(undefined, user))
  passport.deserializeUser((user, done) => done(undefined, user))
  const app: App = { passport, strategy, issuer, origin, sessions: new Map() }
  const server = createServer((request, response) => {
    answer(app, request as AppRequest, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  await listen(server, Number(new URL(origin).port))
  const version = `${versionOf('passport-openidconnect')} (passport ${versionOf('passport')})`
  return webApp({ version, origin, browser, close: () => close(server) })
}

interface App {
  readonly passport: Passport
  readonly strategy: Strategy
  readonly issuer: string
  readonly origin: string
  readonly sessions: Map<string, object>
}

async function answer(app: App, request: AppRequest, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', app.origin)
  request.query = Object.fromEntries(searchParams)
  openSession(app, request, response)
  const through = (middleware: Middleware) =>
    new Promise<void>((resolve, reject) =>
      middleware(request, response, (error) => (error === undefined ? resolve() : reject(error))),
    )
  await through(app.passport.initialize())
  await through(app.passport.session())
  if (pathname === '/login') return through(app.passport.authenticate('openidconnect'))
  if (pathname === '/callback') {
    await through(app.passport.authenticate('openidconnect'))
    response.writeHead(302, { location: '/claims' }).end()
    return
  }
  const { user } = request
  if (user === undefined) {
    response.writeHead(401).end('nobody is signed in')
  } else if (pathname === '/logout') {
    const query = new URLSearchParams({ id_token_hint: user.idToken, post_logout_redirect_uri: `${app.origin}/bye` })
    response.writeHead(302, { location: `${app.issuer}/end-session?${query}` }).end()
  } else {
    const told = await tell(app, pathname, user)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(told))
  }
}

function tell({ strategy: { _oauth2 }, issuer }: App, path: string, user: SignedIn): Promise<Claims> {
  return new Promise((resolve, reject) => {
    if (path === '/claims') return resolve(user.claims)
    if (path === '/userinfo') {
      return _oauth2.get(`${issuer}/userinfo`, user.accessToken, (error, body) =>
        error ? reject(new Error(JSON.stringify(error))) : resolve(JSON.parse(body)),
      )
    }
    assert.equal(path, '/refresh')
    return _oauth2.getOAuthAccessToken(user.refreshToken, { grant_type: 'refresh_token' }, (error, after) =>
      error ? reject(new Error(JSON.stringify(error))) : resolve({ before: user.accessToken, after }),
    )
  })
}

const payloadOf = (token: string): Claims => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

/** As much of express-session as passport wants: it makes the session anew at sign-in. */
function openSession({ sessions }: App, request: AppRequest, response: ServerResponse): void {
  const open = (id: string): void => {
    const session = Object.assign(sessions.get(id) ?? {}, {
      regenerate(done: Done<never>) {
        sessions.delete(id)
        open(randomUUID())
        done(undefined)
      },
      save: (done: Done<never>) => done(undefined),
    })
    sessions.set(id, session)
    request.session = session
    response.setHeader('set-cookie', `passport-app=${id}; Path=/; HttpOnly; SameSite=Lax`)
  }
  const asked = /\bpassport-app=([0-9a-f-]{36})/.exec(request.headers.cookie ?? '')?.[1]
  open(asked !== undefined && sessions.has(asked) ? asked : randomUUID())
}
