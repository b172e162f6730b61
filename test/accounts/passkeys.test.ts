/** What proves who somebody is, and what does not: answers of a real authenticator's format, in a database. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  MOST_PASSKEYS,
  passkeyCreation,
  passkeyName,
  passkeyRequest,
  proveByPasskey,
  registerPasskey,
  removePasskey,
} from '../../src/accounts/passkeys.ts'
import { MINUTE } from '../../src/base/duration.ts'
import type { Account } from '../../src/storage/storage.ts'
import { type Algorithm, type Authenticator, authenticator, type Lies } from '../fixtures/authenticator.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import type { TestApp } from '../fixtures/test-app.ts'

const PASSKEYS = { rpId: 'login.example', isOffered: true }
const ORIGIN = 'https://login.example'
const PLACE = 'sign-in in one browser'

async function enrol(one: TestApp, account: Account, device: Authenticator, lies: Lies = {}) {
  const asked = await passkeyCreation(one.deps, PLACE, account)
  return registerPasskey(one.deps, { place: PLACE, json: device.create(asked, lies), account, device: undefined })
}

const ask = (one: TestApp, place = PLACE) => passkeyRequest(one.deps, place, { userVerification: 'required' })

const prove = (one: TestApp, json: string, different: Partial<Parameters<typeof proveByPasskey>[1]> = {}) =>
  proveByPasskey(one.deps, { place: PLACE, json, userVerification: 'required', ...different })

let names = 0
const anybody = (one: TestApp) => one.addAccount({ username: `person-${++names}`, claims: {} })

describe('passkeys', () => {
  const app = suiteApp({ config: { passkeys: PASSKEYS } })

  for (const algorithm of ['ES256', 'EdDSA', 'RS256'] satisfies Algorithm[]) {
    test(`[WebAuthn 7.1, 7.2] ${algorithm}: made and used`, async () => {
      const one = app()
      const account = await anybody(one)
      const device = authenticator({ origin: ORIGIN, algorithm })
      const made = await enrol(one, account, device)
      assert.ok(made.kind === 'added')
      assert.deepEqual(
        [made.passkey.id, made.passkey.accountId, made.passkey.isBackupEligible, made.passkey.transports],
        [device.id, account.id, true, ['internal', 'hybrid']],
      )
      const outcome = await prove(one, device.get(ask(one)))
      assert.ok(outcome.kind === 'proven')
      assert.deepEqual([outcome.passkey.id, outcome.amr], [device.id, ['pop', 'user', 'mfa']])
      assert.equal((await one.storage.passkeys.find(device.id))?.lastUsedAt, one.clock.now())
    })
  }

  const LIES: readonly (readonly [what: string, lies: Lies, reason: string])[] = [
    ['7.2 step 13] another origin', { origin: 'https://login.example.evil' }, 'wrong'],
    ['7.2 step 13] another port', { origin: 'https://login.example:8443' }, 'wrong'],
    ['7.2 step 15] another domain', { rpId: 'evil.example' }, 'wrong'],
    ['7.2 step 11] what was made to register', { type: 'webauthn.create' }, 'wrong'],
    ['7.2 step 14] inside another site', { crossOrigin: true }, 'malformed'],
    ['7.2 step 16] nobody was there', { isPresent: false }, 'wrong'],
    ['7.2 step 17] the device did not verify who it was', { isVerified: false }, 'not_verified'],
    ['7.2 step 18] it is on several devices all of a sudden', { isSynced: false }, 'wrong'],
    ['7.2 step 20] a changed answer', { isTampered: true }, 'wrong'],
    ['7.2 step 12] a challenge of nobody', { challenge: 'A'.repeat(75) }, 'old_challenge'],
    ['7.2 step 12] no challenge', { challenge: '' }, 'malformed'],
    ['7.2 step 6] another user handle', { userHandle: 'c29tZWJvZHk' }, 'unknown'],
    ['7.2 step 6] no user handle', { userHandle: undefined }, 'unknown'],
    ['7.2 step 6] an unknown passkey', { id: 'AAAA' }, 'unknown'],
  ]
  for (const [what, lies, reason] of LIES) {
    test(`[WebAuthn ${what}: ${reason}`, async () => {
      const one = app()
      const device = authenticator({ origin: ORIGIN })
      await enrol(one, await anybody(one), device)
      const outcome = await prove(one, device.get(ask(one), lies))
      assert.equal(outcome.kind === 'refused' && outcome.reason, reason)
    })
  }

  test('what is no answer at all is refused', async () => {
    for (const json of [
      '',
      'null',
      '[]',
      '{}',
      '{"id":1}',
      '{"id":"a","response":{"clientDataJSON":"e30"}}',
      '{"id":"a"',
    ]) {
      const outcome = await prove(app(), json)
      assert.equal(outcome.kind === 'refused' && outcome.reason, 'malformed', json)
    }
  })

  test('a signature of another key under the id of this one', async () => {
    const one = app()
    const [mine, theirs] = [authenticator({ origin: ORIGIN }), authenticator({ origin: ORIGIN })]
    const made = await enrol(one, await anybody(one), mine)
    await enrol(one, await anybody(one), theirs)
    assert.ok(made.kind === 'added')
    const json = theirs.get(ask(one), { id: mine.id, userHandle: made.passkey.userHandle })
    const outcome = await prove(one, json)
    assert.equal(outcome.kind === 'refused' && outcome.reason, 'wrong')
  })

  test('[WebAuthn 13.4.3] a challenge counts once, of 20 at once for one, also when the first answer was wrong', async () => {
    const one = app()
    const device = authenticator({ origin: ORIGIN })
    await enrol(one, await anybody(one), device)
    const asked = ask(one)
    const json = device.get(asked)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => prove(one, json)))
    assert.equal(outcomes.filter(({ kind }) => kind === 'proven').length, 1)
    const another = ask(one)
    await prove(one, device.get(another, { isTampered: true }))
    const after = await prove(one, device.get(another))
    assert.equal(after.kind === 'refused' && after.reason, 'old_challenge')
  })

  test('a challenge is good in its place, for five minutes, and not before it was made', async () => {
    const one = app()
    const device = authenticator({ origin: ORIGIN })
    await enrol(one, await anybody(one), device)
    const elsewhere = await prove(one, device.get(ask(one, 'another browser')))
    assert.equal(elsewhere.kind === 'refused' && elsewhere.reason, 'old_challenge')
    const late = device.get(ask(one))
    one.clock.advance(5 * MINUTE)
    const tooLate = await prove(one, late)
    assert.equal(tooLate.kind === 'refused' && tooLate.reason, 'old_challenge')
    const inTime = device.get(ask(one))
    one.clock.advance(5 * MINUTE - 1)
    assert.equal((await prove(one, inTime)).kind, 'proven')
  })

  test('a challenge for another page makes no passkey', async () => {
    const one = app()
    const account = await anybody(one)
    const device = authenticator({ origin: ORIGIN })
    const asked = await passkeyCreation(one.deps, 'another page', account)
    const made = await registerPasskey(one.deps, {
      place: PLACE,
      json: device.create(asked),
      account,
      device: undefined,
    })
    assert.deepEqual(made, { kind: 'refused', reason: 'old_challenge' })
  })

  const BAD: readonly (readonly [string, Lies])[] = [
    ['another origin', { origin: 'https://evil.example' }],
    ['another domain', { rpId: 'evil.example' }],
    ['nobody verified', { isVerified: false }],
    ['nobody present', { isPresent: false }],
    ['an answer to another question', { type: 'webauthn.get' }],
    ['another id than in what is attested', { id: 'AAAA' }],
  ]
  for (const [what, lies] of BAD) {
    test(`[WebAuthn 7.1] is not made: ${what}`, async () => {
      const one = app()
      const account = await anybody(one)
      assert.deepEqual(await enrol(one, account, authenticator({ origin: ORIGIN }), lies), {
        ...{ kind: 'refused', reason: 'wrong' },
      })
      assert.deepEqual(await one.storage.passkeys.ofAccount(account.id), [])
    })
  }

  test('[WebAuthn 7.1 step 26] one that somebody has is nobody else’s', async () => {
    const one = app()
    const device = authenticator({ origin: ORIGIN })
    const [mine, theirs] = [await anybody(one), await anybody(one)]
    await enrol(one, mine, device)
    assert.deepEqual(await enrol(one, theirs, device), { kind: 'refused', reason: 'taken' })
    assert.equal((await one.storage.passkeys.find(device.id))?.accountId, mine.id)
  })

  test('of another account it is no second factor', async () => {
    const one = app()
    const device = authenticator({ origin: ORIGIN })
    await enrol(one, await anybody(one), device)
    const somebody = await anybody(one)
    const outcome = await prove(one, device.get(ask(one)), { accountId: somebody.id, userVerification: 'preferred' })
    assert.equal(outcome.kind === 'refused' && outcome.reason, 'unknown')
  })

  test('as a second factor it need not be verified, and then is one factor', async () => {
    const one = app()
    const account = await anybody(one)
    const device = authenticator({ origin: ORIGIN })
    await enrol(one, account, device)
    const json = device.get(ask(one), { isVerified: false, userHandle: undefined })
    const outcome = await prove(one, json, { accountId: account.id, userVerification: 'preferred' })
    assert.deepEqual(outcome.kind === 'proven' && outcome.amr, ['pop'])
  })

  test('[WebAuthn 6.1.1] a count that does not grow is a copy, and refused; the right one goes on', async () => {
    const one = app()
    const device = authenticator({ origin: ORIGIN, counts: true, isSynced: false })
    await enrol(one, await anybody(one), device)
    assert.equal((await prove(one, device.get(ask(one)))).kind, 'proven')
    for (const signCount of [2, 1, 0]) {
      const copy = await prove(one, device.get(ask(one), { signCount }))
      assert.equal(copy.kind === 'refused' && copy.reason, 'sign_count')
      assert.equal(copy.passkey?.id, device.id)
    }
    assert.equal((await prove(one, device.get(ask(one)))).kind, 'proven')
  })

  test('all of an account know it by one handle, which is neither its sub nor its name', async () => {
    const one = app()
    const account = await anybody(one)
    const [first, second] = [authenticator({ origin: ORIGIN }), authenticator({ origin: ORIGIN })]
    const handles = []
    for (const device of [first, second]) {
      const asked = await passkeyCreation(one.deps, PLACE, account)
      handles.push(asked.user.id)
      await registerPasskey(one.deps, { place: PLACE, json: device.create(asked), account, device: undefined })
    }
    assert.equal(handles[0], handles[1])
    assert.match(handles[0] ?? '', /^[A-Za-z0-9_-]{43}$/)
    assert.ok(!Buffer.from(handles[0] ?? '', 'base64url').includes(account.id))
    const other = await passkeyCreation(one.deps, PLACE, await anybody(one))
    assert.notEqual(other.user.id, handles[0])
    const asked = await passkeyCreation(one.deps, PLACE, account)
    assert.deepEqual(asked.excludeCredentials.map(({ id }) => id).toSorted(), [first.id, second.id].toSorted())
  })

  test('names: after who keeps it or the device, each once; and there are so many at most', async () => {
    const one = app()
    const account = await anybody(one)
    const google = 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4'
    const names: string[] = []
    for (let n = 0; n < MOST_PASSKEYS; n += 1) {
      const made = await enrol(one, account, authenticator({ origin: ORIGIN, ...(n < 2 && { aaguid: google }) }))
      assert.ok(made.kind === 'added')
      names.push(made.passkey.name)
    }
    assert.deepEqual(names.slice(0, 4), [
      'Google Password Manager',
      'Google Password Manager 2',
      'Passkey',
      'Passkey 2',
    ])
    assert.equal(new Set(names).size, MOST_PASSKEYS)
    const one_more = await enrol(one, account, authenticator({ origin: ORIGIN }))
    assert.deepEqual(one_more, { kind: 'refused', reason: 'too_many' })
    assert.equal(passkeyName('  My\u202e\tphone \n'), 'My phone')
    assert.equal(passkeyName(' \u200b '), undefined)
    assert.equal(passkeyName('x'.repeat(100))?.length, 48)
  })

  test('the only way in stays, of two that go at once one; an operator may take it', async () => {
    const one = app()
    const account = await one.addAccount({ username: 'passwordless', claims: {}, passwordHash: undefined })
    const devices = [authenticator({ origin: ORIGIN }), authenticator({ origin: ORIGIN })]
    for (const device of devices) await enrol(one, account, device)
    const gone = await Promise.all(devices.map(({ id }) => removePasskey(one.deps, { account, id })))
    assert.deepEqual(gone.toSorted(), ['last', 'removed'])
    const [left] = await one.storage.passkeys.ofAccount(account.id)
    assert.ok(left)
    assert.equal(await removePasskey(one.deps, { account, id: left.id, byForce: true }), 'removed')
    assert.equal(await removePasskey(one.deps, { account, id: left.id }), 'gone')
  })

  test('with the last factor go the recovery codes; another account’s stays where it is', async () => {
    const one = app()
    const [account, other] = [await anybody(one), await anybody(one)]
    const device = authenticator({ origin: ORIGIN })
    await enrol(one, account, device)
    await one.storage.recoveryCodes.replace(account.id, ['h'], one.clock.now())
    assert.equal(await removePasskey(one.deps, { account: other, id: device.id }), 'gone')
    assert.equal((await one.storage.recoveryCodes.count(account.id)).left, 1)
    assert.equal(await removePasskey(one.deps, { account, id: device.id }), 'removed')
    assert.equal((await one.storage.recoveryCodes.count(account.id)).left, 0)
  })
})
