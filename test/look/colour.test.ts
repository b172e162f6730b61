import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  BLACK,
  type Colour,
  contrast,
  leastContrast,
  mix,
  nearestWith,
  parseColour,
  WHITE,
} from '../../src/look/colour.ts'

const anyColour = fc
  .integer({ min: 0, max: 0xffffff })
  .map((number): Colour => `#${number.toString(16).padStart(6, '0')}`)

describe('[WCAG 2.2, contrast ratio]', () => {
  // The first two by definition; the others as published tools round them.
  for (const [one, other, ratio] of [
    ['#000000', '#ffffff', 21],
    ['#7a1fa2', '#7a1fa2', 1],
    ['#777777', '#ffffff', 4.48],
    ['#767676', '#ffffff', 4.54],
    ['#ff0000', '#ffffff', 4],
    ['#0000ff', '#ffffff', 8.59],
    ['#ffff00', '#ffffff', 1.07],
  ] as const) {
    test(`${one} and ${other} have ${ratio}:1, whichever is in front`, () => {
      assert.equal(Math.round(contrast(one, other) * 100) / 100, ratio)
      assert.equal(contrast(one, other), contrast(other, one))
    })
  }

  test('of any two it is between 1 and 21, and black or white can be read on every colour', () => {
    fc.assert(
      fc.property(anyColour, anyColour, (one, other) => {
        const ratio = contrast(one, other)
        assert.ok(ratio >= 1 && ratio <= 21)
        assert.ok(Math.max(contrast(one, BLACK), contrast(one, WHITE)) >= 4.5)
      }),
      { numRuns: 300, seed: 1 },
    )
  })
})

describe('colours', () => {
  test('are read in both lengths and in any letters, and nothing else is one', () => {
    assert.equal(parseColour('#7A1'), '#77aa11')
    assert.equal(parseColour('#7A1fa2'), '#7a1fa2')
    for (const text of [
      'red',
      '#12',
      '#1234',
      '#12345678',
      'rgb(0,0,0)',
      '#12345g',
      ' #123456',
      '#123456;}</style>',
      '',
    ]) {
      assert.equal(parseColour(text), undefined, text)
    }
  })

  test('are mixed', () => {
    assert.equal(mix('#000000', '#ffffff', 0.5), '#808080')
    assert.equal(mix('#7a1fa2', '#ffffff', 1), '#7a1fa2')
  })

  test('the nearest that can be seen is itself where it can, and else has the contrast and hardly more', () => {
    assert.equal(nearestWith('#0b6655', { ratio: 4.5, to: [WHITE] }), '#0b6655')
    fc.assert(
      fc.property(anyColour, (colour) => {
        const nearest = nearestWith(colour, { ratio: 3, to: [WHITE] })
        assert.ok(nearest !== undefined && contrast(nearest, WHITE) >= 3)
        if (contrast(colour, WHITE) < 2.9) assert.ok(leastContrast(nearest, [WHITE]) < 3.2, `${colour} → ${nearest}`)
      }),
      { numRuns: 200, seed: 1 },
    )
  })

  test('there may be none', () => {
    assert.equal(nearestWith('#808080', { ratio: 12, to: [BLACK, WHITE] }), undefined)
  })
})
