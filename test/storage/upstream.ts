/** What the storage must do for upstream providers, asked of each database alike. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR } from '../../src/base/duration.ts'
import type { Storage, UpstreamIdentity, UpstreamRequest } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { anAccount } from './records.ts'

const anIdentity = (id: string, different: Partial<UpstreamIdentity> = {}): UpstreamIdentity => ({
  id,
  issuer: 'https://provider.example',
  subject: `subject of ${id}`,
  accountId: 'ada',
  label: 'ada@example.test',
  linkedAt: START,
  lastUsedAt: START + 1,
  ...different,
})

const aRequest = (id: string, different: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  id,
  provider: 'work',
  issuer: 'https://provider.example',
  interactionId: 'an interaction',
  sessionId: undefined,
  browserHash: 'a browser',
  freshSince: START - 5,
  createdAt: START,
  expiresAt: START + HOUR,
  usedAt: undefined,
  ...different,
})

const ISSUER = 'https://provider.example'

export function upstream(ask: () => Storage): void {
  describe('upstream identities', () => {
    test('one comes back as it went in, is linked once, by issuer and subject, and goes', async () => {
      const { upstreamIdentities } = ask()
      const one = anIdentity('one', { accountId: 'upstream-1' })
      assert.equal(await upstreamIdentities.link(one), true)
      assert.equal(await upstreamIdentities.link(anIdentity('two', { subject: one.subject })), false)
      const elsewhere = anIdentity('three', {
        ...one,
        id: 'three',
        issuer: 'https://other.example',
        linkedAt: START + 9,
      })
      assert.equal(await upstreamIdentities.link(elsewhere), true)
      assert.deepEqual(await upstreamIdentities.find(ISSUER, one.subject), one)
      // To the letter (OpenID Connect Core §2: sub is case-sensitive).
      assert.equal(await upstreamIdentities.find(ISSUER, one.subject.toUpperCase()), undefined)
      assert.deepEqual(await upstreamIdentities.ofAccount('upstream-1'), [one, elsewhere])
      await upstreamIdentities.use('one', { label: 'another', now: START + 7 })
      assert.deepEqual(await upstreamIdentities.find(ISSUER, one.subject), {
        ...one,
        label: 'another',
        lastUsedAt: START + 7,
      })
      assert.equal(await upstreamIdentities.unlink('one', 'somebody-else'), false)
      assert.equal(await upstreamIdentities.unlink('one', 'upstream-1'), true)
      assert.equal(await upstreamIdentities.unlink('one', 'upstream-1'), false)
    })

    test('of 50 who sign up as the same person at once, one makes an account, and no other stays', async () => {
      const { accounts, upstreamIdentities } = ask()
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          upstreamIdentities.signUp(
            anAccount(`crowd-${i}`),
            anIdentity(`crowd-${i}`, { accountId: `crowd-${i}`, subject: 'the same' }),
          ),
        ),
      )
      assert.equal(outcomes.filter((outcome) => outcome === 'made').length, 1)
      assert.equal(outcomes.filter((outcome) => outcome === 'identity_taken').length, 49)
      const winner = await upstreamIdentities.find(ISSUER, 'the same')
      const there = await Promise.all(Array.from({ length: 50 }, (_, i) => accounts.find(`crowd-${i}`)))
      assert.deepEqual(
        there.filter((account) => account !== undefined).map(({ id }) => id),
        [winner?.accountId],
      )
    })

    test('who signs up with a user name that is taken gets nothing, and the other stays', async () => {
      const { accounts, upstreamIdentities } = ask()
      await accounts.insert(anAccount('named'))
      const other = anAccount('named-2', { usernameKey: 'named' })
      const outcome = await upstreamIdentities.signUp(other, anIdentity('named-2', { accountId: 'named-2' }))
      assert.equal(outcome, 'username_taken')
      assert.equal(await accounts.find('named-2'), undefined)
      assert.ok(await accounts.find('named'))
      assert.equal(await upstreamIdentities.find(ISSUER, 'subject of named-2'), undefined)
    })

    test('they go with their account', async () => {
      const { accounts, upstreamIdentities } = ask()
      await upstreamIdentities.signUp(anAccount('leaver'), anIdentity('leaver', { accountId: 'leaver' }))
      await accounts.remove('leaver')
      assert.deepEqual(await upstreamIdentities.ofAccount('leaver'), [])
    })
  })

  describe('who is at a provider', () => {
    test('comes back as they went, and of 50 who use it one does', async () => {
      const { upstreamRequests } = ask()
      await upstreamRequests.insert(aRequest('fifty'))
      const link = aRequest('link', { interactionId: undefined, sessionId: 'a session', freshSince: undefined })
      await upstreamRequests.insert(link)
      assert.deepEqual(await upstreamRequests.find('link'), link)
      const uses = await Promise.all(Array.from({ length: 50 }, () => upstreamRequests.use('fifty', START + 3)))
      assert.equal(uses.filter(Boolean).length, 1)
      assert.deepEqual(await upstreamRequests.find('fifty'), aRequest('fifty', { usedAt: START + 3 }))
      assert.equal(await upstreamRequests.use('nobody', START), false)
      assert.equal(await upstreamRequests.find('nobody'), undefined)
    })

    test('is swept an hour after its end', async () => {
      const storage = ask()
      await storage.upstreamRequests.insert(aRequest('swept', { expiresAt: START - HOUR }))
      await storage.sweep(START, 1000)
      assert.ok(await storage.upstreamRequests.find('swept'))
      await storage.sweep(START + 1, 1000)
      assert.equal(await storage.upstreamRequests.find('swept'), undefined)
    })
  })
}
