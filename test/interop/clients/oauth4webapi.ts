/** oauth4webapi: a confidential client with its secret in the form, ID tokens signed with ES256. */
import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'
import { onServer } from '../client.ts'
import { versionOf } from '../package-version.ts'
import type { Registration, RelyingParty } from '../relying-party.ts'

export const oauth4webapi = onServer({
  name: 'oauth4webapi',
  entry: { token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: 'ES256' },
  start,
})

const OVER_HTTP = { [oauth.allowInsecureRequests]: true }

async function start({ issuer, clientId, clientSecret, origin, scope }: Registration): Promise<RelyingParty> {
  const issuerUrl = new URL(issuer)
  const discovered = await oauth.discoveryRequest(issuerUrl, { ...OVER_HTTP, algorithm: 'oidc' })
  const as = await oauth.processDiscoveryResponse(issuerUrl, discovered)
  const client: oauth.Client = { client_id: clientId, id_token_signed_response_alg: 'ES256' }
  const authentication = oauth.ClientSecretPost(clientSecret)
  const redirectUri = `${origin}/callback`
  let pending = { state: '', nonce: '', verifier: '' }
  let tokens: oauth.TokenEndpointResponse | undefined
  const held = () => {
    assert.ok(tokens)
    return tokens
  }

  return {
    version: versionOf('oauth4webapi'),
    async begin() {
      pending = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        verifier: oauth.generateRandomCodeVerifier(),
      }
      const url = new URL(as.authorization_endpoint ?? '')
      url.search = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope,
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
      }).toString()
      return url
    },
    async finish(response) {
      const { state, nonce, verifier } = pending
      // RFC 9207: it insists on `iss`, since discovery promises it.
      const parameters = oauth.validateAuthResponse(as, client, response, state)
      const answer = await oauth.authorizationCodeGrantRequest(
        ...([as, client, authentication, parameters, redirectUri, verifier, OVER_HTTP] as const),
      )
      tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, {
        expectedNonce: nonce,
        requireIdToken: true,
      })
      await oauth.validateApplicationLevelSignature(as, answer, OVER_HTTP)
      return { ...oauth.getValidatedIdTokenClaims(tokens) }
    },
    async userinfo() {
      const sub = oauth.getValidatedIdTokenClaims(held())?.sub ?? ''
      const answer = await oauth.userInfoRequest(as, client, held().access_token, OVER_HTTP)
      return oauth.processUserInfoResponse(as, client, sub, answer)
    },
    async refresh() {
      const before = held()
      const answer = await oauth.refreshTokenGrantRequest(
        ...([as, client, authentication, before.refresh_token ?? '', OVER_HTTP] as const),
      )
      tokens = await oauth.processRefreshTokenResponse(as, client, answer)
      const sub = oauth.getValidatedIdTokenClaims(tokens)?.sub
      return {
        accessTokenBefore: before.access_token,
        accessToken: tokens.access_token,
        ...(sub !== undefined && { sub }),
      }
    },
    async signOut() {
      const url = new URL(as.end_session_endpoint ?? '')
      url.searchParams.set('id_token_hint', held().id_token ?? '')
      url.searchParams.set('post_logout_redirect_uri', `${origin}/bye`)
      return url
    },
  }
}
