/** How a client of the suite proves to the token endpoint who it is. */
import { SignJWT } from 'jose'
import type { TestApp } from '../fixtures/test-app.ts'
import { basicAuthorization } from '../fixtures/test-browser.ts'
import { discovery } from './checks.ts'
import type { SuiteClient } from './site.ts'

interface Proof {
  readonly fields: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
}

let assertions = 0

/** @param audience of an assertion; the token endpoint unless told */
export async function authentication(started: TestApp, client: SuiteClient, audience?: string): Promise<Proof> {
  const { id, secret, key } = client
  switch (client.authentication) {
    case 'client_secret_basic':
      return { fields: {}, headers: { authorization: basicAuthorization(id, secret) } }
    case 'client_secret_post':
      return { fields: { client_id: id, client_secret: secret }, headers: {} }
    case 'private_key_jwt': {
      if (key === undefined) throw new Error(`${id} has no key`)
      const { kid } = key.publicJwk
      const now = Math.floor(started.clock.now() / 1000)
      assertions += 1
      // OpenID Connect Core §9
      const assertion = await new SignJWT({
        ...{ iss: id, sub: id, iat: now, exp: now + 60, jti: `assertion-${assertions}` },
        aud: audience ?? String((await discovery(started.app))['token_endpoint']),
      })
        .setProtectedHeader({ alg: 'RS256', ...(kid !== undefined && { kid }) })
        .sign(key.privateKey)
      const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
      return { fields: { client_assertion_type, client_assertion: assertion }, headers: {} }
    }
  }
}
