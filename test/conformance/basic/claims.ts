/** Basic OP: which claims a scope and the parameter `claims` bring. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLAIMS_OF_SCOPE } from '../../../src/protocol/claims.ts'
import { discovery, userinfoClaims } from '../checks.ts'
import type { SignOn } from '../run.ts'
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

/** OpenID Connect Core §5.4: what the scopes ask for, where it is: at userinfo, or in an ID token that comes alone. */
async function scopeClaims({ started, responseType }: Setting, { tokens, idToken }: SignOn): Promise<object> {
  if (responseType !== 'id_token') {
    const { sub: _, ...claims } = await userinfoClaims(started().app, tokens.access_token, idToken)
    for (const name of Object.keys(EVERY_CLAIM)) assert.equal(idToken[name], undefined)
    return claims
  }
  return Object.fromEntries(Object.entries(idToken).filter(([name]) => Object.hasOwn(EVERY_CLAIM, name)))
}

export function claimModules(setting: Setting): void {
  for (const [module, scope, names] of SCOPES) {
    test(`[${module}] scope "${scope}": every claim of it and no other, in its place alone`, async () => {
      const { scopes_supported } = await discovery(setting.started().app)
      assert.ok(Array.isArray(scopes_supported) && scope.split(' ').every((one) => scopes_supported.includes(one)))
      const run = await newRun(setting)
      const claims = await scopeClaims(setting, await run.signOn({ scope }))
      assert.deepEqual(claims, Object.fromEntries(names.map((name) => [name, EVERY_CLAIM[name]])))
    })
  }

  test('[oidcc-claims-essential] claims asks for name: it is where it was asked for, and nowhere else', async () => {
    const run = await newRun(setting)
    const place = setting.responseType === 'id_token' ? 'id_token' : 'userinfo'
    const claims = JSON.stringify({ [place]: { name: { essential: true } } })
    assert.deepEqual(await scopeClaims(setting, await run.signOn({ claims })), { name: EVERY_CLAIM.name })
  })

  succeeds(setting, 'oidcc-claims-locales', 'claims_locales is no error', { claims_locales: 'se' })
}
