/** The job that remembers what is in force, and ends what removed clients had. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { AuditEvent } from '../../src/audit/event.ts'
import { SECOND } from '../../src/base/duration.ts'
import type { Config } from '../../src/config/config.ts'
import { entriesOf, entryDigest } from '../../src/config/entry.ts'
import { ENDS_AFTER, followConfig } from '../../src/jobs/follow-config.ts'
import type { Client } from '../../src/protocol/client.ts'
import { openStorage } from '../../src/storage/prisma/client.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { configOf, withClient } from '../config/loading.ts'
import { aClient } from '../fixtures/client.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { aConsent, aGrant, anAccount } from '../storage/records.ts'

const never = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'countersign-follow-'))
const opened: Storage[] = []
after(async () => {
  await Promise.all(opened.map((storage) => storage.close()))
  rmSync(folder, { recursive: true, force: true })
})

const BASE = configOf(
  withClient('client_id: x', 'token_endpoint_auth_method: none', 'redirect_uris: [https://x.example/]'),
)
const configWith = (...clients: readonly Client[]): Config => ({ ...BASE, clients })
const wiki = aClient({ id: 'wiki' })
const blog = aClient({ id: 'blog' })

async function world() {
  const storage = await openStorage({ url: `file:${join(folder, `${opened.length}.db`)}` })
  opened.push(storage)
  await storage.accounts.insert(anAccount('ada'))
  const clock = fakeClock()
  const events: Record<string, unknown>[] = []
  const audited = ({ kind, ...fields }: AuditEvent) => void events.push({ audit: kind, ...fields })
  /** A process with a file of its own. */
  function process(config: Config) {
    const made = { config, agrees: true }
    const job = followConfig({
      ...{ config: () => made.config, storage, clock, steady: clock.steady, audited },
      instances: { agree: async () => made.agrees },
    })
    return {
      job,
      change: (to: Config) => (made.config = to),
      agrees: (does: boolean) => (made.agrees = does),
      /** For so long it does this work. */
      async works(milliseconds: number) {
        for (let passed = 0; passed <= milliseconds; passed += 5 * SECOND) {
          await job.run(never)
          clock.advance(5 * SECOND)
        }
      },
    }
  }
  const clients = async () =>
    (await storage.configEntries.states()).flatMap(({ kind, id }) => (kind === 'client' ? id : []))
  const grant = (id: string, clientId = 'wiki') =>
    storage.grants.insert(aGrant(id, { clientId, createdAt: clock.now() }))
  const whyRevoked = async (id: string) => (await storage.grants.find(id))?.grant.revokedBecause
  return { storage, clock, events, process, clients, grant, whyRevoked }
}

