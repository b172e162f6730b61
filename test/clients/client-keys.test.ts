import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ClientKeys, clientKeys } from '../../src/clients/client-keys.ts'
import { type Egress, EgressError } from '../../src/egress/egress.ts'
import { aClient } from '../fixtures/client.ts'
import { ecPair, jwkOf, rsaPair } from '../fixtures/client-keys.ts'
import { type FakeClock, fakeClock } from '../fixtures/clock.ts'

const URI = 'https://client.example/jwks?token=hush'
const publishing = aClient({ metadata: { jwks_uri: URI } })
const [first, second] = [ecPair(), ecPair()]
const firstSet = { keys: [jwkOf(first, { kid: 'first' })] }
const secondSet = { keys: [jwkOf(second, { kid: 'second' })] }

interface World {
  readonly keys: ClientKeys
  readonly clock: FakeClock
  /** What is served from now on; an error: nothing is. */
  served: unknown
  cacheControl: string | null
  readonly asked: string[]
  readonly warnings: unknown[]
}

function world(served: unknown = firstSet): World {
  const clock = fakeClock()
  const asked: string[] = []
  const warnings: unknown[] = []
  const egress: Egress = {
    async get(url, { accept }) {
      asked.push(url)
      assert.deepEqual(accept, ['application/jwk-set+json', 'application/json'])
      await new Promise(setImmediate)
      const { served, cacheControl } = made
      if (served instanceof Error) throw served
      const body = typeof served === 'string' ? served : JSON.stringify(served)
      return { body, headers: { get: (name) => (name === 'cache-control' ? cacheControl : null) } }
    },
    post: () => assert.fail('nothing is posted'),
    send: () => assert.fail('nothing is sent'),
  }
  const quiet = (): void => {}
  const log = { debug: quiet, info: quiet, warn: (fields: object) => void warnings.push(fields), error: assert.fail }
  const made: World = { keys: clientKeys({ egress, clock, log }), clock, served, cacheControl: null, asked, warnings }
  return made
}

const kids = async ({ keys }: World, kid?: string, client = publishing): Promise<readonly unknown[]> =>
  (await keys.verificationKeys(client, { alg: 'ES256', kid })).map((key) => key.kid)

describe('keys of the entry', () => {
  const client = aClient({
    metadata: {
      jwks: {
        keys: [
          jwkOf(first),
          jwkOf(second, { kid: 'second' }),
          jwkOf(rsaPair(), { kid: 'rsa' }),
          jwkOf(ecPair('P-384'), { kid: 'enc', use: 'enc' }),
        ] as Record<string, unknown>[],
      },
    },
  })

  test('at most five are tried, whatever the kid', async () => {
    const many = { keys: [...Array.from({ length: 7 }, () => jwkOf(ecPair())), jwkOf(second, { kid: 'second' })] }
    const it = world(many)
    assert.equal((await kids(it)).length, 5)
    assert.equal((await kids(it, 'unknown')).length, 5)
    assert.deepEqual((await kids(it, 'second'))[0], 'second')
  })

  test('[RFC7515 4.1.4] those with the wanted name come first, then those without one', async () => {
    const it = world()
    assert.deepEqual(await kids(it, 'second', client), ['second', undefined])
    assert.deepEqual(await kids(it, undefined, client), [undefined, 'second'])
    assert.deepEqual(await kids(it, 'unknown', client), [undefined])
    assert.deepEqual(it.asked, [])
  })

  test('are the client’s own', async () => {
    const [key] = await world().keys.verificationKeys(client, { alg: 'ES256', kid: 'second' })
    assert.ok(key?.key.equals(second.publicKey))
  })

  test('[RFC7517 4.2] one that says that it is for encryption is taken for that', async () => {
    const { keys } = world()
    assert.equal((await keys.encryptionKey(client, 'ECDH-ES'))?.kid, 'enc')
    assert.equal((await keys.encryptionKey(client, 'RSA-OAEP'))?.kid, 'rsa')
    assert.equal(await keys.encryptionKey(client, 'RSA1_5'), undefined)
  })

  test('a client without keys has none', async () => {
    assert.deepEqual(await kids(world(), undefined, aClient()), [])
    assert.equal(await world().keys.encryptionKey(aClient(), 'ECDH-ES'), undefined)
  })

  test('a poisoned entry gives none', async () => {
    const jwks = { keys: [jwkOf(first), { kty: 'oct', k: 'AAAA' }] as Record<string, unknown>[] }
    assert.deepEqual(await kids(world(), undefined, aClient({ metadata: { jwks } })), [])
  })
})

