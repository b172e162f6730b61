import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { NO_BRAND } from '../../src/look/brand.ts'
import { type Colour, contrast, leastContrast, parseColour } from '../../src/look/colour.ts'
import { accentIn, CONTROL_CONTRAST, paletteOf, surfacesOf, TEXT_CONTRAST } from '../../src/look/palette.ts'
import { SCHEMES, TOKENS } from '../../src/look/tokens.ts'

const none = NO_BRAND.background
const from = (accent: Colour) => ({ accent, accentDark: undefined, onAccent: undefined })

/** Those that the configuration lets through. */
const anyAccent = fc
  .integer({ min: 0, max: 0xffffff })
  .map((number): Colour => `#${number.toString(16).padStart(6, '0')}`)
  .filter((accent) => leastContrast(accent, surfacesOf('light', none)) >= CONTROL_CONTRAST)

describe('the colours of a page', () => {
  test('without a brand are those of the style sheet', () => {
    const css = readFileSync(new URL('../../views/style/tokens.css', import.meta.url), 'utf8')
    const [light = '', dark = ''] = css.split('@media')
    const names = {
      canvas: 'canvas',
      surface: 'surface',
      ink: 'ink',
      quiet: 'quiet',
      field: 'field',
      accent: 'accent',
      onAccent: 'on-accent',
    }
    for (const [scheme, text] of [
      ['light', light],
      ['dark', dark],
    ] as const) {
      for (const [key, name] of Object.entries(names)) {
        const written = new RegExp(`--${name}: (#\\w+);`).exec(text)?.[1] ?? ''
        assert.equal(parseColour(written), TOKENS[scheme][key as keyof typeof names], `${scheme} ${name}`)
      }
      assert.equal(accentIn(scheme, NO_BRAND.colours, none), TOKENS[scheme].accent)
      assert.equal(paletteOf(NO_BRAND.colours, scheme, none).onAccent, TOKENS[scheme].onAccent)
    }
  })

  test('[WCAG 2.2, 1.4.3] [1.4.11] of any accent, light and dark, everything can be read and every control is seen', () => {
    fc.assert(
      fc.property(anyAccent, (accent) => {
        for (const scheme of SCHEMES) {
          const palette = paletteOf(from(accent), scheme, none)
          const surfaces = surfacesOf(scheme, none)
          assert.ok(contrast(palette.onAccent, palette.accent) >= TEXT_CONTRAST, 'the text of a button')
          assert.ok(contrast(palette.onAccent, palette.accentHover) >= TEXT_CONTRAST, 'and under the pointer')
          assert.ok(leastContrast(palette.accent, surfaces) >= CONTROL_CONTRAST, 'the button, the ring')
          assert.ok(leastContrast(palette.link, [...surfaces, palette.tint]) >= TEXT_CONTRAST, 'a link')
          assert.ok(contrast(TOKENS[scheme].ink, palette.tint) >= TEXT_CONTRAST, 'text on the tint')
        }
      }),
      { numRuns: 500, seed: 1 },
    )
  })

  test('on a background of its own, too: the nearest accent that the configuration lets through', () => {
    const grey = fc
      .integer({ min: 0, max: 0x16 })
      .map((part): Colour => `#${part.toString(16).padStart(2, '0').repeat(3)}`)
    fc.assert(
      fc.property(anyAccent, grey, (accent, dark) => {
        const background = { light: undefined, dark }
        const { link, tint, accent: own } = paletteOf(from(accent), 'dark', background)
        const surfaces = surfacesOf('dark', background)
        assert.ok(leastContrast(own, surfaces) >= CONTROL_CONTRAST)
        assert.ok(leastContrast(link, [...surfaces, tint]) >= TEXT_CONTRAST)
      }),
      { numRuns: 200, seed: 1 },
    )
  })

  test('a dark accent of its own is taken as it is, and so is a text', () => {
    const colours = { accent: '#7a1fa2', accentDark: '#d9a6f2', onAccent: '#fff0ff' } as const
    assert.equal(paletteOf(colours, 'dark', none).accent, '#d9a6f2')
    assert.equal(paletteOf(colours, 'light', none).onAccent, '#fff0ff')
    assert.equal(paletteOf(colours, 'dark', none).onAccent, '#000000')
  })
})
