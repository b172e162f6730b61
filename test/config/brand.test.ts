import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatFaults } from '../../src/config/fault.ts'
import { contrast, leastContrast, parseColour } from '../../src/look/colour.ts'
import { imageOf } from '../../src/look/image.ts'
import { TOKENS } from '../../src/look/tokens.ts'
import { configOf, faultsOf, SECRET, unmark, warningsOf } from './loading.ts'

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('rest')])

const withBrand = (brand: string): string => `issuer: https://sso.example\nbrand: { ${brand} }\n`
const withClient = (brand: string): string => `issuer: https://sso.example
clients:
  - client_id: wiki
    client_secret: ${SECRET}
    redirect_uris: [https://wiki.example/cb]
    brand: { ${brand} }
`

describe('a brand', () => {
  test('is what the file says', () => {
    const { brand, clients } = configOf(
      `${withBrand('colour: "#581", radius: 4, logo_file: logo.svg, support_uri: "mailto:help@sso.example", policy_uri: "https://sso.example/p"')}${withClient('colour: "#0033aa", logo_file: wiki.png').split('\n').slice(1).join('\n')}`,
      { files: { 'logo.svg': SVG, 'wiki.png': PNG } },
    )
    assert.equal(brand.colours.accent, '#558811')
    assert.equal(brand.radius, 4)
    assert.equal(imageOf(brand.logo ?? '').bytes.toString(), SVG)
    assert.equal(brand.supportUri, 'mailto:help@sso.example')
    assert.equal(clients[0]?.brand?.colours.accent, '#0033aa')
    assert.deepEqual(imageOf(clients[0]?.brand?.logo ?? '').bytes, PNG)
  })

  test('is nothing where the file says nothing', () => {
    const { brand, clients } = configOf(withClient('').replace('brand: {  }', 'first_party: true'))
    assert.equal(brand.colours.accent, undefined)
    assert.equal(clients[0]?.brand, undefined)
  })
})

/** The fault of `text`, whose ▶ is where it stands. */
function theFault(marked: string, files: Record<string, string | Uint8Array> = {}) {
  const { text, positions } = unmark(marked)
  const [fault, ...others] = faultsOf(text, { files })
  assert.ok(fault && others.length === 0, formatFaults([...(fault ? [fault] : []), ...others]))
  assert.deepEqual([`${fault.line}:${fault.column}`], positions)
  return fault
}

