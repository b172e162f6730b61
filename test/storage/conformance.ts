/** What every storage must do, asked of each database alike. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { DAY, HOUR } from '../../src/base/duration.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { accountApps } from './account-apps.ts'
import { adminLists } from './admin-lists.ts'
import { configEntries } from './config-entries.ts'
import { instances } from './instances.ts'
import { jwksFetches } from './jwks-fetches.ts'
import { oneTimeCodes } from './one-time-codes.ts'
import { outbox } from './outbox.ts'
import { ownAccounts } from './own-accounts.ts'
import { passkeys } from './passkeys.ts'
import { provenAccounts } from './proven-accounts.ts'
import {
  aConsent,
  aGrant,
  anAccount,
  anInteraction,
  aPushedRequest,
  aRegisteredClient,
  aSession,
  aSigningKey,
} from './records.ts'
import { refusals } from './refusals.ts'
import { secondFactors } from './second-factors.ts'
import { securityNotices } from './security-notices.ts'
import { throttles } from './throttles.ts'
import { upstream } from './upstream.ts'

const LATER = START + 1000

/** Calls `attempt` 50 times at once; gives how many were told that they won. */
async function winners(attempt: (i: number) => Promise<boolean>): Promise<number> {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => attempt(i)))
  return answers.filter(Boolean).length
}

/** Registers the suite for the database that `freshUrl` makes. */
export function conformance(freshUrl: () => Promise<string>): void {
  const opened = new Set<Storage>()
  let ofThisTest: Storage[] = []
  let storage: Storage
  const fresh = async (): Promise<Storage> => {
    const made = await openStorage({ url: await freshUrl() })
    opened.add(made)
    ofThisTest.push(made)
    return made
  }
  before(async () => {
    storage = await fresh()
  })
  const close = async (storages: Iterable<Storage>): Promise<void> => {
    await Promise.all(Array.from(storages, (each) => opened.delete(each) && each.close()))
  }
  // At once, not behind the last test: a server takes so many connections and no more.
  beforeEach(() => {
    ofThisTest = []
  })
  afterEach(() => close(ofThisTest))
  after(() => close(opened))
  const ask = (): Storage => storage

  test('it answers a ping', () => storage.ping())
  test('once open, every migration is applied', async () => assert.equal(await storage.isMigrated(), true))
  describe('accounts', () => accounts(ask))
  describe('removing an account', () => removal(ask))
  describe('sessions', () => sessions(ask))
  describe('interactions', () => interactions(ask))
  describe('pushed requests', () => pushedRequests(ask))
  describe('consents', () => consents(ask))
  describe('grants', () => grants(ask))
  describe('refresh tokens', () => refreshTokens(ask))
  describe('revoked tokens', () => revokedTokens(ask))
  describe('used tokens', () => usedTokens(ask))
  describe('registered clients', () => registeredClients(fresh))
  describe('signing keys', () => signingKeys(fresh))
  describe('who fetches the keys', () => jwksFetches(fresh))
  describe('leases', () => leases(ask))
  describe('instances', () => instances(fresh))
  outbox(fresh)
  describe('security notices', () => securityNotices(fresh))
  describe('apps with access', () => accountApps(fresh))
  describe('refusals', () => refusals(fresh))
  describe('throttles', () => throttles(fresh))
  describe('second factors', () => secondFactors(ask))
  passkeys(ask)
  upstream(ask)
  describe('one-time codes', () => oneTimeCodes(ask, fresh))
  describe('accounts that their owners change', () => ownAccounts(ask))
  describe('accounts whose address is proven', () => provenAccounts(ask))
  describe('lists for admins', () => adminLists(fresh))
  configEntries(fresh)
  describe('the sweep', () => sweeping(fresh))
  describe('hostile input', () => hostileInput(ask))
}

