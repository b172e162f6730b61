import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  allowedClaims,
  CLAIMS_OF_SCOPE,
  claimsBesideScopes,
  claimsFor,
  claimsOf,
  namesOfScopes,
  type StandardClaims,
} from '../../src/protocol/claims.ts'
import { SCOPES } from '../../src/protocol/vocabulary.ts'
import { aClient } from '../fixtures/client.ts'

const ALL: Required<StandardClaims> = {
  name: 'Anna Example',
  given_name: 'Anna',
  family_name: 'Example',
  middle_name: 'M',
  nickname: 'Ann',
  preferred_username: 'anna',
  profile: 'https://anna.example/',
  picture: 'https://anna.example/me.png',
  website: 'https://anna.example/',
  gender: 'female',
  birthdate: '2000-01-01',
  zoneinfo: 'Europe/Berlin',
  locale: 'de',
  updated_at: 1,
  email: 'anna@example.org',
  email_verified: false,
  phone_number: '+49 1',
  phone_number_verified: true,
  address: { country: 'DE' },
  groups: ['staff'],
}

const claimsForScopes = (claims: StandardClaims, scopes: readonly string[]) => claimsOf(claims, namesOfScopes(scopes))
const namesFor = (...scopes: string[]): readonly string[] => Object.keys(claimsForScopes(ALL, scopes))

describe('[OpenID Connect Core 5.4] the claims that a scope asks for', () => {
  const OF_SCOPE: Readonly<Record<string, string>> = {
    profile:
      'name given_name family_name middle_name nickname preferred_username profile picture website gender birthdate zoneinfo locale updated_at',
    email: 'email email_verified',
    address: 'address',
    phone: 'phone_number phone_number_verified',
    groups: 'groups',
  }
  for (const [scope, names] of Object.entries(OF_SCOPE)) {
    test(`${scope}: ${names}`, () => assert.deepEqual(namesFor(scope), names.split(' ')))
  }

  test('openid, offline_access and scopes of APIs ask for none', () => {
    assert.deepEqual(namesFor('openid', 'offline_access', 'api', 'constructor', '__proto__', 'toString'), [])
    assert.deepEqual(namesFor(), [])
  })

  test('several scopes ask for the claims of each', () => {
    assert.deepEqual(namesFor('openid', 'email', 'groups'), ['email', 'email_verified', 'groups'])
  })

  test('all scopes together ask for every claim there is', () => {
    assert.deepEqual(claimsForScopes(ALL, SCOPES), ALL)
    assert.deepEqual(Object.keys(CLAIMS_OF_SCOPE).toSorted(), Object.keys(OF_SCOPE).toSorted())
  })
})

describe('[OpenID Connect Core 5.3.2] what leaves', () => {
  test('values as they are stored, false and 0 too', () => {
    const claims = { email: 'a@example.org', email_verified: false, updated_at: 0, name: '' }
    assert.deepEqual(claimsForScopes(claims, ['email', 'profile']), claims)
  })

  test('a claim without a value is left out', () => {
    assert.deepEqual(claimsForScopes({ email: 'a@example.org' }, ['email', 'profile']), { email: 'a@example.org' })
  })

  test('nothing that is stored and no claim', () => {
    const stored: StandardClaims = { ...ALL, ...{ secret: 'x' } }
    assert.deepEqual(claimsForScopes(stored, SCOPES), ALL)
  })
})

describe('[OpenID Connect Core 5.5] claims that are asked for one by one', () => {
  const client = aClient({ metadata: { scope: ['openid', 'email', 'phone'] } })

  test('are those that the client could get by a scope of its entry, and no others', () => {
    assert.deepEqual(allowedClaims(['email', 'name', 'groups', 'phone_number'], client), ['email', 'phone_number'])
  })

  test('come in addition to what the scopes ask for', () => {
    const seen = claimsFor(ALL, { scopes: ['openid', 'email'], asked: ['phone_number', 'email', 'groups'], client })
    assert.deepEqual(seen, { email: ALL.email, email_verified: false, phone_number: ALL.phone_number })
    assert.deepEqual(claimsFor(ALL, { scopes: ['openid'], asked: undefined, client }), {})
  })

  test('have to be allowed by themselves when no scope of the request has them', () => {
    const asked = { userinfo: ['email', 'name'], id_token: ['name', 'address'] } as const
    assert.deepEqual(claimsBesideScopes(asked, ['openid', 'email']), ['name', 'address'])
    assert.deepEqual(claimsBesideScopes(asked, ['openid', 'email', 'profile', 'address']), [])
    assert.deepEqual(claimsBesideScopes(undefined, []), [])
  })
})
