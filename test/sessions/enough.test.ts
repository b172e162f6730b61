/** The truth table of what is enough: nothing else decides it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY } from '../../src/base/duration.ts'
import { type EnoughFacts, enough, mayBeDue, NOTHING_WANTED } from '../../src/sessions/enough.ts'

const POLICY = { requiredOf: 'nobody', requiredGroups: ['admins'], rememberDevice: 30 * DAY, isOffered: true } as const

interface Row {
  readonly policy?: Partial<EnoughFacts['policy']>
  readonly wanted?: Partial<EnoughFacts['wanted']>
  readonly groups?: readonly string[]
  readonly amr?: readonly string[]
  readonly isSession?: boolean
  readonly arePasskeysOn?: boolean
}

const factsOf = (row: Row, has: 'none' | 'has' | 'remembered' | 'passkey'): EnoughFacts => ({
  policy: { ...POLICY, ...row.policy },
  wanted: { ...NOTHING_WANTED, ...row.wanted },
  groups: row.groups ?? [],
  proof: { amr: row.amr ?? ['pwd'], isSession: row.isSession ?? false },
  hasApp: has === 'has' || has === 'remembered',
  hasPasskey: has === 'passkey',
  arePasskeysOn: row.arePasskeysOn ?? true,
  isRemembered: has === 'remembered',
})

const everyone = { policy: { requiredOf: 'everyone' } } as const
const both = ['pwd', 'otp', 'mfa']
const essential = (...requiredAcrs: string[]) => ({ requiredAcrs, acrValues: requiredAcrs })

/** For an account that has none, that has one, and that has one and is remembered here. */
const TABLE: readonly (readonly [what: string, row: Row, none: string, has: string, remembered: string])[] = [
  ['a password just now', {}, 'nothing', 'second_factor', 'nothing'],
  ['a session of a password', { isSession: true }, 'nothing', 'nothing', 'nothing'],
  ['both', { amr: both }, 'nothing', 'nothing', 'nothing'],

  ['everyone needs one', everyone, 'enrol', 'second_factor', 'nothing'],
  ['everyone, in a session', { ...everyone, isSession: true }, 'enrol', 'second_factor', 'nothing'],
  ['everyone, proven', { ...everyone, amr: both }, 'nothing', 'nothing', 'nothing'],
  [
    'everyone, though none is offered',
    { policy: { requiredOf: 'everyone', isOffered: false } },
    'enrol',
    'second_factor',
    'nothing',
  ],
  ['a group needs one', { groups: ['staff', 'admins'] }, 'enrol', 'second_factor', 'nothing'],
  ['another group', { groups: ['staff'], isSession: true }, 'nothing', 'nothing', 'nothing'],
  [
    'the client needs one',
    { wanted: { isRequiredByClient: true }, isSession: true },
    'enrol',
    'second_factor',
    'nothing',
  ],

  ['aal2 wished for', { wanted: { acrValues: ['aal2'] } }, 'nothing', 'second_factor', 'second_factor'],
  [
    'aal2 wished for, in a session',
    { wanted: { acrValues: ['aal2'] }, isSession: true },
    'nothing',
    'second_factor',
    'second_factor',
  ],
  [
    'aal1 wished for first',
    { wanted: { acrValues: ['aal1', 'aal2'] }, isSession: true },
    'nothing',
    'nothing',
    'nothing',
  ],
  ['aal1 wished for just now', { wanted: { acrValues: ['aal1'] } }, 'nothing', 'second_factor', 'nothing'],
  [
    'something unknown, then aal2',
    { wanted: { acrValues: ['loa9', 'aal2'] }, isSession: true },
    'nothing',
    'second_factor',
    'second_factor',
  ],
  ['aal2 wished for and there', { wanted: { acrValues: ['aal2'] }, amr: both }, 'nothing', 'nothing', 'nothing'],

  ['aal2 essential', { wanted: essential('aal2'), isSession: true }, 'enrol', 'second_factor', 'second_factor'],
  [
    'aal2 essential and none offered',
    { wanted: essential('aal2'), policy: { isOffered: false }, isSession: true },
    'unmet',
    'second_factor',
    'second_factor',
  ],
  [
    'aal2 essential and there',
    { wanted: essential('aal2'), amr: both, isSession: true },
    'nothing',
    'nothing',
    'nothing',
  ],
  [
    'aal2 or aal1 essential',
    { wanted: essential('aal2', 'aal1'), isSession: true },
    'nothing',
    'second_factor',
    'second_factor',
  ],
  [
    'aal2 essential, aal1 wished for',
    { wanted: { requiredAcrs: ['aal2'], acrValues: ['aal2', 'aal1'] }, isSession: true },
    'enrol',
    'second_factor',
    'second_factor',
  ],
  ['what is not here essential', { wanted: essential('loa9'), isSession: true }, 'unmet', 'unmet', 'unmet'],
]