function accounts(ask: () => Storage): void {
  test('an account comes back as it went in', async () => {
    const full = anAccount('full', { disabledAt: LATER })
    const bare = anAccount('bare', { emailKey: undefined, passwordHash: undefined, claims: {} })
    for (const account of [full, bare]) {
      assert.equal(await ask().accounts.insert(account), true)
      assert.deepEqual(await ask().accounts.find(account.id), account)
      assert.deepEqual(await ask().accounts.findByUsername(account.usernameKey), account)
    }
    assert.equal(await ask().accounts.find('nobody'), undefined)
    assert.equal(await ask().accounts.findByUsername('nobody'), undefined)
  })

  test('a username is taken once', async () => {
    assert.equal(await ask().accounts.insert(anAccount('unique')), true)
    assert.equal(await ask().accounts.insert(anAccount('other', { usernameKey: 'unique' })), false)
    assert.equal(await ask().accounts.find('other'), undefined)
  })

  test('of 50 at once with one username, one is inserted', async () => {
    assert.equal(await winners((i) => ask().accounts.insert(anAccount(`race-${i}`, { usernameKey: 'race' }))), 1)
  })

  test('an e-mail address finds at most two', async () => {
    for (const id of ['mail-1', 'mail-2', 'mail-3'])
      await ask().accounts.insert(anAccount(id, { emailKey: 'shared@example.test' }))
    assert.equal((await ask().accounts.findByEmail('shared@example.test')).length, 2)
    assert.deepEqual(await ask().accounts.findByEmail('full@example.test'), [await ask().accounts.find('full')])
    assert.deepEqual(await ask().accounts.findByEmail('nobody@example.test'), [])
  })

  test('the list goes on after the last username', async () => {
    const names: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await ask().accounts.list({ after, limit: 2 })
      assert.ok(page.length <= 2)
      if (page.length === 0) break
      names.push(...page.map((account) => account.usernameKey))
      after = names.at(-1)
    }
    assert.deepEqual(names, [...new Set(names)])
    assert.ok(['bare', 'full', 'mail-1', 'mail-2', 'mail-3', 'race', 'unique'].every((name) => names.includes(name)))
  })

  test('a password is set, and disabling is, with the time', async () => {
    await ask().accounts.insert(anAccount('changed'))
    assert.equal(await ask().accounts.setPasswordHash('changed', 'new', LATER), true)
    assert.equal(await ask().accounts.setDisabled('changed', LATER, LATER + 1), true)
    const changed = anAccount('changed', { passwordHash: 'new', disabledAt: LATER, updatedAt: LATER + 1 })
    assert.deepEqual(await ask().accounts.find('changed'), changed)
    assert.equal(await ask().accounts.setDisabled('changed', undefined, LATER + 2), true)
    assert.equal((await ask().accounts.find('changed'))?.disabledAt, undefined)
    assert.equal(await ask().accounts.setPasswordHash('nobody', 'new', LATER), false)
    assert.equal(await ask().accounts.setDisabled('nobody', LATER, LATER), false)
  })

  test('a rehash never undoes a change of password', async () => {
    await ask().accounts.insert(anAccount('rehash', { passwordHash: 'old' }))
    assert.equal(await winners((i) => ask().accounts.replacePasswordHash('rehash', 'old', `new-${i}`)), 1)
    assert.equal(await ask().accounts.replacePasswordHash('rehash', 'old', 'late'), false)
    assert.match((await ask().accounts.find('rehash'))?.passwordHash ?? '', /^new-/)
    assert.equal(await ask().accounts.replacePasswordHash('nobody', 'old', 'new'), false)
  })

  test('many accounts go in at once, but for those whose id or username is taken', async () => {
    await ask().accounts.insert(anAccount('there'))
    const accounts = [
      anAccount('many-1', { passwordHash: 'h', emailKey: undefined, disabledAt: LATER }),
      anAccount('there', { usernameKey: 'many-2' }),
      anAccount('many-3', { usernameKey: 'there' }),
      anAccount('many-4'),
    ]
    const inserted = await ask().accounts.insertAll(accounts.map((account) => ({ account, importedHash: undefined })))
    assert.deepEqual(inserted, new Set(['many-1', 'many-4']))
    assert.deepEqual(await ask().accounts.find('many-1'), accounts[0])
    assert.equal((await ask().accounts.find('there'))?.usernameKey, 'there')
    assert.deepEqual(await ask().accounts.insertAll([]), new Set())
  })

  test('of several that import the same account at once, one does', async () => {
    const one = { account: anAccount('import-race'), importedHash: undefined }
    assert.equal(await winners(async () => (await ask().accounts.insertAll([one])).size === 1), 1)
  })

  test('accounts are found by any of their keys, each once', async () => {
    await ask().accounts.insert(anAccount('any-1', { emailKey: 'any@example.test' }))
    for (const id of ['any-2', 'any-3']) await ask().accounts.insert(anAccount(id))
    const found = await ask().accounts.findAny({
      ids: ['any-2', 'nobody'],
      usernameKeys: ['any-3', 'any-2'],
      emailKeys: ['any@example.test'],
    })
    assert.deepEqual(found.map(({ id }) => id).toSorted(), ['any-1', 'any-2', 'any-3'])
    assert.deepEqual(await ask().accounts.findAny({ ids: [], usernameKeys: [], emailKeys: [] }), [])
  })

  test('claims change with the address that is looked up, and nothing else does', async () => {
    const account = anAccount('claims-change', { passwordHash: 'kept' })
    await ask().accounts.insert(account)
    const change = {
      username: 'Claims-Change',
      emailKey: 'new@example.test',
      claims: { name: 'New' },
      updatedAt: LATER,
    }
    assert.equal(await ask().accounts.setClaims('claims-change', change), true)
    assert.deepEqual(await ask().accounts.find('claims-change'), { ...account, ...change })
    assert.equal(await ask().accounts.setClaims('nobody', change), false)
  })

  test('hashes that accounts came with are counted by their cost, and those that have made way', async () => {
    const came = (id: string, importedHash: string | undefined) => ({
      account: anAccount(id, { passwordHash: `hash of ${id}` }),
      importedHash,
    })
    const before = await ask().accounts.importedHashes()
    assert.deepEqual(before, { accounts: 0, costs: [] })
    await ask().accounts.insertAll([
      came('came-1', '$b'),
      came('came-2', '$a'),
      came('came-3', '$b'),
      came('came-4', '$b'),
    ])
    await ask().accounts.insertAll([came('came-5', undefined)])
    await ask().accounts.replacePasswordHash('came-1', 'hash of came-1', 'ours')
    await ask().accounts.setPasswordHash('came-3', 'ours', LATER)
    const { accounts, costs } = await ask().accounts.importedHashes()
    assert.deepEqual(costs, [
      { cost: '$a', accounts: 1, left: 1 },
      { cost: '$b', accounts: 3, left: 1 },
    ])
    assert.ok(accounts >= 5)
  })
}

function removal(ask: () => Storage): void {
  test('it takes sessions, consents and grants with it, and no one else’s', async () => {
    for (const id of ['gone', 'stays']) {
      await ask().accounts.insert(anAccount(id))
      await ask().sessions.insert(aSession(`session of ${id}`, { accountId: id }))
      await ask().consents.add(aConsent({ accountId: id }))
      await ask().grants.insert(aGrant(`grant of ${id}`, { accountId: id, sessionId: `session of ${id}` }))
    }
    assert.equal(await ask().accounts.remove('gone'), true)
    assert.equal(await ask().accounts.remove('gone'), false)
    assert.equal(await ask().accounts.find('gone'), undefined)
    assert.equal(await ask().sessions.find('session of gone'), undefined)
    assert.equal(await ask().sessions.end('session of gone', LATER), false)
    assert.equal(await ask().consents.find('gone', 'wiki'), undefined)
    assert.equal(await ask().grants.find('grant of gone'), undefined)
    assert.ok(await ask().sessions.find('session of stays'))
    assert.ok(await ask().consents.find('stays', 'wiki'))
    assert.ok((await ask().grants.find('grant of stays'))?.session)
  })
}

