import assert from 'node:assert/strict'
import { createHash, createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { DAY, HOUR, SECOND } from '../../../src/base/duration.ts'
import type { Client } from '../../../src/protocol/client.ts'
import type { TokenDecision } from '../../../src/protocol/grant-types/grant-type.ts'
import { refreshTokenGrant } from '../../../src/protocol/grant-types/refresh-token.ts'
import type { Grant, GrantFacts } from '../../../src/protocol/records.ts'
import { refreshToken } from '../../../src/protocol/tokens/refresh-token.ts'
import { NO_APIS } from '../../fixtures/api.ts'
import { aClient } from '../../fixtures/client.ts'
import { START } from '../../fixtures/clock.ts'
import {
  aGrant,
  anAccount,
  aRedeemedGrant,
  aSession,
  GRANT_ID,
  OTHER_GRANT_ID,
  someFacts,
} from '../../fixtures/records.ts'
import { assertRefused, someParameters } from '../../fixtures/refusals.ts'

const KEY = createSecretKey(createHash('sha256').update('a key').digest())
const WINDOW = 30 * SECOND
const ROTATED_AT = START + HOUR
const NOW = ROTATED_AT + SECOND

const rotating = aClient({ rotatesRefreshTokens: true })
const steady = aClient({ rotatesRefreshTokens: false })

/** Ends long after everything else here. */
const SESSION = aSession({ expiresAt: START + 90 * DAY })

/** Rotated twice, an hour after its code was redeemed: generation 3 is the valid one. */
const rotated = (overrides: Partial<Grant> = {}): Grant =>
  aRedeemedGrant({
    refreshGeneration: 3,
    refreshRotatedAt: ROTATED_AT,
    refreshExpiresAt: ROTATED_AT + 24 * HOUR,
    ...overrides,
  })

interface Refresh {
  readonly generation?: number
  readonly token?: string
  readonly grant?: Grant
  readonly facts?: GrantFacts | undefined
  readonly client?: Client
  readonly scope?: string
  readonly now?: number
  readonly window?: number
}

function refresh(asked: Refresh = {}): TokenDecision {
  const { generation = 3, grant = rotated(), client = rotating, now = NOW, window = WINDOW } = asked
  const token = asked.token ?? refreshToken(KEY, grant, generation)
  const parameters = someParameters({ refresh_token: token, scope: asked.scope })
  const request = refreshTokenGrant.parse(parameters, client, {
    refreshTokenKey: KEY,
    refreshRetryWindow: window,
    resources: NO_APIS,
  })
  return request.decide('facts' in asked ? asked.facts : someFacts({ grant, session: SESSION }), now)
}

function refused(asked: Refresh, words: RegExp): Extract<TokenDecision, { kind: 'refuse' }> {
  const decision = refresh(asked)
  assert.ok(decision.kind === 'refuse', 'tokens were issued')
  assert.equal(decision.error.code, 'invalid_grant')
  assert.match(decision.error.description, words)
  return decision
}

const REVOKED = [GRANT_ID, 'refresh_token_reused']
const assertReused = (asked: Refresh) => {
  const { revoke } = refused(asked, /already used/)
  assert.deepEqual([revoke?.grant.id, revoke?.because], REVOKED)
}
const assertHarmless = (asked: Refresh, words: RegExp) => assert.equal(refused(asked, words).revoke, undefined)

describe('a refresh token that rotates', () => {
  test('[RFC9700 4.14.2] gives its successor, and the family goes on from there', () => {
    const facts = someFacts({ grant: rotated() })
    assert.deepEqual(refresh({ facts }), {
      kind: 'issue',
      change: { kind: 'rotate_refresh_token', grantId: GRANT_ID, from: 3, expiresAt: NOW + 24 * HOUR },
      issue: {
        scopes: ['openid', 'profile', 'email'],
        subject: { grant: facts.grant, account: facts.account },
        refreshGeneration: 4,
        idToken: 'refreshed',
      },
    })
  })

  test('that is the first one', () => {
    const decision = refresh({ generation: 1, grant: aRedeemedGrant() })
    assert.equal(decision.kind === 'issue' && decision.issue.refreshGeneration, 2)
  })

  describe('retried, because the answer was lost', () => {
    for (const [when, now] of [
      ['at once', ROTATED_AT],
      ['a second later', ROTATED_AT + SECOND],
      ['at the end of the window', ROTATED_AT + WINDOW],
      ['after the clock went back', ROTATED_AT - 5 * SECOND],
    ] as const) {
      test(`${when} gives the same successor and changes nothing`, () => {
        const decision = refresh({ generation: 2, now })
        assert.ok(decision.kind === 'issue')
        assert.equal(decision.change, undefined)
        assert.equal(decision.issue.refreshGeneration, 3)
        assert.equal(decision.issue.idToken, 'refreshed')
      })
    }

    test('[RFC9700 4.14.2] after the window it is reuse, and the family is revoked', () => {
      assertReused({ generation: 2, now: ROTATED_AT + WINDOW + 1 })
    })

    test('without a window every reuse is reuse', () => assertReused({ generation: 2, now: ROTATED_AT + 1, window: 0 }))

    test('where nothing says when it was rotated, it is reuse', () => {
      assertReused({ generation: 2, grant: rotated({ refreshRotatedAt: undefined }) })
    })
  })

  for (const generation of [0, 1]) {
    test(`[RFC9700 4.14.2] generation ${generation} of 3 is reuse, also within the window`, () => {
      assertReused({ generation, now: ROTATED_AT })
    })
  }

  for (const generation of [4, 5, 2 ** 32 - 1]) {
    test(`generation ${generation} of 3 was never issued (a restored database): refused, but nobody is a thief`, () => {
      const decision = refresh({ generation, now: ROTATED_AT })
      assert.ok(decision.kind === 'refuse')
      assert.equal(decision.error.code, 'invalid_grant')
      assert.equal(decision.revoke, undefined)
    })
  }
})

describe('a refresh token that does not rotate', () => {
  test('stays the same, and its idle end moves', () => {
    const decision = refresh({ client: steady, generation: 1, grant: aRedeemedGrant() })
    assert.ok(decision.kind === 'issue')
    assert.deepEqual(decision.change, { kind: 'extend_refresh_token', grantId: GRANT_ID, expiresAt: NOW + 24 * HOUR })
    assert.equal(decision.issue.refreshGeneration, 1)
  })

  test('is reuse when it is an old one from the time when it did', () => {
    assertReused({ client: steady, generation: 1 })
    assertReused({ client: steady, generation: 2, now: ROTATED_AT + WINDOW + 1 })
  })
})

describe('a refresh token that is not known', () => {
  const own = rotated()
  const other = rotated({ id: OTHER_GRANT_ID })
  const forged = Buffer.from(refreshToken(KEY, own, 3), 'base64url')
  forged[51] = (forged[51] ?? 0) ^ 1
  const UNKNOWN: readonly [what: string, Refresh][] = [
    ['malformed', { token: 'x' }],
    ['of no grant', { facts: undefined }],
    ['with a forged MAC', { token: forged.toString('base64url') }],
    ['made with another key', { token: refreshToken(createSecretKey(Buffer.alloc(32)), own, 3) }],
    ['made with another salt', { token: refreshToken(KEY, rotated({ refreshSalt: 'x' }), 3) }],
    ['of one grant against another', { token: refreshToken(KEY, other, 3) }],
    ['an old one with a forged MAC', { token: refreshToken(createSecretKey(Buffer.alloc(32)), own, 1) }],
  ]
  for (const [what, asked] of UNKNOWN) {
    test(`[RFC6749 5.2] ${what}: refused, and nothing is revoked`, () => assertHarmless(asked, /not known/))
  }

  test('asks for no facts when it is malformed', () => {
    const context = { refreshTokenKey: KEY, refreshRetryWindow: WINDOW, resources: NO_APIS }
    const grantIdOf = (refresh_token: string) =>
      refreshTokenGrant.parse(someParameters({ refresh_token }), rotating, context).grantId
    assert.equal(grantIdOf('x'), undefined)
    assert.equal(grantIdOf(refreshToken(KEY, own, 1)), GRANT_ID)
  })

  test('generation 0 is worth nothing where none was issued', () => {
    assertHarmless({ generation: 0, grant: aGrant({ codeConsumedAt: START }) }, /expired/)
  })

  test('[RFC6749 6] refresh_token is required', () => {
    assertRefused(() => refresh({ token: '' }), 'invalid_request', /refresh_token is missing/)
  })
})

describe('a refresh token in other hands', () => {
  test('[RFC6749 6] of another client is refused, whatever its generation, and nothing is revoked', () => {
    const client = aClient({ id: 'other', rotatesRefreshTokens: true })
    for (const generation of [1, 2, 3]) assertHarmless({ client, generation }, /another client/)
  })
})

describe('scope at a refresh', () => {
  const scopesOf = (scope?: string) => {
    const decision = refresh(scope === undefined ? {} : { scope })
    assert.ok(decision.kind === 'issue')
    return decision.issue
  }

  test('[RFC6749 6] may be narrowed, and the refresh token keeps all of it', () => {
    const issue = scopesOf('openid email')
    assert.deepEqual(issue.scopes, ['openid', 'email'])
    assert.deepEqual(issue.subject?.grant.scopes, ['openid', 'profile', 'email'])
  })

  test('[OpenID Connect Core 12.2] without openid there is no ID token', () => {
    const issue = scopesOf('email')
    assert.equal(issue.idToken, undefined)
  })

  for (const scope of ['openid phone', 'admin', ' ', 'openid "']) {
    test(`[RFC6749 6] is never widened, emptied or malformed: ${JSON.stringify(scope)}`, () => {
      assertRefused(() => refresh({ scope }), 'invalid_scope')
      assertRefused(() => refresh({ scope, generation: 2 }), 'invalid_scope')
    })
  }

  test('[ASVS 10.4.11] what was taken from the client’s entry since is not given again', () => {
    const client = aClient({ rotatesRefreshTokens: true, metadata: { scope: ['openid', 'email'] } })
    const decision = refresh({ client })
    assert.deepEqual(decision.kind === 'issue' && decision.issue.scopes, ['openid', 'email'])
    assertRefused(() => refresh({ client, scope: 'profile' }), 'invalid_scope')
  })

  test('[RFC6749 6] who repeats what was granted gets what is left of it', () => {
    const client = aClient({ rotatesRefreshTokens: true, metadata: { scope: ['openid', 'email'] } })
    const decision = refresh({ client, scope: 'openid profile email' })
    assert.deepEqual(decision.kind === 'issue' && decision.issue.scopes, ['openid', 'email'])
  })

  test('[RFC9700 4.14.2] reuse is answered as reuse, whatever it asks for', () => {
    assertReused({ generation: 1, scope: 'admin' })
  })
})

describe('a refresh token ends', () => {
  const expiresOf = (asked: Refresh) => {
    const decision = refresh(asked)
    assert.ok(decision.kind === 'issue' && decision.change && 'expiresAt' in decision.change)
    return decision.change.expiresAt
  }

  for (const client of [rotating, steady]) {
    const how = client === rotating ? 'rotating' : 'steady'
    test(`when it is not used for its lifetime: ${how}`, () => {
      const end = ROTATED_AT + 24 * HOUR
      assert.equal(expiresOf({ client, now: end - 1 }), end - 1 + 24 * HOUR)
      assertHarmless({ client, now: end }, /expired/)
    })

    test(`at the absolute end of its family, however often it is used: ${how}`, () => {
      const end = START + 30 * DAY
      const grant = rotated({ refreshExpiresAt: end, refreshRotatedAt: end - HOUR })
      assert.equal(expiresOf({ client, grant, now: end - HOUR }), end)
      assertHarmless({ client, grant, now: end }, /expired/)
    })

    test(`at an absolute end that was set shorter meanwhile: ${how}`, () => {
      const lifetimes = { ...client.lifetimes, refreshTokenAbsolute: 2 * HOUR }
      const shorter = aClient({ rotatesRefreshTokens: client.rotatesRefreshTokens, lifetimes })
      assert.equal(expiresOf({ client: shorter, now: START + 2 * HOUR - 1 }), START + 2 * HOUR)
      assertHarmless({ client: shorter, now: START + 2 * HOUR }, /expired/)
    })
  }

  test('an old one of an expired family is just expired', () => {
    assertHarmless({ generation: 1, now: ROTATED_AT + 24 * HOUR }, /expired/)
  })

  test('a grant without one has none', () => {
    assertHarmless({ generation: 3, grant: rotated({ refreshExpiresAt: undefined }) }, /expired/)
  })
})

describe('a refresh token whose grant is over', () => {
  const grant = rotated()
  const OVER: readonly [what: string, GrantFacts][] = [
    ['the account was disabled', someFacts({ grant, account: anAccount({ disabledAt: START }) })],
    ['the account was removed', someFacts({ grant, account: undefined })],
    ['it was revoked', someFacts({ grant: rotated({ revokedAt: START }) })],
    ['[OpenID Connect Core 11] the session ended', someFacts({ grant, session: aSession({ endedAt: START }) })],
    ['[OpenID Connect Core 11] the session expired', someFacts({ grant, session: aSession({ expiresAt: NOW }) })],
    ['[OpenID Connect Core 11] the session was swept away', someFacts({ grant, session: undefined })],
  ]
  for (const [what, facts] of OVER) {
    test(what, () => assertHarmless({ facts }, /signed out or the grant was revoked/))
  }

  test('[OpenID Connect Core 11] with offline_access it outlives the session', () => {
    const offline = rotated({ scopes: ['openid', 'offline_access'] })
    for (const session of [undefined, aSession({ endedAt: START }), aSession({ expiresAt: START })]) {
      assert.equal(refresh({ facts: someFacts({ grant: offline, session }) }).kind, 'issue')
    }
  })
})
