/** Who fetched the keys is remembered: within bounds, written behind, and lost by no failure. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR } from '../../src/base/duration.ts'
import { DOCTOR, jwksFetches } from '../../src/keys/jwks-fetches.ts'
import type { ClientAddress, JwksFetch } from '../../src/storage/storage.ts'
import { fakeClock, START } from '../fixtures/clock.ts'
import { silentLog } from '../fixtures/signing-keys.ts'

const GO = { address: '10.0.3.7', userAgent: 'Go-http-client/2.0', origin: undefined }

function recorder() {
  const noted: JwksFetch[] = []
  const addresses: ClientAddress[] = []
  const trims: number[] = []
  const store = {
    failure: undefined as Error | undefined,
    async note(fetch: JwksFetch) {
      if (store.failure) throw store.failure
      noted.push(fetch)
    },
    async noteAddress(address: ClientAddress) {
      if (store.failure) throw store.failure
      addresses.push(address)
    },
    trim: async (most: number) => void trims.push(most),
  }
  const clock = fakeClock()
  return { ...jwksFetches({ store, clock, log: silentLog }), ...{ noted, addresses, trims, store, clock } }
}

describe('fetches', () => {
  test('those of one server between two writes are one row, with its first and its last time and the last set', async () => {
    const { fetched, write, noted, clock } = recorder()
    fetched(GO, ['a'])
    clock.advance(1000)
    fetched(GO, ['a', 'b'])
    await write()
    assert.deepEqual(
      noted.map(({ id, ...rest }) => rest),
      [
        {
          ...{ address: '10.0.3.7', userAgent: 'Go-http-client/2.0', origin: '' },
          ...{ firstSeenAt: START, lastSeenAt: START + 1000, kids: ['a', 'b'] },
        },
      ],
    )
    await write()
    assert.equal(noted.length, 1)
  })

  test('another user agent at the same address is another app', async () => {
    const { fetched, write, noted } = recorder()
    fetched(GO, [])
    fetched({ ...GO, userAgent: undefined }, [])
    await write()
    assert.equal(new Set(noted.map(({ id }) => id)).size, 2)
  })

  test('of a page the origin is kept, and no address of a person', async () => {
    const { fetched, write, noted } = recorder()
    for (const address of ['192.0.2.1', '192.0.2.2']) {
      fetched({ address, userAgent: 'Mozilla/5.0', origin: 'https://spa.example' }, ['a'])
    }
    await write()
    assert.equal(noted.length, 1)
    assert.deepEqual([noted[0]?.origin, noted[0]?.address, noted[0]?.userAgent], ['https://spa.example', '', ''])
  })

  test('an Origin that is none, and one without an end, count as a server’s', async () => {
    const { fetched, write, noted } = recorder()
    for (const origin of ['null', 'https://a b', `https://${'a'.repeat(300)}.example`]) fetched({ ...GO, origin }, [])
    await write()
    assert.deepEqual(
      noted.map(({ origin, address }) => [origin, address]),
      [['', '10.0.3.7']],
    )
  })

  test('a user agent is kept short, and steers no terminal', async () => {
    const { fetched, write, noted } = recorder()
    fetched({ ...GO, userAgent: `\u001b[31m${'x '.repeat(250)}` }, [])
    await write()
    assert.equal(noted[0]?.userAgent, `[31m${'x '.repeat(38)}`)
  })

  test('the doctor is no app', async () => {
    const { fetched, write, noted } = recorder()
    fetched({ ...GO, userAgent: `${DOCTOR}/1` }, [])
    await write()
    assert.deepEqual(noted, [])
  })

  test('strangers with a thousand addresses fill 256 places at most, and one who is there already moves on', async () => {
    const { fetched, write, noted, clock } = recorder()
    fetched(GO, ['a'])
    for (let i = 0; i < 1000; i++) fetched({ ...GO, address: `192.0.2.${i}` }, [])
    clock.advance(1)
    fetched(GO, ['b'])
    await write()
    assert.equal(noted.length, 256)
    assert.deepEqual(noted[0]?.kids, ['b'])
  })
})

describe('clients', () => {
  test('one that is there all the time is written once an hour', async () => {
    const { clientAt, write, addresses, clock } = recorder()
    for (let i = 0; i < 12; i++) {
      clientAt('wiki', '10.0.3.7')
      await write()
      clock.advance(HOUR / 4)
    }
    assert.deepEqual(
      addresses.map(({ lastSeenAt }) => lastSeenAt - START),
      [0, HOUR, 2 * HOUR],
    )
  })
})

describe('writing', () => {
  test('what a failure left is written next time, joined with what came meanwhile', async () => {
    const { fetched, clientAt, write, noted, addresses, store, clock } = recorder()
    fetched(GO, ['a'])
    clientAt('wiki', '10.0.3.7')
    store.failure = new Error('away')
    await write()
    clock.advance(5000)
    fetched(GO, ['b'])
    store.failure = undefined
    await write()
    assert.equal(addresses.length, 1)
    assert.deepEqual(
      noted.map(({ firstSeenAt, lastSeenAt, kids }) => [firstSeenAt - START, lastSeenAt - START, kids]),
      [[0, 5000, ['b']]],
    )
  })

  test('the rows are held to 2000, at the first write and after each 200', async () => {
    const { fetched, write, trims } = recorder()
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 100; i++) fetched({ ...GO, address: `192.0.${round}.${i}` }, [])
      await write()
    }
    assert.deepEqual(trims, [2000, 2000, 2000])
  })
})