function sessions(ask: () => Storage): void {
  before(() => ask().accounts.insert(anAccount('ada')))

  test('a session comes back as it went in, with its account', async () => {
    for (const session of [aSession('s1'), aSession('s2', { endedAt: LATER, amr: [] })]) {
      await ask().sessions.insert(session)
      assert.deepEqual(await ask().sessions.find(session.id), { session, account: anAccount('ada') })
    }
    assert.equal(await ask().sessions.find('none'), undefined)
  })

  test('a session comes with what its account has allowed the client that asks', async () => {
    await ask().accounts.insert(anAccount('una'))
    await ask().sessions.insert(aSession('of una', { accountId: 'una' }))
    await ask().consents.add(aConsent({ accountId: 'una' }))
    const found = { session: aSession('of una', { accountId: 'una' }), account: anAccount('una') }
    const consent = aConsent({ accountId: 'una' })
    assert.deepEqual(await ask().sessions.findForClient('of una', 'wiki'), { ...found, consent })
    assert.deepEqual(await ask().sessions.findForClient('of una', 'shop'), { ...found, consent: undefined })
    assert.equal(await ask().sessions.findForClient('none', 'wiki'), undefined)
  })

  test('a session without its account is none', async () => {
    await ask().sessions.insert(aSession('orphan', { accountId: 'nobody' }))
    assert.equal(await ask().sessions.find('orphan'), undefined)
  })

  test('renewing changes the secret and the times', async () => {
    await ask().sessions.insert(aSession('renewed'))
    const renewed = {
      secretHash: 'other',
      authenticatedAt: LATER,
      amr: ['otp'],
      lastSeenAt: LATER + 1,
      expiresAt: LATER + 2,
      userAgent: undefined,
      address: '2001:db8::',
    }
    assert.equal(await ask().sessions.renew('renewed', renewed), true)
    assert.deepEqual((await ask().sessions.find('renewed'))?.session, aSession('renewed', renewed))
  })

  test('a session ends once, and an ended one is neither renewed nor touched', async () => {
    await ask().sessions.insert(aSession('ended'))
    assert.equal(await winners((i) => ask().sessions.end('ended', LATER + i)), 1)
    const ended = (await ask().sessions.find('ended'))?.session
    assert.ok(ended?.endedAt)
    assert.equal(await ask().sessions.end('ended', LATER + DAY), false)
    assert.equal(await ask().sessions.renew('ended', aSession('ended', { secretHash: 'x' })), false)
    await ask().sessions.touch('ended', LATER + DAY)
    assert.deepEqual((await ask().sessions.find('ended'))?.session, ended)
    assert.equal(await ask().sessions.end('none', LATER), false)
  })

  test('the last sight of a session never goes back', async () => {
    await ask().sessions.insert(aSession('seen'))
    await ask().sessions.touch('seen', LATER)
    await ask().sessions.touch('seen', LATER - 500)
    assert.equal((await ask().sessions.find('seen'))?.session.lastSeenAt, LATER)
  })

  test('of several sessions: when an app last got something by each, and when it was chosen', async () => {
    await ask().accounts.insert(anAccount('uma'))
    for (const id of ['u1', 'u2', 'u3']) await ask().sessions.insert(aSession(id, { accountId: 'uma' }))
    const of = { accountId: 'uma', clientId: 'wiki' }
    const grants = [
      { id: 'u-g1', sessionId: 'u1', createdAt: START + 5 },
      { id: 'u-g2', sessionId: 'u1', createdAt: START + 3 },
      { id: 'u-g3', sessionId: 'u2', createdAt: START + 9, clientId: 'shop' },
    ]
    for (const { id, ...grant } of grants) await ask().grants.insert(aGrant(id, { ...of, ...grant }))
    await ask().sessions.choose('u2', START + 4)
    await ask().sessions.choose('u2', START + 7)
    await ask().sessions.choose('none', START)
    const uses = async (ids: readonly string[], client: string) =>
      (await ask().sessions.uses(ids, client)).toSorted((a, b) => (a.sessionId < b.sessionId ? -1 : 1))
    assert.deepEqual(await uses(['u1', 'u2', 'u3', 'none'], 'wiki'), [
      { sessionId: 'u1', usedAt: START + 5, chosenAt: undefined },
      { sessionId: 'u2', usedAt: undefined, chosenAt: START + 7 },
      { sessionId: 'u3', usedAt: undefined, chosenAt: undefined },
    ])
    assert.deepEqual(await uses(['u2'], 'shop'), [{ sessionId: 'u2', usedAt: START + 9, chosenAt: START + 7 }])
    assert.deepEqual(await uses([], 'wiki'), [])
    // Which one is preferred is no part of the session.
    assert.deepEqual((await ask().sessions.find('u2'))?.session, aSession('u2', { accountId: 'uma' }))
  })

  test('ending by account ends every open session of that account', async () => {
    await ask().accounts.insert(anAccount('eve'))
    for (const id of ['e1', 'e2']) await ask().sessions.insert(aSession(id, { accountId: 'eve' }))
    await ask().sessions.insert(aSession('e3', { accountId: 'eve', endedAt: START }))
    assert.equal(await ask().sessions.endByAccount('eve', LATER), 2)
    assert.equal((await ask().sessions.find('e1'))?.session.endedAt, LATER)
    assert.equal((await ask().sessions.find('e3'))?.session.endedAt, START)
    assert.equal((await ask().sessions.find('s1'))?.session.endedAt, undefined)
    assert.equal(await ask().sessions.endByAccount('eve', LATER), 0)
  })
}

function interactions(ask: () => Storage): void {
  test('an interaction comes back as it went in', async () => {
    const direct = anInteraction('i2', { clientId: undefined, completedAt: LATER, selectedAccountId: 'ada' })
    for (const interaction of [anInteraction('i1'), direct]) {
      await ask().interactions.insert(interaction)
      assert.deepEqual(await ask().interactions.find(interaction.id), interaction)
    }
    assert.equal(await ask().interactions.find('none'), undefined)
  })

  test('it is completed once, and remembers the chosen account', async () => {
    await ask().interactions.insert(anInteraction('i3'))
    await ask().interactions.selectAccount('i3', 'ada')
    await ask().interactions.complete('i3', LATER)
    await ask().interactions.complete('i3', LATER + 1)
    const done = anInteraction('i3', { completedAt: LATER, selectedAccountId: 'ada' })
    assert.deepEqual(await ask().interactions.find('i3'), done)
  })
}

function pushedRequests(ask: () => Storage): void {
  test('a pushed request comes back as it went in', async () => {
    const used = aPushedRequest('p2', { usedAt: LATER, interactionId: 'i1' })
    for (const pushed of [aPushedRequest('p1'), used]) {
      await ask().pushedRequests.insert(pushed)
      assert.deepEqual(await ask().pushedRequests.find(pushed.id), pushed)
    }
    assert.equal(await ask().pushedRequests.find('none'), undefined)
  })

  test('[RFC9126 4] of 50 who use it at once, one does; it remembers where that led to', async () => {
    await ask().pushedRequests.insert(aPushedRequest('p3'))
    const use = (i: number) => ask().pushedRequests.use('p3', { now: LATER + i, interactionId: `interaction-${i}` })
    assert.equal(await winners(use), 1)
    const found = await ask().pushedRequests.find('p3')
    assert.equal(found?.interactionId, `interaction-${Number(found?.usedAt) - LATER}`)
    assert.equal(await ask().pushedRequests.use('p3', { now: LATER, interactionId: undefined }), false)
    assert.equal(await ask().pushedRequests.use('none', { now: LATER, interactionId: undefined }), false)
    await ask().pushedRequests.insert(aPushedRequest('p4'))
    assert.equal(await ask().pushedRequests.use('p4', { now: LATER, interactionId: undefined }), true)
    assert.deepEqual(await ask().pushedRequests.find('p4'), aPushedRequest('p4', { usedAt: LATER }))
  })
}

