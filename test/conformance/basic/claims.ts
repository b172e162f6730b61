/** Basic OP: which claims a scope and the parameter `claims` bring. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLAIMS_OF_SCOPE } from '../../../src/protocol/claims.ts'
import { discovery, userinfoClaims } from '../checks.ts'
import { newRun, type Setting, succeeds } from '../setting.ts'
import { EVERY_CLAIM } from '../site.ts'

const { profile, email, address, phone } = CLAIMS_OF_SCOPE

const SCOPES: readonly [string, string, readonly (keyof typeof EVERY_CLAIM)[]][] = [
  ['oidcc-scope-profile', 'openid profile', profile],
  ['oidcc-scope-email', 'openid email', email],
  ['oidcc-scope-address', 'openid address', address],
  ['oidcc-scope-phone', 'openid phone', phone],
  ['oidcc-scope-all', 'openid email phone address profile', [...email, ...phone, ...address, ...profile]],
  ['oidcc-ensure-other-scope-order-succeeds', 'email openid', email],
]

export function claimModules(setting: Setting): void {
  for (const [module, scope, names] of SCOPES) {
    test(`[${module}] scope "${scope}": every claim of it at userinfo and no other, none in the ID token`, async () => {
      const { scopes_supported } = await discovery(setting.started().app)
      assert.ok(Array.isArray(scopes_supported) && scope.split(' ').every((one) => scopes_supported.includes(one)))
      const run = await newRun(setting)
      const { tokens, idToken } = await run.signOn({ scope })
      const { sub, ...claims } = await userinfoClaims(setting.started().app, tokens.access_token, idToken)
      assert.ok(sub)
      assert.deepEqual(claims, Object.fromEntries(names.map((name) => [name, EVERY_CLAIM[name]])))
      for (const name of names) assert.equal(idToken[name], undefined)
    })
  }

  test('[oidcc-claims-essential] claims asks for name at userinfo: it is there, and not in the ID token', async () => {
    const run = await newRun(setting)
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
    const { idToken, tokens } = await run.signOn({ claims })
    assert.deepEqual(await userinfoClaims(setting.started().app, tokens.access_token, idToken), {
      sub: idToken['sub'],
      name: EVERY_CLAIM.name,
    })
    assert.equal(idToken['name'], undefined)
  })

  succeeds(setting, 'oidcc-claims-locales', 'claims_locales is no error', { claims_locales: 'se' })
}