describe('[WCAG 2.2, 1.4.3] [1.4.11] a brand that could not be read or seen is a fault, with what it has and what would do', () => {
  const suggested = ({ allowed }: { allowed?: string | undefined }) => {
    const colour = parseColour(/"(#\w+)"/.exec(allowed ?? '')?.[1] ?? '')
    assert.ok(colour, allowed)
    return colour
  }
  const light = [TOKENS.light.surface, TOKENS.light.canvas]
  const dark = [TOKENS.dark.surface, TOKENS.dark.canvas]

  test('an accent on light pages, of the installation and of a client', () => {
    for (const text of [withBrand('colour: ▶"#ffcc00"'), withClient('colour: ▶"#ffcc00"')]) {
      const fault = theFault(text)
      assert.match(fault.message, /has too little contrast: it on a light page has 1\.3\d?:1/)
      assert.match(fault.allowed ?? '', /^at least 3:1 \(WCAG 2\.2\); the nearest that has it is "#/)
      assert.ok(leastContrast(suggested(fault), light) >= 3)
      configOf(text.replace('▶"#ffcc00"', `"${suggested(fault)}"`))
    }
  })

  test('an accent on dark pages', () => {
    const fault = theFault(withBrand('colour_dark: ▶"#401050"'))
    assert.match(fault.message, /it on a dark page has 1\.\d+:1/)
    assert.ok(leastContrast(suggested(fault), dark) >= 3)
  })

  test('the text of a button', () => {
    const fault = theFault(withBrand('colour: "#7a1fa2", text_on_colour: ▶"#a0a0a0"'))
    assert.match(fault.message, /it on #7a1fa2 has 3\.\d+:1/)
    assert.ok(contrast(suggested(fault), '#7a1fa2') >= 4.5)
  })

  test('the background: text on it, and the accent beside it', () => {
    assert.match(theFault(withBrand('background: ▶"#777777"')).message, /text on a light page has/)
    assert.match(theFault(withBrand('background_dark: ▶"#888888"')).message, /text on a dark page has/)
    const fault = theFault(withBrand('background_dark: ▶"#363636"'))
    assert.match(fault.message, /the border of a field has 2\.\d+:1/)
    configOf(withBrand(`background_dark: "${suggested(fault)}"`))
    // Seen on the card, not beside it.
    const on = theFault(withBrand('background: "#e6dcec", colour: ▶"#9a7ab0"'))
    assert.match(on.message, /it on a light page has 2\.\d+:1/)
  })

  test('a client’s accent is held against the installation’s background', () => {
    const text = withBrand('background: "#e6dcec"') + withClient('colour: ▶"#9a7ab0"').split('\n').slice(1).join('\n')
    theFault(text)
  })

  test('what is exactly enough passes, and what is measured is never rounded up', () => {
    configOf(withBrand('colour: "#757575", text_on_colour: "#ffffff"'))
    assert.match(theFault(withBrand('colour: "#777777", text_on_colour: ▶"#ffffff"')).message, /has 4\.47:1/)
  })
})

describe('what a brand cannot be', () => {
  for (const colour of ['red', '"#12"', '"red;}</style><script>alert(1)</script>"', '"#7a1fa2;}"', '"rgb(0,0,0)"']) {
    test(`the colour ${colour}`, () =>
      assert.match(theFault(withBrand(`colour: ▶${colour}`)).allowed ?? '', /in quotes/))
  }

  test('a colour without quotes, which YAML takes for a comment', () => {
    const [fault] = faultsOf('issuer: https://sso.example\nbrand:\n  colour: #7a1fa2\n')
    assert.match(fault?.message ?? '', /has no value/)
    assert.match(fault?.allowed ?? '', /in quotes/)
  })

  test('links that are no https address; help may be an e-mail address', () => {
    for (const uri of [
      'javascript:alert(1)',
      'http://sso.example/p',
      'data:text/html,x',
      'https://user:pass@sso.example/',
    ]) {
      theFault(withBrand(`policy_uri: ▶"${uri}"`))
      theFault(withBrand(`tos_uri: ▶"${uri}"`))
      theFault(withBrand(`support_uri: ▶"${uri}"`))
    }
    theFault(withBrand('policy_uri: ▶"mailto:help@sso.example"'))
    theFault(withBrand('support_uri: ▶"mailto:"'))
  })

  test('a logo that is not there, is no image, or too large', () => {
    assert.match(theFault(withBrand('logo_file: ▶logo.svg')).message, /does not exist/)
    for (const text of ['GIF89a', '<html><svg/></html>', '', 'text']) {
      assert.match(theFault(withBrand('logo_file: ▶logo.svg'), { 'logo.svg': text }).message, /neither SVG nor PNG/)
    }
    const large = Buffer.concat([PNG, Buffer.alloc(64 * 1024)])
    assert.match(theFault(withBrand('logo_file: ▶logo.png'), { 'logo.png': large }).message, /larger than 64 KiB/)
  })

  for (const [what, inside] of [
    ['a script', '<script>alert(1)</script>'],
    ['an event handler', '<path onload="alert(1)"/>'],
    ['a javascript: address', '<a href="javascript:alert(1)"/>'],
    ['HTML', '<foreignObject/>'],
    ['an image from elsewhere', '<image href="https://evil.example/x.png"/>'],
    ['a style from elsewhere', '<style>@import "//evil.example/x.css"</style>'],
  ] as const) {
    test(`a logo with ${what} in it`, () => {
      const file = SVG.replace('<path', `${inside}<path`)
      for (const text of [withBrand('logo_file: ▶logo.svg'), withClient('logo_file: ▶logo.svg')]) {
        assert.match(theFault(text, { 'logo.svg': file }).message, /in it, which no browser would heed/)
      }
    })
  }

  test('two logos of one client', () => {
    const text = withClient('logo_file: logo.svg').replace(
      '    brand:',
      '    logo_uri: ▶https://wiki.example/logo.png\n    brand:',
    )
    assert.match(theFault(text, { 'logo.svg': SVG }).message, /contradicts brand\.logo_file/)
  })
})

test('nothing of a good brand is warned of', () => {
  assert.deepEqual(warningsOf(withBrand('colour: "#7a1fa2", background: "#f4f0f7"')), [])
})
