/** openid-client 6: a confidential client with HTTP Basic. */
import assert from 'node:assert/strict'
import * as oidc from 'openid-client'
import { onServer } from '../client.ts'
import { versionOf } from '../package-version.ts'
import type { Registration, RelyingParty } from '../relying-party.ts'

export const openidClient = onServer({
  name: 'openid-client',
  entry: {},
  start,
})

async function start({ issuer, clientId, clientSecret, origin, scope }: Registration): Promise<RelyingParty> {
  const config = await oidc.discovery(new URL(issuer), clientId, {}, oidc.ClientSecretBasic(clientSecret), {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  })
  let pending = { expectedState: '', expectedNonce: '', pkceCodeVerifier: '' }
  let tokens: (oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers) | undefined
  const held = () => {
    assert.ok(tokens)
    return tokens
  }

  return {
    version: versionOf('openid-client'),
    async begin() {
      pending = {
        expectedState: oidc.randomState(),
        expectedNonce: oidc.randomNonce(),
        pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
      }
      return oidc.buildAuthorizationUrl(config, {
        redirect_uri: `${origin}/callback`,
        scope,
        state: pending.expectedState,
        nonce: pending.expectedNonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
        code_challenge_method: 'S256',
      })
    },
    async finish(response) {
      tokens = await oidc.authorizationCodeGrant(config, response, { ...pending, idTokenExpected: true })
      return { ...tokens.claims() }
    },
    userinfo: () => oidc.fetchUserInfo(config, held().access_token, held().claims()?.sub ?? ''),
    async refresh() {
      const before = held()
      tokens = await oidc.refreshTokenGrant(config, before.refresh_token ?? '')
      const sub = tokens.claims()?.sub
      return {
        accessTokenBefore: before.access_token,
        accessToken: tokens.access_token,
        ...(sub !== undefined && { sub }),
      }
    },
    signOut: async () =>
      oidc.buildEndSessionUrl(config, {
        id_token_hint: held().id_token ?? '',
        post_logout_redirect_uri: `${origin}/bye`,
      }),
  }
}
