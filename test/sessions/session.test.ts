import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import { sha256 } from '../../src/base/hash.ts'
import { cookieOf } from '../../src/sessions/handles.ts'
import {
  endSession,
  findAllForClient,
  findEverybody,
  findSignedIn,
  findSignedInForClient,
  type SignedIn,
  startSession,
} from '../../src/sessions/session.ts'
import type { Account, Session, SessionStore } from '../../src/storage/storage.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { anAccount, aSession, SESSION_ID } from '../fixtures/records.ts'

const SECRET = 'a-session-secret'
const COOKIE = `${SESSION_ID}.${SECRET}`
const anna = anAccount()
const aConsent = {
  accountId: anna.id,
  clientId: 'wiki',
  scopes: ['openid'],
  claims: [],
  resources: [],
  shownHash: undefined,
  consentedAt: START,
}
const ben = anAccount({ id: 'sub-of-ben', username: 'Ben', usernameKey: 'ben' })

/** Sessions in memory, by the rules of the real store, and what was asked of it. */
function started(
  sessions: readonly Session[] = [aSession({ lastSeenAt: START })],
  accounts: readonly Account[] = [anna, ben],
) {
  const byId = new Map(sessions.map((session) => [session.id, session]))
  const calls: string[] = []
  const clock = fakeClock()
  const put = (id: string, changed: Partial<Session>): boolean => {
    const session = byId.get(id)
    if (session === undefined || session.endedAt !== undefined) return false
    byId.set(id, { ...session, ...changed })
    return true
  }
  const store: SessionStore = {
    async insert(session) {
      calls.push('insert')
      byId.set(session.id, session)
    },
    async find(id) {
      calls.push('find')
      const session = byId.get(id)
      const account = accounts.find((one) => one.id === session?.accountId)
      return session && account && { session, account }
    },
    async findForClient(id, clientId) {
      const found = await store.find(id)
      return found && { ...found, consent: clientId === 'wiki' ? aConsent : undefined }
    },
    async renew(id, renewed) {
      calls.push('renew')
      return put(id, renewed)
    },
    async touch(id, lastSeenAt) {
      calls.push('touch')
      put(id, { lastSeenAt })
    },
    async end(id, now) {
      calls.push('end')
      return put(id, { endedAt: now })
    },
    async choose() {
      calls.push('choose')
    },
    uses: async () => [],
    ofAccount: async () => [],
    endByAccount: async () => 0,
  }
  const lifetimes = { sessionIdle: 12 * HOUR, sessionAbsolute: 30 * DAY }
  const deliveries = { kick: () => void calls.push('kick') }
  const deps = { storage: { sessions: store }, lifetimes, deliveries, clock, random: fakeRandom() }
  return { byId, calls, clock, deps }
}

