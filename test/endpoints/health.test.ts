/** /livez and /readyz, for load balancers and containers; and what everybody else hears while the database is away. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { createApp } from '../../src/app.ts'
import type { ReloadState } from '../../src/config/reload-state.ts'
import type { Deps } from '../../src/deps.ts'
import { withoutErrorId } from '../fixtures/refusals.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { authorizeQuery, basicAuthorization } from '../fixtures/test-browser.ts'
import { postForm } from '../fixtures/test-client.ts'

describe('health', () => {
  const started = suiteApp({ issuer: 'https://login.example/auth' })

  const READY = { status: 'ok', database: 'reachable', migrations: 'applied', keys: 'usable' }

  test('alive and ready, at the root wherever the issuer is', async () => {
    for (const [url, body] of [
      ['/livez', { status: 'ok' }],
      ['/readyz', READY],
    ] as const) {
      const response = await started().app.inject({ url })
      assert.deepEqual(
        [response.statusCode, response.json(), response.headers['cache-control']],
        [200, body, 'no-store'],
      )
    }
  })

  test('?verbose tells which configuration is in force and who runs which, and nothing of what they say', async () => {
    const { app, storage, clock } = started()
    const report = { id: 'i', label: 'secret-host 17', startedAt: clock.now(), seenAt: clock.now() }
    await storage.instances.report({ ...report, revision: 'fedcba987654' })
    await storage.instances.report({ ...report, id: 'gone', revision: 'gone', seenAt: clock.now() - 60_000 })
    const response = await app.inject('/readyz?verbose')
    const now = new Date(clock.now()).toISOString()
    const configuration = {
      ...{ revision: '0123456789ab', in_force_since: now, process_started: now, last_reload: null },
      instances: [{ revision: 'fedcba987654', process_started: now, last_seen: now }],
    }
    assert.deepEqual(response.json(), { ...READY, configuration })
  })

  /** `last_reload` when that became of it, and all that is answered. */
  async function lastReload(became: Omit<NonNullable<ReloadState['last']>, 'at'>): Promise<[unknown, string]> {
    const { deps, clock } = started()
    const state = { ...deps.reloads.state(), last: { at: clock.now(), ...became } }
    const app = await createApp({ ...deps, reloads: { state: () => state } }, pino({ level: 'silent' }))
    const response = await app.inject('/readyz?verbose')
    await app.close()
    assert.equal(response.statusCode, 200)
    const { at, ...rest } = response.json().configuration.last_reload
    assert.equal(at, new Date(clock.now()).toISOString())
    return [rest, response.body]
  }

  test('?verbose tells that the files have faults; it is ready all the same', async () => {
    const fault = { file: '/etc/x.yaml', line: 1, column: 1, path: 'name', found: 'found', message: 'is wrong' }
    const [told, body] = await lastReload({ outcome: 'refused', faults: [fault], needsRestart: [] })
    assert.deepEqual(told, { outcome: 'refused', because: 'faults', faults: 1 })
    assert.doesNotMatch(body, /x\.yaml|wrong|found/)
  })

  test('?verbose tells what needs a restart, by its keys, and what became of the others', async () => {
    const needsRestart = ['listen.port', 'database.url']
    const [told] = await lastReload({ outcome: 'refused', faults: [], needsRestart })
    assert.deepEqual(told, { outcome: 'refused', because: 'needs_restart', needs_restart: needsRestart })
    for (const outcome of ['applied', 'unchanged', 'failed'] as const) {
      const [other] = await lastReload({ outcome, faults: [], needsRestart: [] })
      assert.deepEqual(other, { outcome })
    }
  })

  /** The same app, but for what `changes` says; gives the answers of /readyz and /livez. */
  async function askWith(changes: (deps: Deps) => Partial<Deps>): Promise<[number, unknown, number]> {
    const { deps } = started()
    const app = await createApp({ ...deps, ...changes(deps) }, pino({ level: 'silent' }))
    try {
      const [ready, alive] = [await app.inject('/readyz'), await app.inject('/livez')]
      return [ready.statusCode, ready.json(), alive.statusCode]
    } finally {
      await app.close()
    }
  }

  test('stopping: not to be sent anything new, but alive', async () => {
    const answer = await askWith(() => ({ isStopping: () => true }))
    assert.deepEqual(answer, [503, { status: 'stopping' }, 200])
  })

  test('a database that hangs is unreachable after a second', async () => {
    const began = performance.now()
    const answer = await askWith(({ storage }) => ({
      storage: { ...storage, isMigrated: () => new Promise<never>(() => {}) },
    }))
    const body = { status: 'unavailable', database: 'unreachable', migrations: 'unknown', keys: 'usable' }
    assert.deepEqual(answer, [503, body, 200])
    assert.ok(performance.now() - began < 2500)
  })

  test('an older database put in its place is not migrated', async () => {
    const answer = await askWith(({ storage }) => ({ storage: { ...storage, isMigrated: async () => false } }))
    assert.deepEqual(answer, [503, { ...READY, status: 'unavailable', migrations: 'missing' }, 200])
  })

  test('keys that cannot sign, or cannot be read again, are said', async () => {
    for (const state of ['missing', 'settling', 'stale'] as const) {
      const answer = await askWith(({ keyRing }) => ({ keyRing: { ...keyRing, state: () => state } }))
      assert.deepEqual(answer, [503, { ...READY, status: 'unavailable', keys: state }, 200])
    }
    const freshJwks = () => Promise.reject(new Error('away'))
    const answer = await askWith(({ keyRing }) => ({ keyRing: { ...keyRing, freshJwks } }))
    assert.deepEqual(answer, [503, { ...READY, status: 'unavailable', keys: 'stale' }, 200])
  })
})

