import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, HOUR } from '../../src/base/duration.ts'
import { liveGrant, refreshTokenEnd } from '../../src/protocol/grant.ts'
import { START } from '../fixtures/clock.ts'
import { aGrant, anAccount, aSession, someFacts } from '../fixtures/records.ts'

const OFFLINE = { scopes: ['openid', 'offline_access'] }

describe('a grant is alive', () => {
  test('while nothing has ended it', () => {
    const facts = someFacts()
    assert.deepEqual(liveGrant(facts, START), { grant: facts.grant, account: facts.account })
  })

  test('not when it is not known', () => assert.equal(liveGrant(undefined, START), undefined))

  test('not when it was revoked, even for later', () => {
    for (const revokedAt of [0, START, START + 1]) {
      assert.equal(liveGrant(someFacts({ grant: aGrant({ revokedAt }) }), START), undefined)
      assert.equal(liveGrant(someFacts({ grant: aGrant({ revokedAt, ...OFFLINE }) }), START), undefined)
    }
  })

  test('until its absolute end, and not at it', () => {
    const at = (now: number) => liveGrant(someFacts({ grant: aGrant({ expiresAt: START + 10 }) }), now)
    assert.ok(at(START + 9))
    assert.equal(at(START + 10), undefined)
    const offline = aGrant({ expiresAt: START + 10, ...OFFLINE })
    assert.equal(liveGrant(someFacts({ grant: offline }), START + 10), undefined)
  })

  test('not when its account was removed or disabled, offline_access or not', () => {
    for (const grant of [aGrant(), aGrant(OFFLINE)]) {
      assert.equal(liveGrant(someFacts({ grant, account: undefined }), START), undefined)
      assert.equal(liveGrant(someFacts({ grant, account: anAccount({ disabledAt: 0 }) }), START), undefined)
    }
  })

  describe('[OpenID Connect Core 11] without offline_access only while the end-user is signed in', () => {
    const OVER: readonly [how: string, session: ReturnType<typeof aSession> | undefined][] = [
      ['was swept away', undefined],
      ['ended', aSession({ endedAt: START - 1 })],
      ['ended at the epoch', aSession({ endedAt: 0 })],
      ['has reached its absolute end', aSession({ expiresAt: START })],
    ]
    for (const [how, session] of OVER) {
      test(`the session ${how}`, () => {
        assert.equal(liveGrant(someFacts({ session }), START), undefined)
        assert.ok(liveGrant(someFacts({ session, grant: aGrant(OFFLINE) }), START))
      })
    }
    test('the session is open to its last millisecond', () => {
      assert.ok(liveGrant(someFacts({ session: aSession({ expiresAt: START + 1 }) }), START))
    })
    test('a scope that only looks like it is none', () => {
      const grant = aGrant({ scopes: ['openid', 'offline_access_not', 'OFFLINE_ACCESS'] })
      assert.equal(liveGrant(someFacts({ session: undefined, grant }), START), undefined)
    })
  })
})

describe('[RFC9700 4.14.2] a refresh token ends', () => {
  const lifetimes = { refreshToken: DAY, refreshTokenAbsolute: 30 * DAY }
  test('when it is not used for its lifetime', () => {
    assert.equal(refreshTokenEnd(aGrant(), lifetimes, START + HOUR), START + HOUR + DAY)
  })
  test('at the absolute end of its family at the latest', () => {
    assert.equal(refreshTokenEnd(aGrant(), lifetimes, START + 29 * DAY + 1), START + 30 * DAY)
    assert.equal(refreshTokenEnd(aGrant(), lifetimes, START + 40 * DAY), START + 30 * DAY)
  })
})