describe('whose browser this is', () => {
  test('that of the session and its account', async () => {
    const { deps } = started()
    assert.deepEqual(await findSignedIn(deps, COOKIE), { session: aSession({ lastSeenAt: START }), account: anna })
  })

  test('and what its account has allowed the client that asks', async () => {
    const { deps, clock, calls } = started()
    assert.deepEqual((await findSignedInForClient(deps, COOKIE, 'wiki'))?.consent, aConsent)
    assert.equal((await findSignedInForClient(deps, COOKIE, 'shop'))?.consent, undefined)
    assert.equal(await findSignedInForClient(deps, `${COOKIE}x`, 'wiki'), undefined)
    clock.advance(12 * HOUR - 1)
    assert.ok(await findSignedInForClient(deps, COOKIE, 'wiki'))
    assert.equal(calls.at(-1), 'touch')
    clock.advance(12 * HOUR)
    assert.equal(await findSignedInForClient(deps, COOKIE, 'wiki'), undefined)
  })

  const MALFORMED: readonly (string | undefined)[] = [
    undefined,
    '',
    '.',
    SESSION_ID,
    SECRET,
    `.${SECRET}`,
    `x.${SECRET}`,
    `__proto__.${SECRET}`,
    `${SESSION_ID.toUpperCase()}.${SECRET}`,
    `${COOKIE}.`,
    `${COOKIE}.x`,
  ]
  for (const cookie of MALFORMED) {
    test(`nobody’s, and not even looked up: ${cookie}`, async () => {
      const { deps, calls } = started()
      assert.equal(await findSignedIn(deps, cookie), undefined)
      assert.deepEqual(calls, [])
    })
  }

  for (const secret of ['', 'x', `${SECRET}x`, SECRET.slice(1), SECRET.toUpperCase(), sha256(SECRET)]) {
    test(`nobody’s with the secret ${JSON.stringify(secret)}`, async () => {
      const { deps, calls } = started()
      assert.equal(await findSignedIn(deps, `${SESSION_ID}.${secret}`), undefined)
      assert.ok(!calls.includes('touch'))
    })
  }

  const OVER: readonly [what: string, session: Partial<Session>, account?: Partial<Account>][] = [
    ['it has ended', { endedAt: START - 1 }],
    ['it has ended at the epoch', { endedAt: 0 }],
    ['its absolute time is over', { expiresAt: START }],
    ['its idle time is over', { lastSeenAt: START - 12 * HOUR }],
    ['the account is disabled', {}, { disabledAt: START - 1 }],
  ]
  for (const [what, session, account] of OVER) {
    test(`nobody’s, because ${what}`, async () => {
      const { deps } = started([aSession({ lastSeenAt: START, ...session })], [anAccount(account)])
      assert.equal(await findSignedIn(deps, COOKIE), undefined)
    })
  }

  test('nobody’s, because it is not known', async () => {
    assert.equal(await findSignedIn(started([]).deps, COOKIE), undefined)
  })

  test('somebody’s to the last millisecond of each time', async () => {
    const session = aSession({ lastSeenAt: START - 12 * HOUR + 1, expiresAt: START + 1 })
    assert.ok(await findSignedIn(started([session]).deps, COOKIE))
  })

  test('that it was seen is written at most once a minute', async () => {
    const { deps, clock, calls, byId } = started()
    for (const seconds of [1, 30, 29]) {
      clock.advance(seconds * SECOND)
      await findSignedIn(deps, COOKIE)
    }
    assert.deepEqual(calls, ['find', 'find', 'find'])
    clock.advance(1)
    await findSignedIn(deps, COOKIE)
    assert.deepEqual(calls.slice(3), ['find', 'touch'])
    assert.equal(byId.get(SESSION_ID)?.lastSeenAt, clock.now())
  })

  test('a short idle time is never missed for that', async () => {
    const { deps, clock } = started()
    const short = { ...deps, lifetimes: { ...deps.lifetimes, sessionIdle: 40 * SECOND } }
    for (let visit = 0; visit < 10; visit++) {
      clock.advance(21 * SECOND)
      assert.ok(await findSignedIn(short, COOKIE))
    }
    clock.advance(40 * SECOND)
    assert.equal(await findSignedIn(short, COOKIE), undefined)
  })
})

describe('a browser with several accounts', () => {
  const OTHER_ID = SESSION_ID.replace(/.$/, 'f')
  const hers = aSession({ lastSeenAt: START })
  const his = aSession({ id: OTHER_ID, accountId: ben.id, lastSeenAt: START })
  const BOTH = `${OTHER_ID}.${SECRET}~${COOKIE}`
  const names = (found: readonly { account: Account }[]) => found.map(({ account }) => account.username)

  test('the first is the active one, and alone is read', async () => {
    const { deps, calls } = started([hers, his])
    assert.equal((await findSignedIn(deps, BOTH))?.account, ben)
    assert.equal((await findSignedInForClient(deps, BOTH, 'wiki'))?.account, ben)
    assert.deepEqual(calls, ['find', 'find'])
  })

  for (const [what, gone, cookie] of [
    ['is over', { ...his, endedAt: START - 1 }, BOTH],
    ['was idle for too long', { ...his, lastSeenAt: START - 12 * HOUR }, BOTH],
    ['is planted: its secret is wrong', his, `${OTHER_ID}.guessed~${COOKIE}`],
  ] as const) {
    test(`whose first ${what}: the next is active`, async () => {
      const { deps } = started([hers, gone])
      assert.equal((await findSignedIn(deps, cookie))?.account, anna)
      const all = await findAllForClient(deps, cookie, 'wiki')
      assert.deepEqual(names(all.filter(({ isOver }) => !isOver)), ['Anna'])
      // Whose it was, is known where the browser has proven it.
      assert.deepEqual(names(all.filter(({ isOver }) => isOver)), cookie === BOTH ? ['Ben'] : [])
    })
  }

  test('everybody is found in order, and who was idle for too long is told apart', async () => {
    const { deps, calls } = started([hers, { ...his, lastSeenAt: START - 12 * HOUR }])
    const here = await findEverybody(deps, BOTH)
    assert.deepEqual(
      here.map(({ account, isIdle }) => `${account.username} ${isIdle}`),
      ['Ben true', 'Anna false'],
    )
    // To look on is not to use.
    assert.ok(!calls.includes('touch'))
  })
})

