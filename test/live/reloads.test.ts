/** From the files to another configuration in force, or nothing at all. */
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import type { Config } from '../../src/config/config.ts'
import type { LoadedConfig } from '../../src/config/load.ts'
import type { Opened } from '../../src/live/opened.ts'
import { openReloads } from '../../src/live/reloads.ts'
import type { Version } from '../../src/live/version.ts'
import { suiteApp } from '../fixtures/suite-app.ts'

describe('reloads', () => {
  const started = suiteApp()

  /** Files that say `loaded`, and a front that remembers whose turn it is. */
  function world() {
    const { deps, app, clock } = started()
    const keys = { fail: false }
    const prepare = async () => {
      if (keys.fail) throw new Error('the database is away')
    }
    const opened = {
      ...deps,
      ...{ log: pino({}, { write: () => {} }), steady: clock.steady, keyRing: { ...deps.keyRing, prepare } },
      ...{ revisionKey: Buffer.alloc(32), throttlingKey: createSecretKey(Buffer.alloc(32)) },
    } as unknown as Opened
    let version: Version = {
      ...{ config: deps.config, revision: 'first', deps, app, kinds: {} as never },
      documents: { find: () => undefined, forget: () => {} },
    }
    const files = {
      path: 'countersign.yaml',
      loaded: { config: deps.config, warnings: [] } as LoadedConfig,
      look: 'one',
      print: () => files.look,
      load: () => ({ loaded: files.loaded, print: files.look }),
    }
    const answering: string[] = []
    const reloads = openReloads({
      ...{ opened, files, print: 'one' },
      front: { put: () => void answering.push(version.config.name), useCertificate: () => {} },
      current: () => version,
      enforce: (next) => {
        version = next
      },
    })
    const say = (change: Partial<Config>) => {
      files.loaded = { config: { ...deps.config, ...change }, warnings: [] }
      files.look += '+'
    }
    return { reloads, files, keys, say, answering, clock, inForce: () => version.config.name }
  }

  test('what the files say is in force, and answers, once they rest', async () => {
    const { reloads, say, answering, inForce } = world()
    await reloads.follow()
    say({ name: 'Other' })
    await reloads.follow()
    assert.equal(inForce(), 'Example Login', 'somebody may still be writing')
    await reloads.follow()
    await reloads.follow()
    assert.deepEqual([inForce(), answering], ['Other', ['Other']])
    assert.deepEqual(reloads.state().counts, { applied: 1, unchanged: 0, refused: 0, failed: 0 })
  })

  test('faults, and what needs a restart, change nothing and are not tried again', async () => {
    const { reloads, files, say, answering, inForce } = world()
    const fault = { file: 'a.yaml', line: 3, column: 1, path: 'name', found: undefined, message: 'is wrong' }
    files.loaded = { faults: [fault] }
    const refused = await reloads.reload()
    assert.deepEqual([refused.outcome, refused.detail], ['refused', 'a.yaml:3:1: name: is wrong'])
    assert.deepEqual(reloads.state().last?.faults, [fault])
    say({ name: 'Other', issuer: 'https://other.example' })
    assert.match((await reloads.reload()).detail, /^issuer: only a restart/)
    assert.deepEqual([reloads.state().last?.faults, reloads.state().last?.needsRestart], [[], ['issuer']])
    for (let look = 0; look < 3; look++) await reloads.follow()
    assert.deepEqual([inForce(), answering, reloads.state().counts.refused], ['Example Login', [], 2])
  })

  test('when the process started, and since when its configuration is in force', async () => {
    const { reloads, say, clock } = world()
    const start = clock.now()
    clock.advance(5000)
    assert.match((await reloads.reload()).detail, /^2 clients, since 2026-01-15 12:00:00 UTC$/)
    assert.deepEqual([reloads.state().startedAt, reloads.state().since], [start, start])
    say({ name: 'Other' })
    await reloads.reload()
    assert.deepEqual([reloads.state().startedAt, reloads.state().since], [start, start + 5000])
  })

  const metrics = { host: '127.0.0.1', port: 9464, token: 'hunter2-hunter2-hunter2' }
  const tracing = { endpoint: 'http://127.0.0.1:4318', sampleOneIn: 1, headers: { authorization: 'hunter2' } }
  for (const [keys, change] of [
    ['metrics', { metrics }],
    ['tracing', { tracing }],
  ] as const) {
    test(`${keys}: a restart is named, and no value`, async () => {
      const { reloads, say } = world()
      say(change)
      const { outcome, detail } = await reloads.reload()
      assert.deepEqual([outcome, detail], ['refused', `${keys}: only a restart can change this`])
    })
  }

  test('what fails for another reason leaves all as it was, and is tried again', async () => {
    const { reloads, keys, say, answering, inForce } = world()
    keys.fail = true
    say({ name: 'Other' })
    for (let look = 0; look < 3; look++) await reloads.follow()
    assert.deepEqual([inForce(), answering, reloads.state().last?.outcome], ['Example Login', [], 'failed'])
    keys.fail = false
    await reloads.follow()
    assert.deepEqual([inForce(), answering], ['Other', ['Other']])
  })

  test('one that throws while it reads rejects nobody, and the next one runs all the same', async () => {
    const { reloads, files, say, inForce } = world()
    const { load } = files
    files.load = () => {
      throw new Error('too many open files')
    }
    assert.equal((await reloads.reload()).outcome, 'refused')
    assert.equal(reloads.state().last?.outcome, 'failed')
    files.load = load
    say({ name: 'Other' })
    await reloads.reload()
    assert.equal(inForce(), 'Other')
  })

  test('of several at once each sees what the one before has done', async () => {
    const { reloads, say } = world()
    say({ name: 'Other' })
    const outcomes = (await Promise.all([reloads.reload(), reloads.reload()])).map(({ outcome }) => outcome)
    assert.deepEqual(outcomes, ['applied', 'unchanged'])
  })

  test('many, one after the other', async () => {
    const { reloads, say, inForce } = world()
    for (let time = 1; time <= 50; time++) {
      say({ name: `Name ${time}` })
      assert.equal((await reloads.reload()).outcome, 'applied')
    }
    assert.equal(inForce(), 'Name 50')
  })
})
