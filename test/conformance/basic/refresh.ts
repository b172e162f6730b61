/** Refresh tokens, as Basic and Dynamic check them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECOND as ONE_SECOND } from '../../../src/base/duration.ts'
import { userinfo } from '../../fixtures/test-client.ts'
import { assertTokenError, discovery, idTokenClaims } from '../checks.ts'
import { aRun, assertTokens } from '../run.ts'
import type { Setting } from '../setting.ts'

export function refreshModule(setting: Setting): void {
  const { started, mode } = setting

  test('[oidcc-refresh-token] new tokens for the same sign-on, and only for the client that they belong to', async () => {
    const document = await discovery(started().app)
    assert.ok((document['grant_types_supported'] as string[]).includes('refresh_token'))
    const changes = { grant_types: ['authorization_code', 'refresh_token'] }
    const first = aRun(started(), { mode, client: await setting.first(changes) })
    const second = aRun(started(), { mode, client: await setting.second(changes) })
    for (const run of [first, second]) {
      const scope = 'openid offline_access'
      const { tokens, idToken, journey } = await run.signOn({ scope, prompt: 'consent' })
      assert.ok(journey.asked.includes('consent'))
      const { refresh_token } = tokens
      assert.match(refresh_token, /^[\x20-\x7e]{16,}$/)
      started().clock.advance(ONE_SECOND)
      // The scope may be sent again, or left out (RFC 6749 §6).
      const again = { grant_type: 'refresh_token', refresh_token, scope: run === first ? scope : undefined }
      if (run === second) assertTokenError(await first.token({ ...again, scope }), 'invalid_grant')
      const response = await run.token(again)
      assert.equal(response.headers['cache-control'], 'no-store')
      assert.equal(response.headers['pragma'], 'no-cache')
      const refreshed = assertTokens(response)
      assert.notEqual(refreshed.access_token, tokens.access_token)
      const clientId = String(idToken['aud'])
      const now = new Date(started().clock.now())
      const claims = await idTokenClaims(started().app, refreshed.id_token, { clientId, nonce: undefined, now })
      for (const name of ['iss', 'sub', 'aud', 'auth_time', 'azp']) assert.deepEqual(claims[name], idToken[name], name)
      assert.ok(Number(claims['iat']) > Number(idToken['iat']))
      assert.equal((await userinfo(started().app, refreshed.access_token)).statusCode, 200)
    }
  })
}