describe('keys of a jwks_uri', () => {
  test('are fetched once, and kept for ten minutes', async () => {
    const it = world()
    assert.deepEqual(await kids(it, 'first'), ['first'])
    it.clock.advance(599_999)
    assert.deepEqual(await kids(it, 'first'), ['first'])
    assert.deepEqual(it.asked, [URI])
    it.clock.advance(1)
    assert.deepEqual(await kids(it, 'first'), ['first'])
    assert.equal(it.asked.length, 2)
  })

  for (const [cacheControl, seconds] of [
    ['max-age=120', 120],
    ['public, Max-Age=7200', 7200],
    ['max-age=0', 60],
    ['max-age=59', 60],
    ['max-age=100000000', 86_400],
    ['no-store', 60],
    ['no-cache, max-age=7200', 60],
    ['s-maxage=5', 600],
    ['max-age=x', 600],
    ['', 600],
  ] as const) {
    test(`[RFC9111 5.2.2] with Cache-Control "${cacheControl}" they are kept for ${seconds} s`, async () => {
      const it = world()
      it.cacheControl = cacheControl
      await kids(it, 'first')
      it.clock.advance(seconds * 1000 - 1)
      await kids(it, 'first')
      assert.equal(it.asked.length, 1)
      it.clock.advance(1)
      await kids(it, 'first')
      assert.equal(it.asked.length, 2)
    })
  }

  test('are fetched once for all who ask at the same moment', async () => {
    const it = world()
    const answers = await Promise.all(Array.from({ length: 20 }, () => kids(it, 'first')))
    assert.equal(it.asked.length, 1)
    assert.ok(answers.every((answer) => answer[0] === 'first'))
  })

  test('[OIDC Core 10.1.1] a new key is found when something is signed with it', async () => {
    const it = world()
    await kids(it, 'first')
    it.served = secondSet
    it.clock.advance(10_000)
    assert.deepEqual(await kids(it, 'second'), ['second'])
    assert.equal(it.asked.length, 2)
    assert.deepEqual(await kids(it, 'first'), [])
  })

  test('an unknown name makes us ask at most every ten seconds, however many send it', async () => {
    const it = world()
    await kids(it, 'first')
    it.clock.advance(10_000)
    await Promise.all([kids(it, 'x'), kids(it, 'y'), kids(it, 'z')])
    assert.equal(it.asked.length, 2)
    it.clock.advance(9_999)
    assert.deepEqual(await kids(it, 'x'), [])
    assert.equal(it.asked.length, 2)
    it.clock.advance(1)
    await kids(it, 'x')
    assert.equal(it.asked.length, 3)
  })

  test('the look that had just been taken is not repeated', async () => {
    const it = world()
    assert.deepEqual(await kids(it, 'unknown'), [])
    assert.equal(it.asked.length, 1)
  })

  test('an encryption key that is missing is worth another look, too', async () => {
    const it = world()
    assert.equal(await it.keys.encryptionKey(publishing, 'RSA-OAEP'), undefined)
    it.served = { keys: [jwkOf(rsaPair(), { kid: 'rsa' })] }
    it.clock.advance(10_000)
    assert.equal((await it.keys.encryptionKey(publishing, 'RSA-OAEP'))?.kid, 'rsa')
  })

  for (const [rule, served] of [
    ['a server that is gone', new EgressError('timeout', 'client.example: it took too long')],
    ['something that is no JSON', '<html>'],
    ['something that is no JWK set', { error: 'x' }],
    ['a set with a private key', { keys: [jwkOf(second, { kid: 'second', d: 'AAAA' })] }],
  ] as const) {
    test(`${rule} leaves the last good ones in place, and is logged without the URI`, async () => {
      const it = world()
      await kids(it, 'first')
      it.served = served
      it.clock.advance(600_000)
      assert.deepEqual(await kids(it, 'first'), ['first'])
      assert.deepEqual(await kids(it, 'second'), [])
      assert.equal(it.asked.length, 2)
      assert.equal(it.warnings.length, 1)
      assert.match(JSON.stringify(it.warnings), /client\.example/)
      assert.doesNotMatch(JSON.stringify(it.warnings), /hush/)
      it.served = secondSet
      it.clock.advance(10_000)
      assert.deepEqual(await kids(it, 'second'), ['second'])
    })
  }

  test('a server that was never there is asked every ten seconds at most', async () => {
    const it = world(new EgressError('connection', 'client.example: ECONNREFUSED'))
    for (let second = 0; second < 20; second++) {
      assert.deepEqual(await kids(it, 'first'), [])
      it.clock.advance(1000)
    }
    assert.equal(it.asked.length, 2)
  })

  test('a clock that was set back keeps nothing longer', async () => {
    const it = world()
    await kids(it, 'first')
    it.clock.set(0)
    await kids(it, 'first')
    assert.equal(it.asked.length, 2)
  })

  test('those of a thousand URIs are remembered, and of the rest the newest', async () => {
    const it = world()
    const client = (number: number) => aClient({ metadata: { jwks_uri: `https://client.example/${number}` } })
    for (let number = 0; number <= 1000; number++) await kids(it, 'first', client(number))
    await kids(it, 'first', client(1))
    assert.equal(it.asked.length, 1001)
    await kids(it, 'first', client(0))
    assert.equal(it.asked.length, 1002)
  })
})