function consents(ask: () => Storage): void {
  test('a consent adds to what was allowed before', async () => {
    assert.equal(await ask().consents.find('ada', 'wiki'), undefined)
    await ask().consents.add(aConsent())
    assert.deepEqual(await ask().consents.find('ada', 'wiki'), aConsent())
    await ask().consents.add(aConsent({ scopes: ['openid', 'email'], consentedAt: LATER }))
    const both = aConsent({ scopes: ['openid', 'profile', 'email'], consentedAt: LATER })
    assert.deepEqual(await ask().consents.find('ada', 'wiki'), both)
  })

  test('and so does one to claims that were asked for one by one', async () => {
    const claims = (...names: string[]) => aConsent({ clientId: 'claims', claims: names })
    await ask().consents.add(claims())
    assert.deepEqual(await ask().consents.find('ada', 'claims'), claims())
    await ask().consents.add(claims('email'))
    await ask().consents.add(claims('name', 'email'))
    assert.deepEqual(await ask().consents.find('ada', 'claims'), claims('email', 'name'))
  })

  test('and so does one to APIs', async () => {
    const resources = (...of: string[]) => aConsent({ clientId: 'apis', resources: of })
    await ask().consents.add({ ...resources(), resources: undefined })
    assert.equal((await ask().consents.find('ada', 'apis'))?.resources, undefined)
    await ask().consents.add(resources())
    assert.deepEqual(await ask().consents.find('ada', 'apis'), resources())
    await ask().consents.add(resources('https://a.example'))
    await ask().consents.add(resources('https://b.example', 'https://a.example'))
    await ask().consents.add({ ...resources(), resources: undefined })
    assert.deepEqual(await ask().consents.find('ada', 'apis'), resources('https://a.example', 'https://b.example'))
  })

  test('to a client that showed itself otherwise it takes the place of what was allowed before', async () => {
    const shown = (shownHash: string | undefined, scope: string) =>
      aConsent({ clientId: 'shown', scopes: [scope], claims: [], resources: [`https://${scope}.example`], shownHash })
    await ask().consents.add(shown(undefined, 'a'))
    for (const consent of [shown('one', 'b'), shown('two', 'c')]) {
      await ask().consents.add(consent)
      assert.deepEqual(await ask().consents.find('ada', 'shown'), consent)
    }
    await ask().consents.add(shown('two', 'd'))
    assert.deepEqual((await ask().consents.find('ada', 'shown'))?.scopes, ['c', 'd'])
  })

  test('nobody else’s consent is found', async () => {
    assert.equal(await ask().consents.find('ada', 'shop'), undefined)
    assert.equal(await ask().consents.find('eve', 'wiki'), undefined)
  })

  test('of consents given in several tabs at once none is lost', async () => {
    const scopes = Array.from({ length: 8 }, (_, i) => `scope-${i}`)
    await Promise.all(scopes.map((scope) => ask().consents.add(aConsent({ clientId: 'tabs', scopes: [scope] }))))
    const found = await ask().consents.find('ada', 'tabs')
    assert.deepEqual(found?.scopes.toSorted(), scopes)
    assert.deepEqual(found?.claims, ['email'])
  })

  test('nor of those to the same scopes at several APIs', async () => {
    const resources = Array.from({ length: 8 }, (_, i) => `https://api-${i}.example`)
    const add = (one: string) => ask().consents.add(aConsent({ clientId: 'tabs of apis', resources: [one] }))
    await Promise.all(resources.map(add))
    assert.deepEqual((await ask().consents.find('ada', 'tabs of apis'))?.resources?.toSorted(), resources)
  })
}

function grants(ask: () => Storage): void {
  test('a grant comes back as it went in, with its account and its session', async () => {
    await ask().sessions.insert(aSession('session', { endedAt: LATER }))
    const bare = aGrant('g1', {
      resources: undefined,
      nonce: undefined,
      codeChallenge: undefined,
      scopes: [],
      acr: undefined,
      claims: undefined,
    })
    const full = aGrant('g2', {
      resources: ['https://orders.example', 'stock'],
      codeConsumedAt: LATER,
      refreshGeneration: 7,
      refreshRotatedAt: LATER + 1,
      refreshExpiresAt: LATER + 2,
      revokedAt: LATER + 3,
      revokedBecause: 'code_reused',
    })
    for (const grant of [bare, full]) {
      await ask().grants.insert(grant)
      const session = { endedAt: LATER, expiresAt: START + DAY }
      assert.deepEqual(await ask().grants.find(grant.id), { grant, account: anAccount('ada'), session })
    }
    assert.equal(await ask().grants.find('none'), undefined)
  })

  test('[RFC7009 2.1] a grant says whether one of its access tokens was revoked', async () => {
    await ask().revokedTokens.insert('revoked of g2', LATER)
    const facts = await ask().grants.find('g2')
    assert.deepEqual(await ask().grants.findForAccessToken('g2', 'revoked of g2'), { ...facts, isTokenRevoked: true })
    assert.deepEqual(await ask().grants.findForAccessToken('g2', 'other of g2'), { ...facts, isTokenRevoked: false })
    assert.equal(await ask().grants.findForAccessToken('none', 'revoked of g2'), undefined)
  })

  test('of many at once each gets its own', async () => {
    const ids = Array.from({ length: 150 }, (_, i) => `many-${i}`)
    await Promise.all(ids.map((id, i) => ask().grants.insert(aGrant(id, { nonce: `nonce of ${id}`, createdAt: i }))))
    const asked = [...ids, 'none', ...ids.toReversed()]
    const found = await Promise.all(asked.map((id) => ask().grants.find(id)))
    assert.deepEqual(
      found.map((facts) => facts?.grant.id),
      asked.map((id) => (id === 'none' ? undefined : id)),
    )
    assert.deepEqual(found[7]?.grant, aGrant('many-7', { nonce: 'nonce of many-7', createdAt: 7 }))
    const ends = asked.map((_, i) => LATER + i)
    const isConsumed = await Promise.all(
      asked.map((id, i) => ask().grants.consumeCode(id, LATER, { expiresAt: ends[i] ?? 0 })),
    )
    assert.equal(isConsumed.filter(Boolean).length, ids.length)
    for (const [i, id] of asked.entries()) {
      // Who was told that it won is the one whose values stand there.
      const end = (await ask().grants.find(id))?.grant.refreshExpiresAt
      assert.equal(end === ends[i], isConsumed[i], id)
    }
  })

  test('an insert that fails fails alone', async () => {
    await ask().grants.insert(aGrant('taken', { nonce: 'first' }))
    const answers = await Promise.allSettled(
      ['own-1', 'taken', 'own-2'].map((id) => ask().grants.insert(aGrant(id, { nonce: 'second' }))),
    )
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.equal((await ask().grants.find('taken'))?.grant.nonce, 'first')
    for (const id of ['own-1', 'own-2']) assert.equal((await ask().grants.find(id))?.grant.nonce, 'second')
  })

  test('a grant says when its account or its session is gone', async () => {
    await ask().grants.insert(aGrant('lonely', { accountId: 'nobody', sessionId: 'none' }))
    const facts = await ask().grants.find('lonely')
    assert.deepEqual(facts, {
      grant: aGrant('lonely', { accountId: 'nobody', sessionId: 'none' }),
      account: undefined,
      session: undefined,
    })
  })

  test('[RFC6749 4.1.2] of 50 redemptions of one code, one succeeds', async () => {
    await ask().grants.insert(aGrant('code'))
    assert.equal(await winners((i) => ask().grants.consumeCode('code', LATER + i, { expiresAt: LATER + DAY })), 1)
    const grant = (await ask().grants.find('code'))?.grant
    assert.ok(grant?.codeConsumedAt)
    assert.equal(grant.refreshGeneration, 1)
    assert.equal(grant.refreshExpiresAt, LATER + DAY)
  })

  test('a code without refresh token leaves none', async () => {
    await ask().grants.insert(aGrant('plain'))
    assert.equal(await ask().grants.consumeCode('plain', LATER, undefined), true)
    assert.equal(await ask().grants.consumeCode('plain', LATER, { expiresAt: LATER }), false)
    assert.deepEqual((await ask().grants.find('plain'))?.grant, aGrant('plain', { codeConsumedAt: LATER }))
  })

  test('the code of a revoked grant, or of none, is not consumed', async () => {
    await ask().grants.insert(aGrant('revoked', { revokedAt: START, revokedBecause: 'account_changed' }))
    assert.equal(await ask().grants.consumeCode('revoked', LATER, undefined), false)
    assert.equal(await ask().grants.consumeCode('none', LATER, undefined), false)
  })

  test('a grant is revoked once, and keeps the first reason', async () => {
    await ask().grants.insert(aGrant('victim'))
    assert.equal(await ask().grants.revoke('victim', LATER, 'code_reused'), true)
    assert.equal(await winners(() => ask().grants.revoke('victim', LATER + 1, 'account_changed')), 0)
    const grant = (await ask().grants.find('victim'))?.grant
    assert.deepEqual([grant?.revokedAt, grant?.revokedBecause], [LATER, 'code_reused'])
    assert.equal(await ask().grants.revoke('none', LATER, 'account_changed'), false)
  })

  test('revoking by account revokes what is left of that account', async () => {
    for (const id of ['a1', 'a2']) await ask().grants.insert(aGrant(id, { accountId: 'eve' }))
    await ask().grants.revoke('a1', LATER, 'client_revoked')
    assert.equal(await ask().grants.revokeByAccount('eve', LATER + 1, 'account_changed'), 1)
    assert.equal((await ask().grants.find('a1'))?.grant.revokedBecause, 'client_revoked')
    assert.equal((await ask().grants.find('a2'))?.grant.revokedBecause, 'account_changed')
    assert.equal((await ask().grants.find('g1'))?.grant.revokedAt, undefined)
  })
}

