/** An operator adds an algorithm, and takes it out again, with processes that restart one after the other. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeProtectedHeader, type JWK } from 'jose'
import * as oidc from 'openid-client'
import { countersignInstallation, type Installation, newClientSecret } from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'
import { httpBrowser } from '../fixtures/http-browser.ts'

const ALICE = { username: 'alice', password: 'correct horse battery staple' }
const SECRET = newClientSecret()
const CALLBACK = 'https://app.example/callback'
const BEFORE = ['RS256', 'ES256']

/** Read anew at each start. */
const keys = { sealing_key_file: 'keys/sealing.key', signing_algorithms: BEFORE }
const entry = {
  client_id: 'app',
  client_secret: SECRET,
  redirect_uris: [CALLBACK],
  first_party: true,
  id_token_signed_response_alg: 'RS256',
}

let countersign: Installation
before(async () => {
  countersign = await countersignInstallation({ clients: [entry], config: { keys } })
  await countersign.addAccounts(ALICE)
})
after(() => countersign?.remove())

const discover = (algorithm: string) =>
  oidc.discovery(
    new URL(countersign.issuer),
    'app',
    { id_token_signed_response_alg: algorithm },
    oidc.ClientSecretBasic(SECRET),
    { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] },
  )

/** openid-client verifies what comes with the published keys. */
async function signOn(config: oidc.Configuration) {
  const [state, verifier] = [oidc.randomState(), oidc.randomPKCECodeVerifier()]
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    state,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const { url: arrived } = await httpBrowser().authorize(url, ALICE)
  const checks = { expectedState: state, pkceCodeVerifier: verifier, idTokenExpected: true }
  const tokens = await oidc.authorizationCodeGrant(config, arrived, checks)
  return String(decodeProtectedHeader(tokens.id_token ?? '').alg)
}

async function published(origin: string): Promise<readonly string[]> {
  const set = (await (await fetch(`${origin}/jwks`)).json()) as { readonly keys: readonly JWK[] }
  return set.keys.map(({ alg, kid }) => `${alg} ${kid}`)
}

test('[OIDC Discovery 3] one that is added signs after the restart; where processes have different lists, all show all keys', async () => {
  const old = await countersign.start()
  assert.equal(await signOn(await discover('RS256')), 'RS256')
  assert.equal((await published(old.origin)).length, 4)

  keys.signing_algorithms = [...BEFORE, 'EdDSA']
  entry.id_token_signed_response_alg = 'EdDSA'
  // It waits until the other one shows the new keys, and is ready then.
  const added = await countersign.start({ port: await freePort() })
  assert.deepEqual(await published(old.origin), await published(added.origin))
  assert.equal((await published(old.origin)).filter((key) => key.startsWith('EdDSA')).length, 2)
  await added.stop()
  await old.stop()

  const restarted = await countersign.start()
  assert.equal(await signOn(await discover('EdDSA')), 'EdDSA')
  const listed = await countersign.run(['keys', 'list'])
  assert.match(listed.stdout, /EdDSA +current/)
  await restarted.stop()
})

test('a client that names an algorithm that was taken out is a fault, told by check, which says what to add', async () => {
  const config = { keys: { ...keys, signing_algorithms: BEFORE } }
  const { status, stderr, stdout } = await countersign.run(['check'], { config })
  assert.equal(status, 1)
  assert.match(stderr + stdout, /no keys for EdDSA[\s\S]*add EdDSA to keys\.signing_algorithms/)
})

test('one that is taken out goes on being published for its tokens', async () => {
  keys.signing_algorithms = BEFORE
  entry.id_token_signed_response_alg = 'ES256'
  const process = await countersign.start()
  assert.equal(await signOn(await discover('ES256')), 'ES256')
  assert.ok((await published(process.origin)).some((key) => key.startsWith('EdDSA')))
  const document = (await discover('ES256')).serverMetadata()
  assert.deepEqual(document.id_token_signing_alg_values_supported, [...BEFORE, 'HS256'])
  await process.stop()
})
