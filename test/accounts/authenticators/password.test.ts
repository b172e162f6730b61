import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { passwordHasher } from '../../../src/accounts/authenticators/password.ts'
import { formatPasswordHash, parsePasswordHash } from '../../../src/accounts/authenticators/password-hash.ts'
import { HashingQueueFull } from '../../../src/accounts/hashing-queue.ts'
import { fakeClock } from '../../fixtures/clock.ts'
import { CHEAP_HASHING, cheapHasher, countingCompute } from '../../fixtures/password-hashing.ts'
import { fakeRandom } from '../../fixtures/random.ts'

const RIGHT = 'kettle river 42'
/** Of the reference implementation: the password "password", the salt "somesalt" (64 MiB, two passes, one lane). */
const REFERENCE = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'

describe('a password hash', () => {
  test('is argon2id in PHC form with the configured parameters and a salt of its own', async () => {
    const hasher = cheapHasher()
    const hash = await hasher.hash(RIGHT)
    assert.match(hash, /^\$argon2id\$v=19\$m=64,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    assert.notEqual(await hasher.hash(RIGHT), hash)
  })

  test('verifies its password and no other', async () => {
    const hasher = cheapHasher()
    const hash = await hasher.hash(RIGHT)
    assert.equal(await hasher.verify(hash, RIGHT), true)
    for (const wrong of ['', 'kettle river 43', 'Kettle river 42', `${RIGHT} `, `${RIGHT}\0`]) {
      assert.equal(await hasher.verify(hash, wrong), false, wrong)
    }
  })

  test('[RFC9106] made elsewhere verifies here', async () => {
    assert.equal(await cheapHasher().verify(REFERENCE, 'password'), true)
    assert.equal(await cheapHasher().verify(REFERENCE, 'passwore'), false)
  })

  test('[SP800-63B-4 3.1.1.2] is of the normalised password: composed, decomposed and full-width are one', async () => {
    const hasher = cheapHasher()
    const hash = await hasher.hash('caf\u00e9 \ufb01lter 9')
    assert.equal(await hasher.verify(hash, 'cafe\u0301 filter 9'), true)
    assert.equal(await hasher.verify(hash, 'caf\u00e9 filter \uff19'), true)
    assert.equal(await hasher.verify(hash, 'cafe filter 9'), false)
  })

  test('that is malformed is false, never an error', async () => {
    const hasher = cheapHasher()
    const good = await hasher.hash(RIGHT)
    for (const bad of [
      '',
      'x',
      RIGHT,
      '$argon2id$',
      good.slice(0, -30),
      good.replace('argon2id', 'argon2x'),
      good.replace('v=19', 'v=17'),
      good.replace('m=64', 'm=1'),
      good.replace('m=64', 'm=9999999'),
      good.replace('t=2', 't=0'),
      good.replace('t=2', 't=999'),
      good.replace('p=1', 'p=0'),
      good.replace('$m', ',data=AAAA$m'),
      `${good}$`,
      `${good}\n`,
      '$2b$10$abcdefghijklmnopqrstuv',
    ]) {
      assert.equal(await hasher.verify(bad, RIGHT), false, bad)
      assert.equal(hasher.needsRehash(bad), true, bad)
    }
  })

  test('is refused above 1024 bytes', async () => {
    await assert.rejects(cheapHasher().hash('x'.repeat(1025)), RangeError)
    assert.match(await cheapHasher().hash('x'.repeat(1024)), /^\$argon2id/)
  })

  test('is parsed and formatted without a change', async () => {
    const hash = await cheapHasher().hash(RIGHT)
    const parsed = parsePasswordHash(hash)
    assert.equal(parsed && formatPasswordHash(parsed), hash)
  })
})

describe('verifying costs the same whatever the answer', () => {
  const good = formatPasswordHash({
    kind: 'argon2id',
    version: 19,
    ...CHEAP_HASHING,
    salt: Buffer.alloc(16),
    hash: Buffer.alloc(32, RIGHT),
  })
  const cases: readonly (readonly [string, string | undefined, string, boolean])[] = [
    ['the right password', good, RIGHT, true],
    ['a wrong password', good, 'wrong', false],
    ['no account', undefined, RIGHT, false],
    ['no account and an empty password', undefined, '', false],
    ['a malformed hash', 'nonsense', RIGHT, false],
    ['a password that is too long', good, 'x'.repeat(100_000), false],
    ['no account and a password that is too long', undefined, 'x'.repeat(100_000), false],
  ]
  for (const [title, hash, password, expected] of cases) {
    test(`${title}: one run with the configured parameters`, async () => {
      const { compute, costs } = countingCompute()
      const hasher = passwordHasher(CHEAP_HASHING, { clock: fakeClock(), random: fakeRandom(), compute })
      assert.equal(await hasher.verify(hash, password), expected)
      assert.deepEqual(costs, [{ memoryKib: 64, iterations: 2, parallelism: 1 }])
    })
  }

  test('nobody has a password, not even when the run gives what the hash of nobody is', async () => {
    const compute = async (_password: string, like: { hash: Buffer }): Promise<Buffer> => like.hash
    const hasher = passwordHasher(CHEAP_HASHING, { clock: fakeClock(), random: fakeRandom(), compute })
    assert.equal(await hasher.verify(good, 'x'), true)
    assert.equal(await hasher.verify(undefined, 'x'), false)
    assert.equal(await hasher.verify('nonsense', 'x'), false)
    assert.equal(await hasher.verify(good, 'x'.repeat(1025)), false)
  })
})

test('[RFC9106 3.1] the parameters of a hash may come in any order, each of them once', async () => {
  const hash = await cheapHasher().hash(RIGHT)
  const turned = hash.replace(/\$(m=\d+),(t=\d+),(p=\d+)\$/, '$$$1,$3,$2$$')
  assert.notEqual(turned, hash)
  assert.equal(await cheapHasher().verify(turned, RIGHT), true)
  assert.equal(await cheapHasher().verify(hash.replace(/t=\d+/, 'm=64'), RIGHT), false)
})

test('a hash needs to be made again when any parameter has grown, never to make it weaker', async () => {
  const hash = await cheapHasher().hash(RIGHT)
  assert.equal(cheapHasher().needsRehash(hash), false)
  for (const grown of [{ memoryKib: 128 }, { iterations: 3 }, { parallelism: 2 }, { memoryKib: 32, iterations: 3 }]) {
    assert.equal(cheapHasher(grown).needsRehash(hash), true, JSON.stringify(grown))
  }
  for (const shrunk of [{ memoryKib: 32 }, { iterations: 1 }, { memoryKib: 32, iterations: 1 }]) {
    assert.equal(cheapHasher(shrunk).needsRehash(hash), false, JSON.stringify(shrunk))
  }
  assert.equal(cheapHasher({ concurrency: 1, queue: 1 }).needsRehash(hash), false)
})

test('1000 sign-ins at once: at most `concurrency` hashes under way, the rest refused with a time to come back', async () => {
  let underWay = 0
  let most = 0
  const compute = async (): Promise<Buffer> => {
    most = Math.max(most, ++underWay)
    await new Promise(setImmediate)
    underWay--
    return Buffer.alloc(32)
  }
  const hasher = passwordHasher(CHEAP_HASHING, { clock: fakeClock(), random: fakeRandom(), compute })
  const results = await Promise.allSettled(
    Array.from({ length: 1000 }, (_, number) => hasher.verify(number % 2 === 0 ? undefined : 'nonsense', RIGHT)),
  )
  assert.equal(most, 2)
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 10)
  for (const result of results) {
    if (result.status === 'fulfilled') continue
    assert.ok(result.reason instanceof HashingQueueFull)
    assert.ok(result.reason.retryAfterSeconds >= 1)
  }
})
