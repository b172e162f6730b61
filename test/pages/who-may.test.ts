/** Who is an admin: the rule by itself. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CLOCK_SKEW } from '../../src/base/clock.ts'
import { HOUR } from '../../src/base/duration.ts'
import type { AdminConfig } from '../../src/config/config.ts'
import { decideAdmin } from '../../src/pages/admin/who-may.ts'
import type { Account, Session } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { anAccount, aSession } from '../storage/records.ts'

const ADMIN: AdminConfig = { groups: ['ops', 'admins'], maxAge: HOUR, hasActions: false }

const signedIn = (
  groups: readonly string[] | undefined,
  session: Partial<Session> = {},
  account: Partial<Account> = {},
) => ({
  session: aSession('s', session),
  account: anAccount('ada', { claims: groups === undefined ? {} : { groups }, ...account }),
})

describe('who is an admin', () => {
  const cases = [
    ['in one of the groups', 'admit', signedIn(['staff', 'ops'])],
    ['in the other', 'admit', signedIn(['admins'])],
    ['nobody', 'sign_in', undefined],
    ['in another group', 'hide', signedIn(['staff'])],
    ['in a group of almost that name', 'hide', signedIn(['OPS', 'op', 'ops ', 'ops,admins'])],
    ['in no group', 'hide', signedIn([])],
    ['without the claim', 'hide', signedIn(undefined)],
    ['disabled', 'sign_in', signedIn(['ops'], {}, { disabledAt: START })],
    ['signed out', 'sign_in', signedIn(['ops'], { endedAt: START })],
    ['of a session that is over', 'sign_in', signedIn(['ops'], { expiresAt: START })],
    ['of somebody else’s session', 'sign_in', signedIn(['ops'], { accountId: 'bob' })],
    ['signed in just long enough ago', 'admit', signedIn(['ops'], { authenticatedAt: START - HOUR })],
    ['signed in too long ago', 'sign_in', signedIn(['ops'], { authenticatedAt: START - HOUR - 1 })],
    ['signed in too long ago and in no group', 'hide', signedIn(['staff'], { authenticatedAt: START - HOUR - 1 })],
    ['signed in by a clock a little ahead', 'admit', signedIn(['ops'], { authenticatedAt: START + CLOCK_SKEW })],
    ['signed in in the future', 'sign_in', signedIn(['ops'], { authenticatedAt: START + CLOCK_SKEW + 1 })],
  ] as const

  for (const [who, outcome, found] of cases) {
    test(`${who}: ${outcome}`, () => assert.equal(decideAdmin(ADMIN, found, START).kind, outcome))
  }

  test('whoever it is, there is no page without its section', () => {
    for (const [, , found] of cases) assert.equal(decideAdmin(undefined, found, START).kind, 'hide')
  })
})