function refreshTokens(ask: () => Storage): void {
  const rotation = (from: number) => ({ from, now: LATER, expiresAt: LATER + DAY })
  const issued = { codeConsumedAt: START, refreshGeneration: 1, refreshExpiresAt: LATER }

  test('[RFC9700 4.14.2] of 50 rotations of one generation, one succeeds', async () => {
    await ask().grants.insert(aGrant('r1', issued))
    assert.equal(await winners(() => ask().grants.rotateRefreshToken('r1', rotation(1))), 1)
    const rotated = { ...issued, refreshGeneration: 2, refreshRotatedAt: LATER, refreshExpiresAt: LATER + DAY }
    assert.deepEqual((await ask().grants.find('r1'))?.grant, aGrant('r1', rotated))
    assert.equal(await ask().grants.rotateRefreshToken('r1', rotation(2)), true)
    assert.equal(await ask().grants.rotateRefreshToken('r1', rotation(2)), false)
    assert.equal(await ask().grants.rotateRefreshToken('r1', rotation(4)), false)
  })

  test('a family that was never issued, or was revoked, neither rotates nor is extended', async () => {
    await ask().grants.insert(aGrant('r2'))
    await ask().grants.insert(aGrant('r3', { ...issued, revokedAt: START, revokedBecause: 'account_changed' }))
    for (const [id, from] of [
      ['r2', 0],
      ['r3', 1],
      ['none', 1],
    ] as const) {
      assert.equal(await ask().grants.rotateRefreshToken(id, rotation(from)), false)
      assert.equal(await ask().grants.extendRefreshToken(id, LATER), false)
    }
  })

  test('using a refresh token that does not rotate moves its idle end alone', async () => {
    await ask().grants.insert(aGrant('r4', issued))
    assert.equal(await ask().grants.extendRefreshToken('r4', LATER + DAY), true)
    assert.deepEqual((await ask().grants.find('r4'))?.grant, aGrant('r4', { ...issued, refreshExpiresAt: LATER + DAY }))
  })

  test('a rotation and a revocation at once leave the family revoked', async () => {
    await ask().grants.insert(aGrant('r5', issued))
    await Promise.all([
      ask().grants.rotateRefreshToken('r5', rotation(1)),
      ask().grants.revoke('r5', LATER, 'refresh_token_reused'),
    ])
    assert.equal((await ask().grants.find('r5'))?.grant.revokedBecause, 'refresh_token_reused')
    assert.equal(await ask().grants.rotateRefreshToken('r5', rotation(2)), false)
  })
}

function revokedTokens(ask: () => Storage): void {
  test('[RFC7009 2.2] a token stays revoked, however often it is revoked', async () => {
    assert.equal(await ask().revokedTokens.has('jti'), false)
    await Promise.all(Array.from({ length: 10 }, () => ask().revokedTokens.insert('jti', LATER)))
    assert.equal(await ask().revokedTokens.has('jti'), true)
    assert.equal(await ask().revokedTokens.has('jti2'), false)
  })
}

function usedTokens(ask: () => Storage): void {
  test('[RFC7523 3] of many who use it at once one does, and nobody ever after', async () => {
    assert.equal(await winners(() => ask().usedTokens.use('once', LATER)), 1)
    assert.equal(await ask().usedTokens.use('once', LATER + DAY), false)
    assert.equal(await ask().usedTokens.use('another', LATER), true)
  })
}

