/** Traces: what they tell, of whom they believe where they belong, and that nothing is in the way. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openTracing, type Tracing } from '../../src/telemetry/traces/tracing.ts'
import { aClient } from '../fixtures/client.ts'
import { leaveBeforeAnswer } from '../fixtures/impatient.ts'
import { type OtlpReceiver, otlpReceiver, type SentSpan } from '../fixtures/otlp-receiver.ts'
import { silentLog } from '../fixtures/signing-keys.ts'
import { ISSUER, type TestApp, testApp } from '../fixtures/test-app.ts'
import { basicAuthorization, testBrowser } from '../fixtures/test-browser.ts'
import { newTokens, postAsApp } from '../fixtures/test-client.ts'

const SECRET_HEADER = 'Bearer canary-of-the-collector'
const [SERVER, CLIENT, ERROR] = [2, 3, 2]
const config = { issuer: ISSUER, database: { url: 'file:x' } }
const PARENT = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' }
const traceparent = (flags = '01') => `00-${PARENT.trace}-${PARENT.span}-${flags}`

interface Traced {
  readonly started: TestApp
  /** Ends the tracing; gives all that was sent. */
  sent(): Promise<OtlpReceiver>
}

async function traced(options: Parameters<typeof testApp>[0] = {}, sampleOneIn = 1): Promise<Traced> {
  const receiver = await otlpReceiver()
  const tracing: Tracing = openTracing({
    ...{ config, version: '1.2.3', log: silentLog },
    tracing: { endpoint: receiver.endpoint, sampleOneIn, headers: { authorization: SECRET_HEADER } },
  })
  const started = await testApp({ ...options, telemetry: tracing.telemetry })
  await started.addAccount()
  return {
    started,
    async sent() {
      await started.app.close()
      await tracing.stop()
      await receiver.close()
      await started.close()
      return receiver
    },
  }
}

const below = (spans: readonly SentSpan[], { spanId }: SentSpan) =>
  spans.filter(({ parentSpanId }) => parentSpanId === spanId)

describe('a traced sign-on', () => {
  let spans: readonly SentSpan[] = []
  let receiver: OtlpReceiver
  before(async () => {
    const { started, sent } = await traced()
    const { app } = started
    await newTokens(app)
    await postAsApp(app, '/token', { grant_type: 'refresh_token', refresh_token: 'canary-of-a-token' })
    await app.inject({ url: '/livez' })
    await app.inject({ url: '/nowhere/canary-of-a-path?canary=of-a-query' })
    receiver = await sent()
    spans = receiver.spans
  })
  const find = (name: string, status: number): SentSpan => {
    const found = spans.find((span) => span.name === name && span.attributes['http.response.status_code'] === status)
    return found ?? assert.fail(`no ${name} ${status} among ${spans.map((span) => span.name).join(', ')}`)
  }

  test('a span for each request: its route and its status, never its path or its query', () => {
    const token = find('POST /token', 200)
    assert.equal(token.kind, SERVER)
    assert.equal(token.parentSpanId, undefined)
    const { 'countersign.flow_id': flow, 'countersign.request_id': request, ...rest } = token.attributes
    assert.match(String(flow), /^[0-9a-f-]{36}$/)
    assert.match(String(request), /^[0-9a-z]{4}-[0-9a-z]{4}$/)
    assert.deepEqual(rest, {
      'http.request.method': 'POST',
      'http.route': '/token',
      'http.response.status_code': 200,
      'url.scheme': 'https',
      'server.address': 'login.example',
      'countersign.client_id': 'app',
    })
    assert.doesNotMatch(receiver.raw.filter((_, index) => index % 2 === 1).join(), /canary/)
  })

  test('below it the questions to the database, by name', () => {
    const questions = below(spans, find('POST /token', 200))
    const names = questions.map(({ name }) => name)
    assert.ok(names.includes('grants.find') && names.includes('grants.consumeCode'), names.join())
    const [first] = questions
    assert.equal(first?.kind, CLIENT)
    assert.equal(first?.attributes['db.system.name'], 'sqlite')
  })

  test('and passwords that are verified', () => {
    const signIn = spans.find(({ name }) => /^POST .*\/password$/.test(name)) ?? assert.fail('no sign-in')
    assert.ok(below(spans, signIn).some(({ name }) => name === 'passwords.verify'))
  })

  test('a refusal names its check; a client’s fault is none of the server’s', () => {
    const refused = find('POST /token', 400)
    assert.equal(refused.attributes['countersign.check'], 'refresh_token')
    assert.notEqual(refused.status.code, ERROR)
  })

  test('a request without a route has no name of its own, and health checks have no span', () => {
    assert.ok(find('GET', 404))
    assert.equal(
      spans.some(({ name }) => /livez/.test(name)),
      false,
    )
  })

  test('the collector is shown what the configuration says', () => {
    assert.match(receiver.raw[0] ?? '', /canary-of-the-collector/)
  })
})

