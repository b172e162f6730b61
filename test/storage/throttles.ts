/** What the storage must do to count tries, asked of each database alike. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { DAY, HOUR } from '../../src/base/duration.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { START } from '../fixtures/clock.ts'

const BUCKET = { most: 3, every: 10_000 }

export function throttles(fresh: () => Promise<Storage>): void {
  let storage: Storage
  before(async () => {
    storage = await fresh()
  })
  const fill = (id: string, now: number, bucket = BUCKET) => storage.throttles.fill(id, bucket, now)

  test('a bucket holds so many, says when there will be room, and one leaks out so often', async () => {
    for (const i of [0, 1, 2]) assert.equal(await fill('leaks', START + i), undefined)
    assert.equal(await fill('leaks', START + 3), START + 10_000)
    assert.equal(await fill('leaks', START + 9_999), START + 10_000)
    assert.equal(await fill('leaks', START + 10_000), undefined)
    assert.equal(await fill('leaks', START + 10_001), START + 20_000)
    // Empty again after all of it has leaked out, and never more than empty.
    for (const i of [0, 1, 2]) assert.equal(await fill('leaks', START + DAY + i), undefined)
    assert.equal(await fill('leaks', START + DAY + 3), START + DAY + 10_000)
  })

  test('of 50 at once exactly as many get in as there is room for', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => fill('rush', START)))
    assert.equal(answers.filter((at) => at === undefined).length, BUCKET.most)
    for (const at of answers) if (at !== undefined) assert.equal(at, START + 10_000)
  })

  test('what is taken back did not count, and an emptied bucket is as new', async () => {
    for (const i of [0, 1, 2]) await fill('back', START + i)
    assert.equal(await storage.throttles.roomAt('back', BUCKET, START + 3), START + 10_000)
    await storage.throttles.takeBack('back', BUCKET)
    assert.equal(await storage.throttles.roomAt('back', BUCKET, START + 3), undefined)
    assert.equal(await fill('back', START + 3), undefined)
    assert.notEqual(await fill('back', START + 3), undefined)
    await storage.throttles.empty('back')
    for (const i of [0, 1, 2]) assert.equal(await fill('back', START + i), undefined)
    await storage.throttles.takeBack('nothing', BUCKET)
    await storage.throttles.empty('nothing')
    assert.equal(await storage.throttles.roomAt('nothing', BUCKET, START), undefined)
  })

  test('many who take back at once each take back one', async () => {
    const bucket = { most: 20, every: 1000 }
    for (let i = 0; i < 20; i++) await fill('many', START, bucket)
    await Promise.all(Array.from({ length: 5 }, () => storage.throttles.takeBack('many', bucket)))
    const answers = await Promise.all(Array.from({ length: 10 }, () => fill('many', START, bucket)))
    assert.equal(answers.filter((at) => at === undefined).length, 5)
  })

  test('a clock that ran ahead and is set right shuts nobody out', async () => {
    for (const i of [0, 1, 2]) await fill('ahead', START + DAY + i)
    assert.equal(await storage.throttles.roomAt('ahead', BUCKET, START), undefined)
    assert.equal(await fill('ahead', START), undefined)
    for (const i of [1, 2]) assert.equal(await fill('ahead', START + i), undefined)
    assert.equal(await fill('ahead', START + 3), START + 10_000)
  })

  test('a bucket that has been empty for an hour is swept', async () => {
    const alone = await fresh()
    await alone.throttles.fill('old', BUCKET, START)
    assert.equal(await alone.sweep(START + BUCKET.every + HOUR, 100), 0)
    assert.equal(await alone.sweep(START + BUCKET.every + HOUR + 1, 100), 1)
  })
}
