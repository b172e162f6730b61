/** What would be certified: Countersign, a person with every standard claim, and the clients that the official suite is given. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before } from 'node:test'
import type { CryptoKey, JWK } from 'jose'
import { sha256 } from '../../src/base/hash.ts'
import type { Config } from '../../src/config/config.ts'
import type { StandardClaims } from '../../src/protocol/claims.ts'
import { configOf } from '../config/loading.ts'
import { CLIENT_SECRET } from '../fixtures/client.ts'
import { type TestApp, type TestAppOptions, testApp } from '../fixtures/test-app.ts'

/** Where the suite would be; nothing listens there, its part is played by `run.ts`. */
export const SUITE = 'https://suite.example/test/a/countersign'
export const CALLBACK = `${SUITE}/callback`
export const POST_LOGOUT = `${SUITE}/post_logout_redirect`

type SecretMethod = 'client_secret_basic' | 'client_secret_post'

/** A client of the suite, as its side knows it. */
export interface SuiteClient {
  readonly id: string
  readonly secret: string
  readonly redirectUri: string
  readonly authentication: SecretMethod | 'private_key_jwt'
  /** Of `private_key_jwt`. */
  readonly key?: ClientKey
}

export interface ClientKey {
  readonly privateKey: CryptoKey
  /** With `alg`, and with `kid` where there is one. */
  readonly publicJwk: JWK
}

const known = (id: string, authentication: SecretMethod): SuiteClient => ({
  ...{ id, authentication },
  secret: CLIENT_SECRET,
  redirectUri: CALLBACK,
})

/** Given to whoever runs the suite, which lets them register any client (RFC 7591 §3). */
export const INITIAL_ACCESS_TOKEN = 'the-initial-access-token-of-the-suite-0001'

const ENVIRONMENT = {
  SUITE_CLIENT_SECRET: CLIENT_SECRET,
  SUITE_INITIAL_ACCESS_TOKEN_HASH: `sha256:${sha256(INITIAL_ACCESS_TOKEN)}`,
}

export const FIRST = known('suite', 'client_secret_basic')
export const SECOND = known('suite-2', 'client_secret_basic')
export const POSTING = known('suite-post', 'client_secret_post')
/** Authenticates nowhere: it never asks the token endpoint. */
export const IMPLICIT = known('suite-implicit', 'client_secret_basic')
export const BACK_CHANNEL = known('suite-back-channel', 'client_secret_basic')
export const FRONT_CHANNEL = known('suite-front-channel', 'client_secret_basic')

/** The configuration that docs/conformance.md tells people to run the suite with, for a suite at `base`. */
export function documentedConfig(base: string = SUITE): Config {
  const page = readFileSync(join(import.meta.dirname, '../../docs/conformance.md'), 'utf8')
  const text = /^```yaml\n([\s\S]*?)^```/m.exec(page)?.[1] ?? ''
  return configOf(text.replaceAll(SUITE, base), { env: ENVIRONMENT })
}

/** Every standard claim has a value (OpenID Connect Core §5.1): the suite warns of each one that userinfo lacks. */
export const EVERY_CLAIM = {
  name: 'Alice Example',
  given_name: 'Alice',
  family_name: 'Example',
  middle_name: 'M.',
  nickname: 'Al',
  preferred_username: 'alice',
  profile: 'https://people.example/alice',
  picture: 'https://people.example/alice.png',
  website: 'https://alice.example/',
  gender: 'female',
  birthdate: '1990-12-31',
  zoneinfo: 'Europe/Zurich',
  locale: 'en-GB',
  updated_at: 1_760_000_000,
  email: 'alice@example.org',
  email_verified: true,
  phone_number: '+41441234567',
  phone_number_verified: true,
  address: { formatted: '1 Example Street\n8000 Zurich', locality: 'Zurich', country: 'Switzerland' },
} satisfies StandardClaims

/** One site for all tests of a `describe`; what it gives is to be called inside the tests. */
export function suiteSite(options: () => TestAppOptions = () => ({})): () => TestApp {
  let started: TestApp | undefined
  before(async () => {
    started = await testApp({ clients: documentedConfig().clients, ...options() })
    await started.addAccount({ claims: EVERY_CLAIM })
  })
  after(() => started?.close())
  return () => {
    if (started === undefined) throw new Error('the site is there only while the tests of its describe run')
    return started
  }
}