function registeredClients(fresh: () => Promise<Storage>): void {
  test('a client comes back as it went in', async () => {
    const { registeredClients: store } = await fresh()
    const full = aRegisteredClient('full', { lastUsedAt: LATER })
    const bare = aRegisteredClient('bare', { secretHash: undefined, sealedSecret: undefined })
    for (const client of [full, bare]) {
      assert.equal(await store.insert(client, 10), true)
      assert.deepEqual(await store.find(client.id), client)
    }
    assert.equal(await store.find('nobody'), undefined)
    assert.deepEqual(await store.list({ after: undefined, limit: 1 }), [bare])
    assert.deepEqual(await store.list({ after: 'bare', limit: 10 }), [full])
  })

  test('a change takes the place of what it names, and a removed client cannot be changed', async () => {
    const { registeredClients: store } = await fresh()
    const client = aRegisteredClient('client')
    await store.insert(client, 10)
    const { metadata, ...change } = {
      metadata: { client_name: 'Renamed' },
      secretHash: undefined,
      sealedSecret: undefined,
      updatedAt: LATER,
      expiresAt: LATER + DAY,
    }
    const how = { consentsEnd: false }
    assert.equal(await store.update('client', { metadata, ...change }, how), true)
    assert.deepEqual(await store.find('client'), { ...client, metadata, ...change })
    assert.equal(await store.remove('client'), true)
    assert.equal(await store.remove('client'), false)
    assert.equal(await store.update('client', { metadata, ...change }, how), false)
  })

  test('a use is kept only when nobody has said so since', async () => {
    const { registeredClients: store } = await fresh()
    await store.insert(aRegisteredClient('client'), 10)
    await store.touch('client', { now: LATER, before: START, expiresAt: LATER + DAY })
    await store.touch('client', { now: LATER + 1, before: LATER, expiresAt: LATER + 2 * DAY })
    const found = await store.find('client')
    assert.deepEqual([found?.lastUsedAt, found?.expiresAt], [LATER, LATER + DAY])
  })

  test('of 50 at once no more are registered than may be, and each removal makes room for one', async () => {
    const { registeredClients: store } = await fresh()
    assert.equal(await winners((i) => store.insert(aRegisteredClient(`client${i}`), 20)), 20)
    const [first, second] = await store.list({ after: undefined, limit: 100 })
    await store.remove(first?.id ?? '')
    await store.remove(second?.id ?? '')
    assert.equal(await winners((i) => store.insert(aRegisteredClient(`again${i}`), 20)), 2)
    assert.equal((await store.list({ after: undefined, limit: 100 })).length, 20)
    assert.equal(await store.insert(aRegisteredClient('lowered'), 5), false)
  })

  test('those past their time make room, and their consents go with them', async () => {
    const { registeredClients: store, consents } = await fresh()
    await store.insert(aRegisteredClient('old', { expiresAt: START - 1 }), 2)
    await store.insert(aRegisteredClient('live', { expiresAt: START }), 2)
    for (const clientId of ['old', 'live', 'file']) await consents.add(aConsent({ clientId }))
    assert.equal(await store.insert(aRegisteredClient('new', { createdAt: START }), 2), true)
    assert.equal(await store.find('old'), undefined)
    assert.equal(await consents.find('ada', 'old'), undefined)
    for (const clientId of ['live', 'file']) assert.ok(await consents.find('ada', clientId))
    assert.equal(await store.insert(aRegisteredClient('another', { createdAt: START }), 2), false)
  })

  test('its consents go with it, also when it is swept', async () => {
    const storage = await fresh()
    for (const clientId of ['removed', 'expired', 'kept']) {
      await storage.registeredClients.insert(
        aRegisteredClient(clientId, { expiresAt: clientId === 'expired' ? LATER - 1 : LATER }),
        10,
      )
      await storage.consents.add(aConsent({ clientId }))
    }
    await storage.consents.add(aConsent({ clientId: 'file' }))
    await storage.registeredClients.remove('removed')
    assert.equal(await storage.consents.find('ada', 'removed'), undefined)
    await storage.registeredClients.update('kept', aRegisteredClient('kept'), { consentsEnd: false })
    assert.ok(await storage.consents.find('ada', 'kept'))
    await storage.registeredClients.insert(aRegisteredClient('another', { expiresAt: LATER + DAY }), 10)
    await storage.consents.add(aConsent({ clientId: 'another' }))
    await storage.registeredClients.update('another', aRegisteredClient('another'), { consentsEnd: true })
    assert.equal(await storage.consents.find('ada', 'another'), undefined)
    await storage.sweep(LATER, 100)
    assert.equal(await storage.consents.find('ada', 'expired'), undefined)
    assert.equal(await storage.registeredClients.find('expired'), undefined)
    for (const clientId of ['kept', 'file']) assert.ok(await storage.consents.find('ada', clientId))
    assert.ok(await storage.registeredClients.find('kept'))
  })
}