describe('follow-config', () => {
  test('every five seconds, one process for all', async () => {
    const { job } = (await world()).process(configWith())
    assert.deepEqual([job.runs, job.everyMs], ['one_at_a_time', 5 * SECOND])
  })

  test('a new table on a database with grants ends nothing: what is in the file comes into force', async () => {
    const { process, clients, grant, whyRevoked, storage, events } = await world()
    await grant('g')
    await grant('of nobody', 'unknown')
    await process(configWith(wiki)).works(2 * ENDS_AFTER)
    assert.deepEqual(await clients(), ['wiki'])
    assert.deepEqual([await whyRevoked('g'), await whyRevoked('of nobody')], [undefined, undefined])
    const entry = await storage.configEntries.find('client', 'wiki')
    assert.deepEqual([entry?.since, entry?.entry['redirect_uris']], [START, ['https://app.example/callback']])
    assert.deepEqual(
      events.map(({ audit, entry: kind, id, change }) => [audit, kind, id, change]),
      [
        ['config_in_force', 'installation', '', 'added'],
        ['config_in_force', 'client', 'wiki', 'added'],
      ],
    )
  })

  test('a change is remembered, and which keys it was', async () => {
    const { process, storage, events } = await world()
    const one = process(configWith(wiki))
    await one.works(0)
    one.change(configWith(aClient({ id: 'wiki', metadata: { redirect_uris: ['https://new.example/'] } })))
    await one.works(10 * SECOND)
    assert.deepEqual((await storage.configEntries.find('client', 'wiki'))?.entry['redirect_uris'], [
      'https://new.example/',
    ])
    assert.deepEqual(events.slice(2), [
      { audit: 'config_in_force', entry: 'client', id: 'wiki', change: 'changed', keys: ['redirect_uris'] },
    ])
  })

  test('a secret that the command line wrote into the file is an event, too, and never told', async () => {
    const { process, events } = await world()
    const one = process(configWith(wiki))
    await one.works(0)
    one.change(configWith(aClient({ id: 'wiki', secretHashes: ['another', ...wiki.secretHashes] })))
    await one.works(0)
    assert.deepEqual(events.at(-1), {
      ...{ audit: 'config_in_force', entry: 'client', id: 'wiki', change: 'changed', keys: ['client_secret'] },
    })
  })

  test('where a process listens and what it logs is remembered, and no event: another one may have it otherwise', async () => {
    const { process, storage, events } = await world()
    const one = process(configWith())
    await one.works(0)
    one.change({ ...configWith(), listen: { ...BASE.listen, port: 9999 }, log: { level: 'debug' } })
    await one.works(0)
    const { entry } = (await storage.configEntries.find('installation', '')) ?? assert.fail()
    assert.deepEqual([entry['listen.port'], entry['log.level']], [9999, 'debug'])
    one.change({ ...configWith(), name: 'Other' })
    await one.works(0)
    assert.deepEqual(
      events.map(({ change, keys }) => [change, keys]),
      [
        ['added', undefined],
        ['changed', ['name']],
      ],
    )
  })

  test('what a new version remembers more than the one before has not changed', async () => {
    const { process, storage, events } = await world()
    const { 'audit.keep': _, ...older } = entriesOf(configWith())[0]?.entry ?? {}
    const named = { kind: 'installation', id: '', entry: older } as const
    await storage.configEntries.put({ ...named, digest: entryDigest(older), since: START }, undefined)
    await process(configWith()).works(0)
    const { entry } = (await storage.configEntries.find('installation', '')) ?? assert.fail()
    assert.deepEqual([entry['audit.keep'], events], ['400d', []])
  })

  test('what a removed client had ends after a minute, for good, and nothing of others', async () => {
    const { process, clients, grant, whyRevoked, storage, events } = await world()
    const one = process(configWith(wiki, blog))
    await one.works(0)
    await grant('g')
    await grant('of blog', 'blog')
    await storage.consents.add(aConsent({ clientId: 'wiki' }))
    one.change(configWith(blog))
    await one.works(ENDS_AFTER - 10 * SECOND)
    assert.equal(await whyRevoked('g'), undefined, 'a mistake can be taken back')
    await one.works(10 * SECOND)
    assert.equal(await whyRevoked('g'), 'client_removed')
    assert.equal(await whyRevoked('of blog'), undefined)
    assert.equal(await storage.consents.find('ada', 'wiki'), undefined)
    assert.deepEqual(await clients(), ['blog'])
    assert.deepEqual(events.at(-1), { audit: 'clients_ended', clientIds: ['wiki'], grants: 1, consents: 1 })

    one.change(configWith(blog, wiki))
    await one.works(ENDS_AFTER)
    assert.equal(await whyRevoked('g'), 'client_removed', 'the same id came back: it is another client')
  })

  test('one that comes back within the minute keeps what it has', async () => {
    const { process, grant, whyRevoked } = await world()
    const one = process(configWith(wiki))
    await one.works(0)
    await grant('g')
    one.change(configWith())
    await one.works(ENDS_AFTER - 10 * SECOND)
    one.change(configWith(wiki))
    await one.works(0)
    one.change(configWith())
    await one.works(ENDS_AFTER - 10 * SECOND)
    one.change(configWith(wiki))
    await one.works(2 * ENDS_AFTER)
    assert.equal(await whyRevoked('g'), undefined)
  })

  test('nothing is decided while living processes run different files, whoever does this work', async () => {
    const { process, clients, grant, whyRevoked, events } = await world()
    const older = process(configWith(wiki))
    await older.works(0)
    await grant('g')
    const newer = process(configWith(blog))
    for (const each of [older, newer]) each.agrees(false)
    const before = events.length
    for (let i = 0; i < 3; i++) for (const each of [newer, older]) await each.works(ENDS_AFTER)
    assert.equal(events.length, before)
    assert.deepEqual([await clients(), await whyRevoked('g')], [['wiki'], undefined])

    newer.agrees(true)
    await newer.works(ENDS_AFTER - 10 * SECOND)
    assert.equal(await whyRevoked('g'), undefined, 'the minute begins when all agree')
    await newer.works(10 * SECOND)
    assert.equal(await whyRevoked('g'), 'client_removed')
  })

  test('what a process saw before another one did this work does not count', async () => {
    const { process, clock, grant, whyRevoked } = await world()
    const one = process(configWith(wiki))
    await one.works(0)
    await grant('g')
    one.change(configWith())
    await one.works(10 * SECOND)
    clock.advance(2 * ENDS_AFTER)
    await one.works(10 * SECOND)
    assert.equal(await whyRevoked('g'), undefined)
  })

  test('a process that was stopped in the middle: the next one goes on, and what came back since keeps what is new', async () => {
    const { process, clock, storage, grant, whyRevoked } = await world()
    const one = process(configWith(wiki))
    await one.works(0)
    await grant('old')
    const [state] = (await storage.configEntries.states()).filter(({ kind }) => kind === 'client')
    assert.ok(state && (await storage.configEntries.remove(state, clock.now() + 1)))
    clock.advance(SECOND)
    await grant('new')
    await process(configWith(wiki)).works(0)
    assert.deepEqual([await whyRevoked('old'), await whyRevoked('new')], ['client_removed', undefined])
  })

  test('an aborted run ends nothing more, and says nothing of it', async () => {
    const { process, grant, whyRevoked, events } = await world()
    const one = process(configWith(wiki))
    await one.works(0)
    await grant('g')
    one.change(configWith())
    await one.works(ENDS_AFTER - 5 * SECOND)
    await one.job.run(AbortSignal.abort())
    assert.equal(await whyRevoked('g'), undefined)
    assert.ok(!events.some(({ audit }) => audit === 'clients_ended'))
  })
})
