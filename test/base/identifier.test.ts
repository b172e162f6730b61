import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isIdentifier, newIdentifier } from '../../src/base/identifier.ts'
import { START } from '../fixtures/clock.ts'
import { fakeRandom } from '../fixtures/random.ts'

const times = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 }).map((array) => ({ bytes: () => Buffer.from(array) }))

describe('identifiers', () => {
  test('[RFC9562 5.7] version 7, variant 10, whatever the random bits', () => {
    fc.assert(
      fc.property(times, bytes, (now, random) => {
        const id = newIdentifier(now, random)
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        assert.ok(isIdentifier(id))
      }),
    )
  })

  test('[RFC9562 5.7] the first 48 bits are the milliseconds', () => {
    const id = newIdentifier(START, fakeRandom())
    assert.equal(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), START)
  })

  test('[RFC9562 6.11] their order as text is the order of their times', () => {
    fc.assert(
      fc.property(times, times, bytes, bytes, (a, b, one, other) => {
        fc.pre(a < b)
        assert.ok(newIdentifier(a, one) < newIdentifier(b, other))
      }),
    )
  })

  test('74 bits are random: all of them reach the identifier', () => {
    const made = (fill: number) => newIdentifier(0, { bytes: (length) => Buffer.alloc(length, fill) })
    assert.equal(made(0x00), '00000000-0000-7000-8000-000000000000')
    assert.equal(made(0xff), '00000000-0000-7fff-bfff-ffffffffffff')
  })

  test('two of the same moment differ', () => {
    const random = fakeRandom()
    assert.notEqual(newIdentifier(START, random), newIdentifier(START, random))
  })

  const good = '019bc1a4-7a00-7001-8001-00000000000a'
  const BAD: readonly [what: string, text: string][] = [
    ['nothing', ''],
    ['version 4', good.replace('-7001-', '-4001-')],
    ['another variant', good.replace('-8001-', '-c001-')],
    ['capitals', good.toUpperCase()],
    ['no hyphens', good.replaceAll('-', '')],
    ['one more character', `${good}0`],
    ['one before it', `0${good}`],
    ['one less', good.slice(0, -1)],
    ['a line break at its end', `${good}\n`],
    ['braces', `{${good}}`],
  ]
  test('the shape is recognised', () => assert.ok(isIdentifier(good)))
  for (const [what, text] of BAD) {
    test(`not recognised: ${what}`, () => assert.equal(isIdentifier(text), false))
  }
})