describe('what is due after what was proven', () => {
  for (const [what, row, none, has, remembered] of TABLE) {
    test(`${what}: ${none}, ${has}, ${remembered}`, () => {
      assert.deepEqual(
        (['none', 'has', 'remembered'] as const).map((state) => enough(factsOf(row, state))),
        [none, has, remembered],
      )
    })
  }

  /** For an account whose only factor beside the password is a passkey, and for one that has an app. */
  const PASSKEYS: readonly (readonly [what: string, row: Row, passkey: string, app: string])[] = [
    ['a password just now is worth no less for it', {}, 'nothing', 'second_factor'],
    ['it alone, verified', { amr: ['pop', 'user', 'mfa'] }, 'nothing', 'nothing'],
    ['everyone needs a second factor', everyone, 'second_factor', 'second_factor'],
    ['everyone, it alone', { ...everyone, amr: ['pop', 'user', 'mfa'] }, 'nothing', 'nothing'],
    ['aal2 wished for', { wanted: { acrValues: ['aal2'] }, isSession: true }, 'second_factor', 'second_factor'],
    ['phr wished for', { wanted: { acrValues: ['phr'] }, isSession: true }, 'passkey', 'nothing'],
    ['phr wished for just now', { wanted: { acrValues: ['phr'] } }, 'passkey', 'second_factor'],
    ['phr wished for first', { wanted: { acrValues: ['phr', 'aal2'] }, isSession: true }, 'passkey', 'second_factor'],
    ['phr essential', { wanted: essential('phr'), isSession: true }, 'passkey', 'enrol_passkey'],
    [
      'phr essential after a code',
      { wanted: essential('phr'), amr: both, isSession: true },
      'passkey',
      'enrol_passkey',
    ],
    ['phr essential and there', { wanted: essential('phr'), amr: ['pwd', 'pop', 'mfa'] }, 'nothing', 'nothing'],
    ['phr or aal2 essential', { wanted: essential('phr', 'aal2'), isSession: true }, 'passkey', 'second_factor'],
  ]
  for (const [what, row, passkey, app] of PASSKEYS) {
    test(`${what}: with a passkey ${passkey}, with an app ${app}`, () => {
      assert.deepEqual([enough(factsOf(row, 'passkey')), enough(factsOf(row, 'has'))], [passkey, app])
      if (!mayBeDue(factsOf(row, 'none'))) assert.deepEqual([passkey, app], ['nothing', 'nothing'])
    })
  }

  test('what only a passkey can be is out of reach where there are none', () => {
    const row = { wanted: essential('phr'), isSession: true, arePasskeysOn: false }
    assert.equal(enough(factsOf(row, 'has')), 'unmet')
    assert.equal(enough(factsOf({ ...row, wanted: { acrValues: ['phr'] } }, 'has')), 'nothing')
  })

  test('whoever need not be looked at is never due anything', () => {
    for (const [what, row] of TABLE) {
      const dues = (['none', 'has', 'remembered'] as const).map((state) => enough(factsOf(row, state)))
      if (!mayBeDue(factsOf(row, 'none'))) assert.deepEqual(dues, ['nothing', 'nothing', 'nothing'], what)
    }
    assert.equal(mayBeDue(factsOf({ isSession: true }, 'none')), false)
    assert.equal(mayBeDue(factsOf({ amr: both }, 'none')), false)
  })
})
