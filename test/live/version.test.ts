/** What a configuration that takes another one's place takes over from it. */
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import { hashingQueue } from '../../src/accounts/hashing-queue.ts'
import type { Config } from '../../src/config/config.ts'
import type { Opened } from '../../src/live/opened.ts'
import { makeVersion, type Version } from '../../src/live/version.ts'
import { NO_TELEMETRY } from '../../src/telemetry/telemetry.ts'
import { fakeWeb } from '../fixtures/fake-web.ts'
import { CHEAP_HASHING } from '../fixtures/password-hashing.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { THROTTLING } from '../fixtures/test-app.ts'

const ID = 'https://tool.example/client.json'
const DOCUMENTS = { allowedDomains: ['tool.example'], allowedScopes: ['openid', 'email'], allowedResources: [] }

describe('another configuration', () => {
  const started = suiteApp({ config: { clientIdMetadataDocuments: DOCUMENTS } })

  /** One after the other, over the same opened things, as a process goes over to them. */
  function world() {
    const { deps, clock } = started()
    const web = fakeWeb()
    const document = { client_id: ID, client_name: 'Tool', redirect_uris: ['https://tool.example/callback'] }
    web.pages.set(ID, { body: JSON.stringify(document), cacheControl: 'max-age=600' })
    let current: Version | undefined
    const config = (): Config => current?.config ?? deps.config
    const hashing = hashingQueue(() => config().passwordHashing, clock)
    const opened = {
      ...deps,
      ...{ log: pino({ level: 'silent' }), steady: clock.steady, hashing },
      telemetry: { ...NO_TELEMETRY, egress: () => web },
      throttlingKey: createSecretKey(Buffer.alloc(32)),
    } as unknown as Opened
    const goOver = async (change: Partial<Config> = {}): Promise<Version> => {
      const made = { config: { ...config(), ...change }, revision: 'one', reloads: deps.reloads, before: current }
      current = await makeVersion(opened, made)
      return current
    }
    const find = async () => current?.deps.clients.find(ID)
    return { goOver, find, web, clock, hashing }
  }

  describe('[CIMD 5.2] documents of clients', () => {
    const unconcerned: Readonly<Record<string, Partial<Config>>> = {
      'nothing of them': { name: 'Other', throttling: { ...THROTTLING, isEnabled: false } },
      'another domain is allowed, too': {
        clientIdMetadataDocuments: { ...DOCUMENTS, allowedDomains: ['other.example', 'tool.example'] },
      },
    }
    for (const [what, change] of Object.entries(unconcerned)) {
      test(`are not fetched again: ${what}`, async () => {
        const { goOver, find, web, clock } = world()
        await goOver()
        const first = await find()
        assert.equal(first?.metadata.client_name, 'Tool')
        web.pages.delete(ID)
        await goOver(change)
        assert.equal(await find(), first)
        assert.deepEqual(web.asked, [ID])
        clock.advance(600_000)
        assert.equal(await find(), first, 'its host is down: it stands in, as it would have before')
      })
    }

    test('are of no use any more when their domain is not allowed', async () => {
      const { goOver, find, web } = world()
      await goOver()
      await find()
      await goOver({ clientIdMetadataDocuments: { ...DOCUMENTS, allowedDomains: ['other.example'] } })
      assert.equal(await find(), undefined)
      assert.deepEqual(web.asked, [ID])
    })

    test('are read by the new rules for scopes, audiences and lifetimes', async () => {
      const { goOver, find } = world()
      const { config } = await goOver()
      await find()
      const narrower = { ...DOCUMENTS, allowedScopes: ['openid'], allowedResources: ['https://api.example'] }
      await goOver({
        clientIdMetadataDocuments: narrower,
        lifetimes: { ...config.lifetimes, accessToken: 1234 },
      })
      const client = await find()
      assert.deepEqual(client?.metadata.scope, ['openid'])
      assert.deepEqual(client?.namedAudience, ['https://api.example'])
      assert.equal(client?.lifetimes.accessToken, 1234)
    })

    test('are fetched by the new rules for what may be asked', async () => {
      const { goOver, find, web } = world()
      await goOver()
      await find()
      web.pages.delete(ID)
      await goOver({ egress: { allowedHosts: ['other.example'], timeout: 3000 } })
      assert.equal(await find(), undefined, 'what was brought by other rules does not stand in')
      assert.deepEqual(web.asked, [ID, ID])
    })
  })

  test('that makes passwords dearer: those under way and those to come share one bound, each at its own cost', async () => {
    const { goOver, hashing } = world()
    const bounds = { ...CHEAP_HASHING, concurrency: 1, queue: 1 }
    const { deps: before } = await goOver({ passwordHashing: bounds })
    const { promise, resolve: finish } = Promise.withResolvers<void>()
    const first = hashing.run(() => promise)
    const waiting = before.passwords.hash('two')
    const { deps: after } = await goOver({ passwordHashing: { ...bounds, iterations: bounds.iterations + 1 } })
    await assert.rejects(after.passwords.hash('three'), { name: 'HashingQueueFull' })
    finish()
    await first
    assert.match(await waiting, new RegExp(`t=${bounds.iterations},`))
    assert.match(await after.passwords.hash('three'), new RegExp(`t=${bounds.iterations + 1},`))
  })
})
