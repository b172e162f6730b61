/** What the storage must remember of those who fetch the keys, asked of each database alike. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY, HOUR } from '../../src/base/duration.ts'
import type { JwksFetch, Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'
import { aGrant } from './records.ts'

export const aFetch = (id: string, different: Partial<JwksFetch> = {}): JwksFetch => ({
  ...{ id, address: '10.0.3.7', userAgent: 'Go-http-client/2.0', origin: '', kids: ['one', 'two'] },
  ...{ firstSeenAt: START, lastSeenAt: START },
  ...different,
})

export function jwksFetches(fresh: () => Promise<Storage>): void {
  const idsIn = async ({ jwksFetches }: Storage): Promise<readonly string[]> =>
    (await jwksFetches.list(0)).map(({ id }) => id).sort()

  test('a fetcher comes back as it went in; later sightings move it on, in whatever order they arrive', async () => {
    const { jwksFetches } = await fresh()
    await jwksFetches.note(aFetch('wiki'))
    assert.deepEqual(await jwksFetches.list(START), [aFetch('wiki')])
    assert.deepEqual(await jwksFetches.list(START + 1), [])
    const later = aFetch('wiki', { firstSeenAt: START + HOUR, lastSeenAt: START + HOUR, kids: ['two', 'three'] })
    await jwksFetches.note(later)
    await jwksFetches.note(aFetch('wiki', { firstSeenAt: START - HOUR, lastSeenAt: START - HOUR, kids: [] }))
    assert.deepEqual(await jwksFetches.list(0), [{ ...later, firstSeenAt: START - HOUR }])
  })

  test('of many sightings at once by several processes the latest is kept', async () => {
    const { jwksFetches } = await fresh()
    const moments = Array.from({ length: 20 }, (_, i) => START + ((i * 7) % 20))
    await Promise.all(moments.map((at) => jwksFetches.note(aFetch('wiki', { lastSeenAt: at, kids: [`k${at}`] }))))
    const [kept] = await jwksFetches.list(0)
    assert.deepEqual([kept?.lastSeenAt, kept?.kids], [START + 19, [`k${START + 19}`]])
  })

  test('the addresses of clients likewise', async () => {
    const { jwksFetches } = await fresh()
    const at = { clientId: 'wiki', address: '10.0.3.7', firstSeenAt: START, lastSeenAt: START }
    await jwksFetches.noteAddress(at)
    await jwksFetches.noteAddress({ ...at, firstSeenAt: START + 5, lastSeenAt: START + 5 })
    await jwksFetches.noteAddress({ ...at, firstSeenAt: START + 1, lastSeenAt: START + 1 })
    await jwksFetches.noteAddress({ ...at, clientId: 'crm' })
    assert.deepEqual(await jwksFetches.addresses(), [
      { ...at, clientId: 'crm' },
      { ...at, lastSeenAt: START + 5 },
    ])
  })

  test('when there are too many, who came once goes first, however lately; a known address and a regular stay', async () => {
    const storage = await fresh()
    const { jwksFetches } = storage
    await jwksFetches.note(aFetch('regular', { address: '10.0.0.1', lastSeenAt: START + HOUR }))
    await jwksFetches.note(aFetch('known', { address: '10.0.0.2' }))
    await jwksFetches.noteAddress({ clientId: 'wiki', address: '10.0.0.2', firstSeenAt: 1, lastSeenAt: 1 })
    for (let i = 0; i < 5; i++) {
      const at = START + 2 * HOUR + i
      await jwksFetches.note(aFetch(`stranger${i}`, { address: `192.0.2.${i}`, firstSeenAt: at, lastSeenAt: at }))
    }
    await jwksFetches.trim(3)
    assert.deepEqual(await idsIn(storage), ['known', 'regular', 'stranger4'])
    await jwksFetches.trim(3)
    assert.deepEqual(await idsIn(storage), ['known', 'regular', 'stranger4'])
  })

  test('of addresses those that were not seen for longest go', async () => {
    const { jwksFetches } = await fresh()
    for (const at of [3, 1, 4, 2]) {
      await jwksFetches.noteAddress({ clientId: 'wiki', address: `10.0.0.${at}`, firstSeenAt: 0, lastSeenAt: at })
    }
    await jwksFetches.trim(2)
    assert.deepEqual(
      (await jwksFetches.addresses()).map(({ address }) => address),
      ['10.0.0.3', '10.0.0.4'],
    )
  })

  test('both are swept when they were not seen for 90 days', async () => {
    const storage = await fresh()
    const now = START + 200 * DAY
    for (const [id, lastSeenAt] of [
      ['old', now - 90 * DAY - 1],
      ['kept', now - 90 * DAY],
    ] as const) {
      await storage.jwksFetches.note(aFetch(id, { lastSeenAt }))
      await storage.jwksFetches.noteAddress({ clientId: 'wiki', address: id, firstSeenAt: START, lastSeenAt })
    }
    assert.equal(await storage.sweep(now, 100), 2)
    assert.deepEqual(await idsIn(storage), ['kept'])
    assert.deepEqual(
      (await storage.jwksFetches.addresses()).map(({ address }) => address),
      ['kept'],
    )
  })

  test('how many sign-ons may have live tokens: got one lately, or can refresh; not what is revoked or over', async () => {
    const { grants } = await fresh()
    const now = START + DAY
    const since = now - HOUR
    const nothing = { codeConsumedAt: undefined, refreshRotatedAt: undefined, refreshExpiresAt: undefined }
    const base = { ...nothing, expiresAt: now + DAY }
    await grants.insert(aGrant('code', { ...base, codeConsumedAt: since }))
    await grants.insert(aGrant('rotated', { ...base, codeConsumedAt: START, refreshRotatedAt: since }))
    await grants.insert(aGrant('refreshable', { ...base, codeConsumedAt: START, refreshExpiresAt: now + 1 }))
    await grants.insert(aGrant('other', { ...base, clientId: 'crm', codeConsumedAt: now }))
    await grants.insert(aGrant('old', { ...base, codeConsumedAt: since - 1 }))
    await grants.insert(aGrant('over', { ...base, codeConsumedAt: now, expiresAt: now }))
    await grants.insert(
      aGrant('revoked', { ...base, codeConsumedAt: now, revokedAt: now, revokedBecause: 'account_changed' }),
    )
    const wiki = aGrant('x').clientId
    assert.deepEqual(
      [...(await grants.countLive({ since, now }))].sort((a, b) => a.count - b.count),
      [
        { clientId: 'crm', count: 1 },
        { clientId: wiki, count: 3 },
      ],
    )
  })
}
