/** What is counted, while people and apps do what they do. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Config } from '../../src/config/config.ts'
import { type ProcessMetrics, processMetrics } from '../../src/telemetry/metrics/process.ts'
import { aClient, aPublicClient } from '../fixtures/client.ts'
import { gatedHasher } from '../fixtures/gated-hasher.ts'
import { leaveBeforeAnswer } from '../fixtures/impatient.ts'
import { CHEAP_HASHING } from '../fixtures/password-hashing.ts'
import { PASSWORD, type TestApp, THROTTLING, testApp } from '../fixtures/test-app.ts'
import { authorizeQuery, basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'
import { newTokens, postAsApp, postForm } from '../fixtures/test-client.ts'
import { aDelivery } from '../storage/records.ts'

const BUILD = { version: '1.2.3', node: 'v24' }
const service = aClient({ id: 'service', metadata: { grant_types: ['client_credentials'], scope: ['jobs'] } })
const clients = [aClient(), aPublicClient(), service]

async function seriesOf(metrics: ProcessMetrics): Promise<ReadonlyMap<string, number>> {
  const { text } = await metrics.expose()
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

describe('metrics', () => {
  let started: TestApp
  const config: () => Config = () => started.deps.config
  const metrics = processMetrics({ build: BUILD, config, ofNode: false })
  let at: ReadonlyMap<string, number> = new Map()
  const gate = gatedHasher({ concurrency: 1, queue: 1 }, metrics.telemetry.hashing)

  /** By how much a series has grown since the test began. */
  const grown = async (series: string): Promise<number> =>
    ((await seriesOf(metrics)).get(series) ?? 0) - (at.get(series) ?? 0)

  before(async () => {
    started = await testApp({
      ...{ clients, telemetry: metrics.telemetry, passwords: gate.passwords },
      config: {
        passwordHashing: { ...CHEAP_HASHING, concurrency: 1, queue: 1 },
        throttling: { ...THROTTLING, unknownDevice: { most: 2, every: 60_000 } },
      },
    })
    const { deps, clock, storage } = started
    await started.addAccount()
    await started.addAccount({ username: 'bob', claims: {} })
    metrics.observe({ ...deps, storage, clock, steady: clock.steady, config, reloads: deps.reloads.state })
  })
  after(async () => {
    metrics.stop()
    await started.close()
  })
  beforeEach(async () => {
    started.clock.advance(3_600_000)
    at = await seriesOf(metrics)
  })

  const signIn = async (username: string, password = PASSWORD) => {
    const browser = testBrowser(started.app)
    const { path, csrf } = await browser.start()
    await browser.post(`${path}/password`, { csrf, username, password })
    return { browser, path }
  }

  test('what an alert looks at is 0 before it happens: Prometheus sees no growth in what was not there', async () => {
    const begun = await seriesOf(processMetrics({ build: BUILD, config: () => started.deps.config, ofNode: false }))
    for (const series of [
      'countersign_sign_ins_total{outcome="throttled"}',
      'countersign_grants_revoked_total{because="code_reused"}',
      'countersign_grants_revoked_total{because="refresh_token_reused"}',
      'countersign_throttled_total{what="password",by="network"}',
      'countersign_throttled_total{what="client_requests",by="client"}',
      'countersign_deliveries_total{kind="logout",outcome="given_up"}',
    ])
      assert.equal(begun.get(series), 0, series)
  })

  test('sign-ins by what became of them', async () => {
    await signIn('alice')
    for (let i = 0; i < 3; i++) await signIn('bob', `wrong ${i}`)
    assert.equal(await grown('countersign_sign_ins_total{outcome="ok"}'), 1)
    assert.equal(await grown('countersign_sign_ins_total{outcome="wrong_credentials"}'), 2)
    assert.equal(await grown('countersign_sign_ins_total{outcome="throttled"}'), 1)
    assert.equal(await grown('countersign_throttled_total{what="password",by="account"}'), 1)
  })

  test('sign-ons with a page and without one, and the tokens that came of them', async () => {
    const { browser, path } = await signIn('alice')
    await browser.get(path)
    await browser.get(`/authorize?${authorizeQuery()}`)
    assert.equal(await grown('countersign_sign_ons_total{client="app",page="shown"}'), 1)
    assert.equal(await grown('countersign_sign_ons_total{client="app",page="none"}'), 1)
    await newTokens(started.app)
    assert.equal(await grown('countersign_tokens_total{grant_type="authorization_code",client="app"}'), 1)
  })

  test('refusals by the check that failed, also those that are not kept', async () => {
    for (let i = 0; i < 100; i++) {
      await started.app.inject({ url: `/authorize?client_id=stranger-${i}` })
    }
    assert.equal(await grown('countersign_refusals_total{check="client_id",endpoint="/authorize"}'), 100)
    await postAsApp(started.app, '/token', { grant_type: 'refresh_token', refresh_token: 'x' })
    assert.equal(await grown('countersign_refusals_total{check="refresh_token",endpoint="/token"}'), 1)
  })

  test('requests by route, never by what a stranger put in the path or the method', async () => {
    const authorization = basicAuthorization('service')
    await postForm(started.app, '/token', { grant_type: 'client_credentials' }, { authorization })
    await started.app.inject({ url: '/sign-in/canary-of-a-path' })
    await started.app.inject({ url: '/nowhere/canary-of-a-path' })
    assert.equal(await grown('countersign_http_request_seconds_count{route="/token",method="POST",status="2xx"}'), 1)
    assert.equal(await grown('countersign_http_request_seconds_count{route="(none)",method="GET",status="4xx"}'), 1)
    assert.doesNotMatch((await metrics.expose()).text, /canary/)
  })

  test('who leaves before the answer is counted once, so that what is slowest is not what is not seen', async () => {
    const own = processMetrics({ build: BUILD, config: () => started.deps.config, ofNode: false })
    await leaveBeforeAnswer(own.telemetry.watch)
    const counts = [...(await seriesOf(own))].filter(([series]) =>
      series.startsWith('countersign_http_request_seconds_count'),
    )
    assert.deepEqual(counts, [['countersign_http_request_seconds_count{route="/slow",method="GET",status="gone"}', 1]])
  })

  test('clients that are not in the file are one', async () => {
    const event = { kind: 'tokens_issued', clientId: 'came-by-itself', grantType: 'refresh_token' } as const
    started.deps.audit.record(event, {})
    assert.equal(await grown('countersign_tokens_total{grant_type="refresh_token",client="registered"}'), 1)
  })

  test('the hashing queue: under way, waiting, refused', async () => {
    const open = gate.shut()
    const { passwords } = started.deps
    const hashes = [passwords.hash('one of them'), passwords.hash('another one')]
    const refused = passwords.hash('one too many').catch(() => 'refused')
    assert.equal(await refused, 'refused')
    const now = await seriesOf(metrics)
    assert.deepEqual([now.get('countersign_hashing_under_way'), now.get('countersign_hashing_waiting')], [1, 1])
    open()
    await Promise.all(hashes)
    const then = await seriesOf(metrics)
    assert.deepEqual([then.get('countersign_hashing_under_way'), then.get('countersign_hashing_waiting')], [0, 0])
    assert.equal(await grown('countersign_hashing_refused_total'), 1)
    assert.equal(await grown('countersign_hashing_seconds_count'), 2)
  })

  test('the outbox: how many wait, and for how long', async () => {
    const { storage, clock } = started
    await storage.deliveries.insert(aDelivery('one', { createdAt: clock.now() - 60_000, nextAttemptAt: clock.now() }))
    clock.advance(60_000)
    const now = await seriesOf(metrics)
    assert.deepEqual([now.get('countersign_outbox_pending'), now.get('countersign_outbox_oldest_seconds')], [1, 120])
  })

  test('keys, the database and the configuration', async () => {
    const now = await seriesOf(metrics)
    assert.equal(now.get('countersign_database_up'), 1)
    assert.equal(now.get('countersign_signing_key_unaware_users{algorithm="RS256"}'), 0)
    assert.ok((now.get('countersign_signing_key_age_seconds{algorithm="RS256"}') ?? 0) >= 3600)
    assert.equal(now.get('countersign_config_info{revision="0123456789ab"}'), 1)
    assert.equal(now.get('countersign_config_refused'), 0)
    assert.equal(now.get('countersign_build_info{version="1.2.3",node="v24"}'), 1)
    assert.equal(now.has('countersign_certificate_expires_in_seconds'), false)
  })
})

test('what cannot be asked is not there, instead of being old', async () => {
  const metrics = processMetrics({ build: BUILD, config: () => started.deps.config, ofNode: false })
  const started = await testApp()
  const { deps, clock } = started
  const gone = async () => {
    throw new Error('away')
  }
  const storage = { ...started.storage, ping: gone, deliveries: { ...started.storage.deliveries, backlog: gone } }
  const reloads = deps.reloads.state
  metrics.observe({ ...deps, storage, clock, steady: clock.steady, config: () => deps.config, reloads })
  const now = await seriesOf(metrics)
  assert.equal(now.get('countersign_database_up'), 0)
  assert.equal(now.has('countersign_database_ping_seconds'), false)
  assert.equal(now.has('countersign_outbox_pending'), false)
  metrics.telemetry.outage()
  assert.equal((await seriesOf(metrics)).get('countersign_database_outages_total'), 1)
  metrics.stop()
  await started.close()
})