describe('[W3C Trace Context 3.2] traceparent', () => {
  const ask = async (options: Parameters<typeof testApp>[0], headers: Record<string, string>, sampleOneIn = 1) => {
    const { started, sent } = await traced(options, sampleOneIn)
    await started.app.inject({ url: '/jwks', headers })
    return (await sent()).spans.find(({ name }) => name === 'GET /jwks')
  }
  const trusting = { config: { trustedProxies: ['127.0.0.1'] } }
  const forwarded = { 'x-forwarded-for': '192.0.2.1' }

  test('of a trusted proxy: this span is a part of its trace, and sampled as it says', async () => {
    const span = await ask(trusting, { ...forwarded, traceparent: traceparent() }, 1_000_000)
    assert.deepEqual([span?.traceId, span?.parentSpanId], [PARENT.trace, PARENT.span])
    assert.equal(await ask(trusting, { ...forwarded, traceparent: traceparent('00') }), undefined)
  })

  test('of a stranger: a trace of its own', async () => {
    const span = await ask({}, { ...forwarded, traceparent: traceparent('00') })
    assert.ok(span)
    assert.notEqual(span.traceId, PARENT.trace)
    assert.equal(span.parentSpanId, undefined)
  })

  test('that is none: a trace of its own', async () => {
    for (const bad of ['x', `00-${'0'.repeat(32)}-${PARENT.span}-01`, `01-${PARENT.trace}-${PARENT.span}-01`]) {
      const span = await ask(trusting, { ...forwarded, traceparent: bad })
      assert.notEqual(span?.traceId, PARENT.trace)
    }
  })
})

test('what goes on after the answer is no part of the request; what fails is told by its name alone', async () => {
  const { started, sent } = await traced()
  const { deps } = started
  started.app.log.level = 'silent'
  await deps.storage.accounts.find('nobody')
  await started.app.inject({ url: '/jwks', headers: { authorization: basicAuthorization() } })
  await deps.storage.accounts.find('nobody')
  assert.equal(
    (await sent()).spans.some(({ name }) => name === 'accounts.find'),
    false,
  )
})

test('outgoing requests: the method and the host, never the rest of the URL', async () => {
  const client = aClient({
    id: 'keyed',
    secretHashes: [],
    metadata: { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://keys.invalid/canary?canary=1' },
  })
  const { started, sent } = await traced({
    clients: [client],
    egress: {
      get: async () => assert.fail('canary of an error'),
      post: async () => ({ status: 200 }),
      send: () => Promise.reject(new Error('nothing is sent here')),
    },
  })
  const header = Buffer.from('{"alg":"ES256"}').toString('base64url')
  const now = Math.floor(started.clock.now() / 1000)
  const claims = { iss: 'keyed', sub: 'keyed', aud: ISSUER, exp: now + 60, iat: now, jti: 'one-of-many-1' }
  const assertion = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2lnbmF0dXJl`
  await started.app.inject({
    method: 'POST',
    url: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }).toString(),
  })
  const { spans, raw } = await sent()
  const out = spans.find(({ name }) => name === 'GET') ?? assert.fail(spans.map(({ name }) => name).join())
  assert.equal(out.attributes['server.address'], 'keys.invalid')
  assert.deepEqual([out.status.code, out.attributes['error.type']], [ERROR, 'AssertionError'])
  assert.doesNotMatch(raw.filter((_, index) => index % 2 === 1).join(), /canary/)
})

describe('a collector that is away', () => {
  const warnings: string[] = []
  const log = { ...silentLog, warn: (_fields: object, message: string) => void warnings.push(message) }
  let started: TestApp
  after(() => started.close())

  test('is told once in the log, costs no request anything, and the end waits for it no longer than a moment', async () => {
    const tracing = openTracing({
      ...{ config, version: '1', log },
      tracing: { endpoint: 'http://127.0.0.1:9/v1/traces', sampleOneIn: 1, headers: {} },
    })
    started = await testApp({ telemetry: tracing.telemetry })
    assert.equal((await started.app.inject({ url: '/jwks' })).statusCode, 200)
    await testBrowser(started.app).get('/')
    await Promise.race([tracing.stop(), delay(5000, undefined, { ref: false }).then(() => assert.fail('too long'))])
    assert.ok(warnings.length <= 1, warnings.join())
  })
})

describe('a request that nobody waits for any more', () => {
  test('its span ends when they leave, and says so', async () => {
    const receiver = await otlpReceiver()
    const tracing = openTracing({
      ...{ config, version: '1.2.3', log: silentLog },
      tracing: { endpoint: receiver.endpoint, sampleOneIn: 1, headers: {} },
    })
    try {
      await leaveBeforeAnswer(tracing.telemetry.watch)
      await tracing.stop()
      const [{ name, status, attributes } = assert.fail('no span'), ...others] = receiver.spans
      assert.deepEqual([name, status.code, attributes['error.type'], others], ['GET /slow', ERROR, 'gone', []])
      assert.equal(attributes['http.response.status_code'], undefined)
    } finally {
      await receiver.close()
    }
  })
})
