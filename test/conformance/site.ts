/** What would be certified: Countersign, a person with every standard claim, and the clients that the official suite is given. */
import { after, before } from 'node:test'
import type { StandardClaims } from '../../src/protocol/claims.ts'
import type { Client } from '../../src/protocol/client.ts'
import { aClient, CLIENT_SECRET } from '../fixtures/client.ts'
import { type TestApp, type TestAppOptions, testApp } from '../fixtures/test-app.ts'

/** Where the suite would be; nothing listens there, its part is played by `run.ts`. */
export const SUITE = 'https://suite.example/test/a/countersign'
export const CALLBACK = `${SUITE}/callback`
export const POST_LOGOUT = `${SUITE}/post_logout_redirect`

/** A client of the suite, as its side knows it. */
export interface SuiteClient {
  readonly id: string
  readonly secret: string
  readonly redirectUri: string
  readonly authentication: 'client_secret_basic' | 'client_secret_post'
}

const known = (id: string, authentication: SuiteClient['authentication']): SuiteClient => ({
  ...{ id, authentication },
  secret: CLIENT_SECRET,
  redirectUri: CALLBACK,
})

export const FIRST = known('suite', 'client_secret_basic')
export const SECOND = known('suite-2', 'client_secret_basic')
export const POSTING = known('suite-post', 'client_secret_post')

/** Their entries. All but one module of the suite leave PKCE out, so it is waived; consent is asked as of any app. */
export const suiteEntry = ({ id, authentication }: SuiteClient, metadata: Partial<Client['metadata']> = {}): Client =>
  aClient({
    ...{ id, requiresPkce: false, isFirstParty: false },
    metadata: {
      client_name: 'Conformance suite',
      redirect_uris: [CALLBACK],
      post_logout_redirect_uris: [POST_LOGOUT],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: authentication,
      scope: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
      ...metadata,
    },
  })

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
export function suiteSite(options: TestAppOptions = {}): () => TestApp {
  let started: TestApp | undefined
  before(async () => {
    started = await testApp({ clients: [FIRST, SECOND, POSTING].map((client) => suiteEntry(client)), ...options })
    await started.addAccount({ claims: EVERY_CLAIM })
  })
  after(() => started?.close())
  return () => {
    if (started === undefined) throw new Error('the site is there only while the tests of its describe run')
    return started
  }
}