function signingKeys(fresh: () => Promise<Storage>): void {
  const step = { next: 'b', current: 'a', now: LATER, withdrawAt: LATER + DAY }

  async function withKeys(): Promise<Storage['signingKeys']> {
    const { signingKeys } = await fresh()
    await signingKeys.insert(aSigningKey('a', { state: 'current', activatedAt: START }))
    await signingKeys.insert(aSigningKey('b', { publishedAt: START + 1 }))
    return signingKeys
  }

  test('there is one current and one next key per algorithm', async () => {
    const { signingKeys } = await fresh()
    assert.deepEqual(await signingKeys.list(), [])
    assert.equal(await winners((i) => signingKeys.insert(aSigningKey(`n${i}`))), 1)
    assert.equal(await winners((i) => signingKeys.insert(aSigningKey(`c${i}`, { state: 'current' }))), 1)
    assert.equal(await signingKeys.insert(aSigningKey('es', { algorithm: 'ES256' })), true)
    for (const kid of ['old-1', 'old-2'])
      assert.equal(await signingKeys.insert(aSigningKey(kid, { state: 'retired' })), true)
    assert.equal((await signingKeys.list()).length, 5)
  })

  test('a key comes back as it went in', async () => {
    const { signingKeys } = await fresh()
    const full = aSigningKey('full', {
      state: 'retired',
      activatedAt: 1,
      retiredAt: 2,
      withdrawAt: 3,
      revokedAt: 4,
      publishedAt: 5,
    })
    const bare = aSigningKey('bare', { sealedPrivateJwk: undefined, algorithm: 'ES256' })
    for (const key of [bare, full]) await signingKeys.insert(key)
    assert.deepEqual(await signingKeys.list(), [full, bare])
  })

  test('the version is another one after every step, and the same without', async () => {
    const { signingKeys } = await fresh()
    const seen: string[] = []
    const isNew = async () => {
      const version = await signingKeys.version()
      assert.ok(!seen.includes(version), `step ${seen.length}`)
      seen.push(version)
      assert.equal(await signingKeys.version(), version)
    }
    await isNew()
    for (const act of [
      () => signingKeys.insert(aSigningKey('a', { state: 'current', activatedAt: START + 9 })),
      () => signingKeys.clampTimes('a', START + 1),
      () => signingKeys.insert(aSigningKey('b')),
      () => signingKeys.promote(step),
      () => signingKeys.withdraw('a', LATER + 5),
      () => signingKeys.revoke('a', LATER + 6),
      () => signingKeys.revoke('b', LATER + 7),
    ]) {
      await act()
      await isNew()
    }
  })

  test('of 50 promotions, one succeeds', async () => {
    const signingKeys = await withKeys()
    assert.equal(await winners(() => signingKeys.promote(step)), 1)
    const [a, b] = await signingKeys.list()
    const retired = { state: 'retired', activatedAt: START, retiredAt: LATER, withdrawAt: LATER + DAY } as const
    assert.deepEqual(a, aSigningKey('a', retired))
    assert.deepEqual(b, aSigningKey('b', { publishedAt: START + 1, state: 'current', activatedAt: LATER }))
    assert.equal(await signingKeys.insert(aSigningKey('c')), true)
    assert.equal(await signingKeys.insert(aSigningKey('d', { state: 'current' })), false)
  })

  test('a promotion that comes too late changes nothing', async () => {
    const signingKeys = await withKeys()
    const keys = await signingKeys.list()
    assert.equal(await signingKeys.promote({ ...step, next: 'none' }), false)
    assert.equal(await signingKeys.promote({ ...step, current: 'none' }), false)
    assert.equal(await signingKeys.promote({ ...step, current: 'b' }), false)
    assert.equal(await signingKeys.promote({ ...step, current: undefined }), false)
    assert.deepEqual(await signingKeys.list(), keys)
  })

  test('a key that is no longer current is not retired', async () => {
    const signingKeys = await withKeys()
    await signingKeys.revoke('a', LATER)
    const keys = await signingKeys.list()
    assert.equal(await signingKeys.promote(step), false)
    assert.deepEqual(await signingKeys.list(), keys)
    assert.equal(await signingKeys.promote({ ...step, current: undefined }), true)
  })

  test('the first key is promoted without a predecessor', async () => {
    const { signingKeys } = await fresh()
    await signingKeys.insert(aSigningKey('b'))
    assert.equal(await winners(() => signingKeys.promote({ ...step, current: undefined })), 1)
    assert.equal((await signingKeys.list())[0]?.state, 'current')
  })

  test('only a retired key is withdrawn, and its private half is forgotten', async () => {
    const signingKeys = await withKeys()
    assert.equal(await signingKeys.withdraw('a', LATER), false)
    assert.equal(await signingKeys.withdraw('b', LATER), false)
    await signingKeys.promote(step)
    assert.equal(await winners(() => signingKeys.withdraw('a', LATER + 5)), 1)
    const a = (await signingKeys.list()).find(({ kid }) => kid === 'a')
    assert.deepEqual(
      [a?.state, a?.sealedPrivateJwk, a?.withdrawAt, a?.revokedAt],
      ['withdrawn', undefined, LATER + 5, undefined],
    )
  })

  test('a current key is retired without a successor, once, and makes room', async () => {
    const signingKeys = await withKeys()
    const retire = { now: LATER, withdrawAt: LATER + DAY }
    assert.equal(await signingKeys.retire('b', retire), false)
    assert.equal(await winners(() => signingKeys.retire('a', retire)), 1)
    const [a] = await signingKeys.list()
    const retired = { state: 'retired', activatedAt: START, retiredAt: LATER, withdrawAt: LATER + DAY } as const
    assert.deepEqual(a, aSigningKey('a', retired))
    assert.equal(await signingKeys.insert(aSigningKey('c', { state: 'current' })), true)
  })

  test('a next key is withdrawn on demand only, and makes room', async () => {
    const signingKeys = await withKeys()
    assert.equal(await signingKeys.withdraw('a', LATER, 'next'), false)
    assert.equal(await winners(() => signingKeys.withdraw('b', LATER, 'next')), 1)
    const b = (await signingKeys.list()).find(({ kid }) => kid === 'b')
    assert.deepEqual([b?.state, b?.sealedPrivateJwk, b?.withdrawAt], ['withdrawn', undefined, LATER])
    assert.equal(await signingKeys.insert(aSigningKey('c')), true)
  })

  test('a key is revoked once in any state, and makes room', async () => {
    const signingKeys = await withKeys()
    for (const kid of ['a', 'b']) assert.equal(await winners(() => signingKeys.revoke(kid, LATER)), 1)
    const [a, b] = await signingKeys.list()
    const gone = { state: 'withdrawn', sealedPrivateJwk: undefined, withdrawAt: LATER, revokedAt: LATER } as const
    assert.deepEqual(a, aSigningKey('a', { ...gone, activatedAt: START, retiredAt: LATER }))
    assert.deepEqual(b, aSigningKey('b', { ...gone, publishedAt: START + 1 }))
    assert.equal(await signingKeys.insert(aSigningKey('c', { state: 'current' })), true)
    assert.equal(await signingKeys.insert(aSigningKey('d')), true)
    assert.equal(await signingKeys.revoke('none', LATER), false)
  })

  test('a withdrawn key that is revoked keeps the time of its withdrawal', async () => {
    const { signingKeys } = await fresh()
    await signingKeys.insert(aSigningKey('w', { state: 'withdrawn', withdrawAt: START }))
    await signingKeys.revoke('w', LATER)
    const [w] = await signingKeys.list()
    assert.deepEqual([w?.withdrawAt, w?.revokedAt], [START, LATER])
  })

  test('times that lie ahead are set to now, others stay', async () => {
    const { signingKeys } = await fresh()
    await signingKeys.insert(aSigningKey('p', { publishedAt: LATER, activatedAt: LATER + 1 }))
    await signingKeys.insert(aSigningKey('q', { algorithm: 'ES256' }))
    for (const kid of ['p', 'q']) await signingKeys.clampTimes(kid, START + 10)
    const [q, p] = await signingKeys.list()
    assert.deepEqual(p, aSigningKey('p', { publishedAt: START + 10, activatedAt: START + 10 }))
    assert.deepEqual(q, aSigningKey('q', { algorithm: 'ES256' }))
  })
}

function leases(ask: () => Storage): void {
  test('of 50 that take a lease at once, one gets it; and of 50 that take it over, one', async () => {
    const { leases } = ask()
    assert.equal(await leases.find('race'), undefined)
    assert.equal(await winners((i) => leases.take('race', { holder: `h${i}`, from: 0 })), 1)
    const first = await leases.find('race')
    assert.equal(first?.turn, 1)
    assert.match(first?.holder ?? '', /^h\d+$/)
    assert.equal(await winners((i) => leases.take('race', { holder: `n${i}`, from: 1 })), 1)
    assert.equal((await leases.find('race'))?.turn, 2)
    assert.match((await leases.find('race'))?.holder ?? '', /^n\d+$/)
  })

  test('who saw an older turn takes nothing', async () => {
    const { leases } = ask()
    for (const from of [0, 1]) assert.equal(await leases.take('moved', { holder: 'one', from }), true)
    for (const from of [0, 1, 3]) assert.equal(await leases.take('moved', { holder: 'other', from }), false)
    assert.deepEqual(await leases.find('moved'), { holder: 'one', turn: 2 })
  })

  test('only its holder gives it back, and what was given back was moved on', async () => {
    const { leases } = ask()
    await leases.take('returned', { holder: 'one', from: 0 })
    await leases.giveBack('returned', 'other')
    assert.deepEqual(await leases.find('returned'), { holder: 'one', turn: 1 })
    await leases.giveBack('returned', 'one')
    assert.deepEqual(await leases.find('returned'), { holder: undefined, turn: 2 })
    assert.equal(await leases.take('returned', { holder: 'one', from: 1 }), false)
    assert.equal(await leases.take('returned', { holder: 'other', from: 2 }), true)
    await leases.giveBack('none', 'one')
  })
}