describe('signing in', () => {
  const amr = ['pwd']
  const seenAs = { userAgent: 'Firefox/120.0', address: '192.0.2.7' }

  test('begins a session whose cookie is not in the database', async () => {
    const { deps, byId } = started([])
    const { session, handle } = await startSession(deps, { account: anna, amr, previous: undefined, seenAs })
    assert.deepEqual(byId.get(session.id), session)
    const { id, secret } = handle
    assert.equal(id, session.id)
    assert.match(secret, /^[A-Za-z0-9_-]{43}$/)
    assert.ok(!JSON.stringify(session).includes(secret))
    assert.deepEqual(session, {
      id: session.id,
      secretHash: sha256(secret),
      accountId: anna.id,
      authenticatedAt: START,
      amr,
      createdAt: START,
      lastSeenAt: START,
      expiresAt: START + 30 * DAY,
      endedAt: undefined,
      ...seenAs,
    })
    assert.deepEqual(await findSignedIn(deps, cookieOf([handle])), { session, account: anna })
  })

  test('[ASVS 7.2.4] again as the same goes on with the session, under a new cookie', async () => {
    const { deps, clock, byId } = started()
    const previous = (await findSignedIn(deps, COOKIE))?.session
    clock.advance(HOUR)
    const { session, handle } = await startSession(deps, { account: anna, amr: ['pwd', 'otp'], previous, seenAs })
    assert.equal(session.id, SESSION_ID)
    assert.deepEqual(byId.get(SESSION_ID), session)
    assert.deepEqual(session.amr, ['pwd', 'otp'])
    assert.equal(session.createdAt, START - MINUTE)
    assert.deepEqual(
      [session.authenticatedAt, session.lastSeenAt, session.expiresAt],
      [START + HOUR, START + HOUR, START + HOUR + 30 * DAY],
    )
    assert.equal(await findSignedIn(deps, COOKIE), undefined)
    assert.ok(await findSignedIn(deps, cookieOf([handle])))
  })

  test('as somebody else leaves the session that was there', async () => {
    const { deps, byId } = started()
    const previous = (await findSignedIn(deps, COOKIE))?.session
    const { session, handle } = await startSession(deps, { account: ben, amr, previous, seenAs })
    assert.notEqual(session.id, SESSION_ID)
    assert.equal(byId.get(SESSION_ID)?.endedAt, undefined)
    assert.ok(await findSignedIn(deps, COOKIE))
    assert.equal((await findSignedIn(deps, cookieOf([handle])))?.account, ben)
  })

  test('again as the same, when the session was ended meanwhile, begins a new one', async () => {
    const { deps, byId } = started()
    const previous: SignedIn = { session: aSession(), account: anna }
    await endSession(deps, previous)
    const { session, handle } = await startSession(deps, { account: anna, amr, previous: previous.session, seenAs })
    assert.notEqual(session.id, SESSION_ID)
    assert.equal(byId.get(SESSION_ID)?.endedAt, START)
    assert.ok(await findSignedIn(deps, cookieOf([handle])))
  })

  test('twice gives two cookies', async () => {
    const { deps } = started([])
    const begin = () => startSession(deps, { account: anna, amr, previous: undefined, seenAs })
    const [one, other] = [await begin(), await begin()]
    assert.notEqual(one.handle.secret, other.handle.secret)
    assert.notEqual(one.session.id, other.session.id)
  })
})

test('signing out counts once', async () => {
  const { deps } = started()
  const signedIn = { session: aSession(), account: anna }
  assert.equal(await endSession(deps, signedIn), true)
  assert.equal(await endSession(deps, signedIn), false)
  assert.equal(await findSignedIn(deps, COOKIE), undefined)
})
