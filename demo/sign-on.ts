/** What one app asks of Countersign, by openid-client: sign in, refresh, userinfo, sign out. */
import * as oidc from 'openid-client'
import type { App } from './apps.ts'
import type { PendingSignIn, SignedIn } from './session-store.ts'

export interface SignOn {
  /** A new authorization request and where to send the browser with it. */
  begin(options: { silent: boolean; prompt?: string }): Promise<{ pending: PendingSignIn; url: URL }>
  /** Redeems the code of an authorization response. Throws what openid-client throws. */
  finish(response: URL, pending: PendingSignIn): Promise<SignedIn>
  refresh(signedIn: SignedIn): Promise<SignedIn>
  userInfo(signedIn: SignedIn): Promise<Readonly<Record<string, unknown>>>
  /** Where to send the browser to end the session at Countersign too. */
  endSessionUrl(signedIn: SignedIn): Promise<URL>
}

export function signOnAt(issuer: string, app: App, clientSecret: string | undefined): SignOn {
  let discovered: Promise<oidc.Configuration> | undefined

  /** Once, unless it fails: then the next request tries again. */
  function configuration(): Promise<oidc.Configuration> {
    discovered ??= discover(issuer, app, clientSecret).catch((error: unknown) => {
      discovered = undefined
      throw error
    })
    return discovered
  }

  async function userInfo(signedIn: SignedIn): Promise<Readonly<Record<string, unknown>>> {
    return oidc.fetchUserInfo(await configuration(), signedIn.accessToken, signedIn.subject)
  }

  return {
    async begin({ silent, prompt }) {
      const pending = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        codeVerifier: oidc.randomPKCECodeVerifier(),
        silent,
      }
      const url = oidc.buildAuthorizationUrl(await configuration(), {
        redirect_uri: `${app.origin}/callback`,
        scope: app.scope,
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(pending.codeVerifier),
        code_challenge_method: 'S256',
        ...(silent ? { prompt: 'none' } : {}),
        ...(prompt === undefined ? {} : { prompt }),
      })
      return { pending, url }
    },
    async finish(response, pending) {
      const tokens = await oidc.authorizationCodeGrant(await configuration(), response, {
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.codeVerifier,
        idTokenExpected: true,
      })
      const signedIn = signedInWith(tokens, undefined)
      return { ...signedIn, profile: await userInfo(signedIn) }
    },
    async refresh(signedIn) {
      if (signedIn.refreshToken === undefined) throw new Error('There is no refresh token.')
      return signedInWith(await oidc.refreshTokenGrant(await configuration(), signedIn.refreshToken), signedIn)
    },
    userInfo,
    endSessionUrl: async (signedIn) =>
      oidc.buildEndSessionUrl(await configuration(), {
        id_token_hint: signedIn.idToken,
        post_logout_redirect_uri: `${app.origin}/signed-out`,
      }),
  }
}

async function discover(issuer: string, app: App, clientSecret: string | undefined): Promise<oidc.Configuration> {
  const authentication = {
    client_secret_basic: oidc.ClientSecretBasic,
    client_secret_post: oidc.ClientSecretPost,
    none: oidc.None,
  }[app.authentication]
  return oidc.discovery(
    new URL(issuer),
    app.id,
    { id_token_signed_response_alg: app.idTokenAlgorithm },
    authentication(clientSecret),
    // The demo speaks plain http, on this machine alone. Non-repudiation: the ID token's signature is verified even
    // though it came from the token endpoint.
    { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks], timeout: 10 },
  )
}

type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers

function signedInWith(tokens: Tokens, before: SignedIn | undefined): SignedIn {
  const claims = tokens.claims() ?? before?.claims
  const idToken = tokens.id_token ?? before?.idToken
  if (claims === undefined || idToken === undefined) throw new Error('The token response has no ID token.')
  return {
    subject: String(claims['sub']),
    claims: { ...claims },
    profile: before?.profile ?? {},
    idToken,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? before?.refreshToken,
    accessTokenExpiresAt: Date.now() + (tokens.expiresIn() ?? 0) * 1000,
    refreshedAt: before === undefined ? undefined : Date.now(),
  }
}

/** The code of an authorization error response (`login_required`, `access_denied`); undefined when it was another fault. */
export const authorizationErrorOf = (error: unknown): string | undefined =>
  error instanceof oidc.AuthorizationResponseError ? error.error : undefined

/** Countersign has ended what the refresh token belonged to. */
export const isGrantEnded = (error: unknown): boolean =>
  error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant'

/** Access token refused: it expired, or was revoked. */
export const isTokenRefused = (error: unknown): boolean =>
  error instanceof oidc.WWWAuthenticateChallengeError && error.status === 401