describe('while the database is away', () => {
  const started = suiteApp()
  let app: FastifyInstance
  const logged: string[] = []
  const away = (): Promise<never> => Promise.reject(new Error('SQLITE_IOERR at postgresql://user:hunter2@db'))

  before(async () => {
    const { deps } = started()
    const storage = {
      ...deps.storage,
      isMigrated: away,
      sessions: { ...deps.storage.sessions, find: away },
      interactions: { ...deps.storage.interactions, insert: away },
      grants: { ...deps.storage.grants, find: away },
    }
    app = await createApp(
      { ...deps, storage },
      pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    )
  })
  after(() => app.close())

  test('it lives and is not ready, and tells nothing of why', async () => {
    assert.equal((await app.inject({ url: '/livez' })).statusCode, 200)
    const response = await app.inject({ url: '/readyz' })
    assert.equal(response.statusCode, 503)
    assert.equal(response.json().database, 'unreachable')
    assert.doesNotMatch(response.body, /SQLITE|hunter2/)
    assert.ok(logged.some((line) => line.includes('not ready')))
  })

  test('people get a page with an id that is in the log, and nothing of how we are built', async () => {
    const cookie = '__Host-countersign-session=019bc13e-5c00-7abc-8abc-0123456789ab.secret'
    for (const url of ['/', '/sign-in', `/authorize?${authorizeQuery()}`]) {
      const page = await app.inject({ url, headers: { cookie, accept: 'text/html' } })
      assert.equal(page.statusCode, 500, url)
      const id = /give this id: <code>([\w-]+)<\/code>/.exec(page.body)?.[1] ?? 'none'
      assert.ok(logged.some((line) => line.includes(id) && line.includes('SQLITE_IOERR')))
      assert.doesNotMatch(page.body, /SQLITE|hunter2|\.ts:\d/)
    }
  })

  test('[RFC6749 5.2] machines get server_error, and the code is not lost', async () => {
    const fields = {
      grant_type: 'authorization_code',
      code: '019bc13e-5c00-7abc-8abc-0123456789ab.x',
      redirect_uri: 'x',
    }
    const response = await postForm(app, '/token', fields, { authorization: basicAuthorization() })
    assert.equal(response.statusCode, 500)
    const { error, error_description: description } = response.json()
    assert.deepEqual([error, withoutErrorId(description)], ['server_error', 'something went wrong on our side'])
  })
})