function sweeping(fresh: () => Promise<Storage>): void {
  const NOW = START + 100 * DAY

  test('what is past its time goes, and nothing else', async () => {
    const storage = await fresh()
    await storage.accounts.insert(anAccount('ada'))
    const ends = { past: NOW - DAY - 1, kept: NOW - DAY }
    for (const [id, expiresAt] of Object.entries(ends)) await storage.sessions.insert(aSession(id, { expiresAt }))
    await storage.sessions.insert(aSession('used', { expiresAt: ends.past }))
    await storage.sessions.insert(aSession('ended', { endedAt: START, expiresAt: NOW }))
    await storage.grants.insert(aGrant('user', { sessionId: 'used', expiresAt: NOW }))
    await storage.grants.insert(
      aGrant('dead', { sessionId: 'past', expiresAt: NOW, revokedAt: START, revokedBecause: 'account_changed' }),
    )
    await storage.grants.insert(aGrant('old', { expiresAt: NOW - 1 }))
    await storage.interactions.insert(anInteraction('old', { expiresAt: NOW - DAY - 1 }))
    await storage.interactions.insert(anInteraction('kept', { expiresAt: NOW - DAY }))
    await storage.revokedTokens.insert('old', NOW - DAY - 1)
    await storage.revokedTokens.insert('kept', NOW - DAY)

    await storage.pushedRequests.insert(aPushedRequest('old', { expiresAt: NOW - HOUR - 1 }))
    await storage.pushedRequests.insert(aPushedRequest('kept', { expiresAt: NOW - HOUR }))
    await storage.usedTokens.use('old', NOW - HOUR - 1)
    await storage.usedTokens.use('kept', NOW - HOUR)

    const setup = { accountId: 'ada', sealedSecret: 'sealed' }
    await storage.totps.putSetup({ ...setup, id: 'old', expiresAt: NOW - 1 })
    await storage.totps.putSetup({ ...setup, id: 'kept', expiresAt: NOW })
    const device = { accountId: 'ada', createdAt: START }
    await storage.rememberedDevices.insert({ ...device, id: 'old', expiresAt: NOW - 1 })
    await storage.rememberedDevices.insert({ ...device, id: 'kept', expiresAt: NOW })

    assert.equal(await storage.sweep(NOW, 100), 8)
    assert.deepEqual(
      [await storage.totps.findSetup('old'), !(await storage.totps.findSetup('kept'))],
      [undefined, false],
    )
    const devices = await storage.rememberedDevices.find('ada', ['old', 'kept'])
    assert.deepEqual(
      devices.map(({ id }) => id),
      ['kept'],
    )
    assert.equal(await storage.sessions.find('past'), undefined)
    for (const id of ['kept', 'used', 'ended']) assert.ok(await storage.sessions.find(id), id)
    assert.equal(await storage.grants.find('old'), undefined)
    assert.ok(await storage.grants.find('user'))
    assert.equal((await storage.grants.find('dead'))?.session, undefined)
    assert.equal(await storage.interactions.find('old'), undefined)
    assert.ok(await storage.interactions.find('kept'))
    assert.equal(await storage.pushedRequests.find('old'), undefined)
    assert.ok(await storage.pushedRequests.find('kept'))
    assert.equal(await storage.revokedTokens.has('old'), false)
    assert.equal(await storage.revokedTokens.has('kept'), true)
    assert.equal(await storage.usedTokens.use('old', NOW), true)
    assert.equal(await storage.usedTokens.use('kept', NOW), false)
    assert.equal(await storage.sweep(NOW, 100), 0)
  })

  test('a session goes when the last grant that was bound to it has', async () => {
    const storage = await fresh()
    await storage.accounts.insert(anAccount('ada'))
    await storage.sessions.insert(aSession('session', { expiresAt: START }))
    await storage.grants.insert(aGrant('grant', { expiresAt: NOW }))
    assert.equal(await storage.sweep(NOW, 100), 0)
    assert.equal(await storage.sweep(NOW + 1, 100), 2)
  })

  test('it takes at most the limit of each kind, also when several sweep', async () => {
    const storage = await fresh()
    for (let i = 0; i < 20; i++) await storage.revokedTokens.insert(`t${i}`, START)
    for (let i = 0; i < 20; i++) await storage.grants.insert(aGrant(`t${i}`, { expiresAt: START }))
    assert.equal(await storage.sweep(NOW, 3), 6)
    const swept = await Promise.all(Array.from({ length: 10 }, () => storage.sweep(NOW, 2)))
    assert.ok(swept.every((count) => count <= 4))
    for (let round = 0; round < 20; round++) await storage.sweep(NOW, 3)
    for (let i = 0; i < 20; i++) assert.equal(await storage.grants.find(`t${i}`), undefined)
  })
}

function hostileInput(ask: () => Storage): void {
  test('a text that the database refuses troubles nobody else', async () => {
    await ask().grants.insert(aGrant('decent'))
    const hostile = ask()
      .grants.find('\0')
      .catch(() => undefined)
    const revoked = ask()
      .grants.revoke('\0', LATER, 'account_changed')
      .catch(() => false)
    const [found, isRevoked] = await Promise.all([
      ask().grants.find('decent'),
      ask().grants.revoke('decent', LATER, 'account_changed'),
    ])
    assert.equal(found?.grant.id, 'decent')
    assert.equal(isRevoked, true)
    assert.deepEqual([await hostile, await revoked], [undefined, false])
  })

  test('a quotation mark is data', async () => {
    const id = `'; DROP TABLE grants; -- " \\`
    await ask().grants.insert(aGrant(id))
    assert.equal((await ask().grants.find(id))?.grant.id, id)
    assert.equal(await ask().accounts.findByUsername(`' OR 1=1 --`), undefined)
  })

  test('a NUL character, a lone surrogate and a very long text hurt nobody', async () => {
    for (const [i, text] of ['a\0b', '\ud800', 'x'.repeat(100_000)].entries()) {
      await ask()
        .interactions.insert(anInteraction(`hostile-${i}`, { parameters: text }))
        .catch((error: unknown) => {
          assert.ok(error instanceof Error)
        })
      await ask()
        .accounts.findByUsername(text)
        .catch(() => undefined)
      await ask().ping()
    }
  })
}
