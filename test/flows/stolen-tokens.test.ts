/** A theft that is noticed reaches whoever the operator named, through the outbox, over a real port, signed. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { DAY, HOUR } from '../../src/base/duration.ts'
import { aClient, aPublicClient, LIFETIMES } from '../fixtures/client.ts'
import { LOOPBACK_EGRESS, oneSecond } from '../fixtures/logout-world.ts'
import { type TestApp, testApp } from '../fixtures/test-app.ts'
import { spaQuery } from '../fixtures/test-browser.ts'
import { assertRefused, codeFields, newCode, newSpaTokens, postAsApp, postForm } from '../fixtures/test-client.ts'

const SECRET = 'the-secret-of-the-webhook-in-the-tests-01'

interface Message {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

describe('a noticed theft is told to the webhook', () => {
  const received: Message[] = []
  let status = 200
  let server: Server
  let world: TestApp
  before(async () => {
    server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        received.push({ headers: request.headers, body: Buffer.concat(parts).toString() })
        response.writeHead(status).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    const { port } = server.address() as AddressInfo
    const notifications = { webhookUrl: `http://127.0.0.1:${port}/hook`, webhookSecret: SECRET }
    world = await testApp({
      clients: [aClient(), aPublicClient({ isFirstParty: true })],
      config: { egress: LOOPBACK_EGRESS, notifications },
    })
    await world.addAccount()
  })
  beforeEach(() => {
    received.length = 0
    status = 200
  })
  after(async () => {
    await world.close()
    server.close()
  })
  const refresh = (refresh_token: string) =>
    postForm(world.app, '/token', { grant_type: 'refresh_token', client_id: 'spa', refresh_token })
  const reuseCode = async () => {
    // Within an hour the second one would not be told.
    world.clock.advance(HOUR)
    const code = await newCode(world.app)
    await postAsApp(world.app, '/token', codeFields(code))
    assertRefused(await postAsApp(world.app, '/token', codeFields(code)), 400, 'invalid_grant')
    return code.split('.')[0] ?? ''
  }
  const isTold = (audit: string) => world.logged.some((line) => line['audit'] === audit)

  test('[RFC9700 4.14.2] a refresh token that was used before: who, where, when, with a signature', async () => {
    const first = await newSpaTokens(world.app, await newCode(world.app, { query: spaQuery() }))
    await refresh(first.refresh_token)
    world.clock.advance(LIFETIMES.refreshRetryWindow + 1)
    assertRefused(await refresh(first.refresh_token), 400, 'invalid_grant')
    // Already on its way: nobody waits for the job.
    await world.deps.deliveries.idle()
    const [message, ...others] = received
    assert.ok(message !== undefined && others.length === 0)
    const account = await world.storage.accounts.findByUsername('alice')
    const { id, ...told } = JSON.parse(message.body)
    assert.equal(typeof id, 'string')
    assert.deepEqual(told, {
      kind: 'refresh_token_reused',
      account: { id: account?.id, username: 'alice', email: 'alice@example.org' },
      client: { client_id: 'spa', client_name: 'Spa' },
      at: new Date(world.clock.now()).toISOString(),
    })
    assert.equal(message.headers['content-type'], 'application/json')
    const [, seconds, signature] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(message.headers['countersign-signature'])) ?? []
    assert.equal(seconds, String(Math.floor(world.clock.now() / 1000)))
    assert.equal(signature, createHmac('sha256', SECRET).update(`${seconds}.${message.body}`).digest('hex'))
  })

  test('[RFC6749 4.1.2] a code that was used before, once, however often it comes again', async () => {
    const code = await newCode(world.app)
    for (let time = 0; time < 4; time++) await postAsApp(world.app, '/token', codeFields(code))
    await oneSecond(world)
    assert.deepEqual(
      received.map(({ body }) => JSON.parse(body).kind),
      ['code_reused'],
    )
  })

  test('a receiver that is down hears of it later, with the same id and a new signature', async () => {
    status = 503
    const id = await reuseCode()
    await world.deps.deliveries.idle()
    assert.equal(received.length, 1)
    assert.ok(isTold('security_notice_delivery_failed'))
    status = 204
    world.clock.advance(HOUR)
    await oneSecond(world)
    assert.deepEqual(
      received.map(({ body }) => JSON.parse(body).id),
      [id, id],
    )
    assert.notEqual(received[0]?.headers['countersign-signature'], received[1]?.headers['countersign-signature'])
    world.clock.advance(HOUR)
    await oneSecond(world)
    assert.equal(received.length, 2)
  })

  test('after a day it is given up, and the log says so; a receiver that is gone for good is not asked again', async () => {
    status = 500
    await reuseCode()
    await world.deps.deliveries.idle()
    world.clock.advance(DAY)
    await oneSecond(world)
    const given = world.logged.filter((line) => line['audit'] === 'security_notice_given_up')
    assert.deepEqual(
      given.map((line) => line['level']),
      [40],
    )
    status = 410
    const id = await reuseCode()
    await world.deps.deliveries.idle()
    const delivery = await world.storage.deliveries.find(`security_notice/${id}`)
    assert.deepEqual([delivery?.attempts, delivery?.nextAttemptAt, delivery?.lastFailure], [1, undefined, 'status 410'])
  })

  test('neither the log nor the outbox has the secret', async () => {
    await reuseCode()
    await world.deps.deliveries.idle()
    const kept = await world.storage.deliveries.list({ clientId: undefined, limit: 100 })
    assert.equal(JSON.stringify([world.logged, kept]).includes(SECRET), false)
  })
})
