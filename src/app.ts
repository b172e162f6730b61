/** Everything that Countersign answers to. Read this first: each line leads to the file that tells its story. */
import cookie from '@fastify/cookie'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Deps } from './deps.ts'
import { authorization } from './endpoints/authorization.ts'
import { checkSession } from './endpoints/check-session.ts'
import { authorizationServerMetadata, discovery } from './endpoints/discovery.ts'
import { doctor } from './endpoints/doctor.ts'
import { endSession } from './endpoints/end-session.ts'
import { health } from './endpoints/health.ts'
import { introspection } from './endpoints/introspection.ts'
import { jwks } from './endpoints/jwks.ts'
import { pushedAuthorization } from './endpoints/pushed-authorization.ts'
import { registration } from './endpoints/registration.ts'
import { revocation } from './endpoints/revocation.ts'
import { token } from './endpoints/token.ts'
import { userinfo } from './endpoints/userinfo.ts'
import { openBrands, serveBrands, serveIcon } from './http/brands.ts'
import { allowCrossOrigin } from './http/cors.ts'
import { errorPages } from './http/error-pages.ts'
import { jsonErrorsFor } from './http/json-errors.ts'
import { answerNotFound } from './http/not-found.ts'
import { issuerPath } from './http/paths.ts'
import { createServer } from './http/server.ts'
import { registerViews } from './http/views.ts'
import { activity } from './pages/account/activity.ts'
import { apps } from './pages/account/apps.ts'
import { accountData } from './pages/account/data.ts'
import { email } from './pages/account/email.ts'
import { accountHome } from './pages/account/frame.ts'
import { linked } from './pages/account/linked.ts'
import { accountPasskeys } from './pages/account/passkeys.ts'
import { password } from './pages/account/password.ts'
import { profile } from './pages/account/profile.ts'
import { removeAccountPage } from './pages/account/remove.ts'
import { sessions } from './pages/account/sessions.ts'
import { totp } from './pages/account/totp.ts'
import { accounts } from './pages/accounts.ts'
import { code } from './pages/code/code.ts'
import { home } from './pages/home.ts'
import { consent } from './pages/interaction/consent.ts'
import { enrolment } from './pages/interaction/enrolment.ts'
import { passkey } from './pages/interaction/passkey.ts'
import { passkeyFactor } from './pages/interaction/passkey-factor.ts'
import { passkeyOffer } from './pages/interaction/passkey-offer.ts'
import { passkeySetup } from './pages/interaction/passkey-setup.ts'
import { secondFactor } from './pages/interaction/second-factor.ts'
import { selectAccount } from './pages/interaction/select-account.ts'
import { signIn } from './pages/interaction/sign-in.ts'
import { upstream } from './pages/interaction/upstream.ts'
import { notices } from './pages/notices.ts'
import { passkeysScript } from './pages/passkeys-script.ts'
import { forgot } from './pages/recovery/forgot.ts'
import { newPassword } from './pages/recovery/new-password.ts'
import { signOut } from './pages/sign-out.ts'
import { signOutEverywhere } from './pages/sign-out-everywhere.ts'
import { signUp } from './pages/sign-up/index.ts'
import { upstreamCallback } from './pages/upstream/callback.ts'

/** The application, not yet listening. What ships and what is tested differ in `deps` alone. */
export async function createApp(deps: Deps, log: FastifyBaseLogger): Promise<FastifyInstance> {
  const root = await createServer({ config: deps.config, random: deps.random, log, telemetry: deps.telemetry })
  const brands = openBrands(deps.config)
  await registerViews(root, deps.words, brands)
  root.setErrorHandler(errorPages(deps))
  answerNotFound(root, deps)
  const prefix = issuerPath(deps.issuer)

  for (const group of [forScriptsToo, forServers, forServersInJson, forPeople]) {
    await root.register((app) => group(app, deps), { prefix })
  }
  await root.register(
    (app, _options, done) => {
      serveBrands(app, brands)
      done()
    },
    { prefix },
  )

  // At the root, whatever the issuer's path.
  await root.register((app, _options, done) => {
    app.setErrorHandler(jsonErrorsFor(deps))
    allowCrossOrigin(app)
    authorizationServerMetadata(app, deps)
    done()
  })
  serveIcon(root, brands)
  health(root, deps)
  return root
}

/** For machines, scripts in browsers among them: JSON in the standards' words, and no look at cookies. */
async function forScriptsToo(app: FastifyInstance, deps: Deps): Promise<void> {
  app.setErrorHandler(jsonErrorsFor(deps))
  allowCrossOrigin(app)
  discovery(app, deps)
  jwks(app, deps)
  pushedAuthorization(app, deps)
  token(app, deps)
  userinfo(app, deps)
  revocation(app, deps)
}

async function forServers(app: FastifyInstance, deps: Deps): Promise<void> {
  app.setErrorHandler(jsonErrorsFor(deps))
  introspection(app, deps)
  doctor(app, deps)
}

/**
 * With bodies of JSON. Not for scripts in browsers: a page on the Internet could make who reads it register clients at a
 * Countersign that only they can reach.
 */
async function forServersInJson(app: FastifyInstance, deps: Deps): Promise<void> {
  app.setErrorHandler(jsonErrorsFor(deps, 'application/json'))
  registration(app, deps)
}

/** Pages and redirects. The authorization and end-session endpoints are reached by browsers, too. Only here are cookies read. */
async function forPeople(app: FastifyInstance, deps: Deps): Promise<void> {
  await app.register(cookie)
  authorization(app, deps)
  endSession(app, deps)
  checkSession(app, deps)
  home(app, deps)
  accounts(app, deps)
  notices(app, deps)
  signIn(app, deps)
  signUp(app, deps)
  secondFactor(app, deps)
  enrolment(app, deps)
  upstream(app, deps)
  upstreamCallback(app, deps)
  linked(app, deps)
  selectAccount(app, deps)
  consent(app, deps)
  signOut(app, deps)
  signOutEverywhere(app, deps)
  accountHome(app, deps)
  profile(app, deps)
  password(app, deps)
  sessions(app, deps)
  totp(app, deps)
  email(app, deps)
  code(app, deps)
  forgot(app, deps)
  newPassword(app, deps)
  apps(app, deps)
  activity(app, deps)
  passkeysScript(app)
  passkey(app, deps)
  passkeyFactor(app, deps)
  passkeySetup(app, deps)
  passkeyOffer(app, deps)
  accountPasskeys(app, deps)
  accountData(app, deps)
  removeAccountPage(app, deps)
  // Nobody has it unless it is asked for, nor pays for what it loads.
  if (deps.config.admin !== undefined) (await import('./pages/admin/index.ts')).admin(app, deps)
}
