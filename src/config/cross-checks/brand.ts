/** Rules for `brand`: whatever its colours, everybody can read the pages (WCAG 2.2, 1.4.3 and 1.4.11). */
import type { Background, BrandColours } from '../../look/brand.ts'
import { type Colour, leastContrast, nearestWith } from '../../look/colour.ts'
import { oddInImage } from '../../look/image.ts'
import { accentIn, CONTROL_CONTRAST, surfaceIn, surfacesOf, TEXT_CONTRAST } from '../../look/palette.ts'
import { SCHEMES, type SchemeName, TOKENS } from '../../look/tokens.ts'
import { formatPath, type Path } from '../fault.ts'
import { backgroundOf, coloursOf } from '../resolve-brand.ts'
import { type ClientFacts, clientPath, type Facts } from './facts.ts'

export function reportBrandFaults(facts: Facts): void {
  const { file, faults } = facts
  const { brand = {} } = file
  const at = (key: string): Path => ['brand', key]
  const background = backgroundOf(brand)
  reportColourFaults(facts, at, coloursOf(brand), background)
  for (const scheme of SCHEMES) {
    const colour = background[scheme]
    const key = scheme === 'light' ? 'background' : 'background_dark'
    if (colour === undefined || faults.touches(at(key))) continue
    const on = (own: Colour): Colour => surfaceIn(scheme, { ...background, [scheme]: own })
    const { quiet, field } = TOKENS[scheme]
    // Whatever else is written on it and on the card is at least as dark, or as light, as this.
    const text = { colour, ratio: TEXT_CONTRAST, to: [quiet], what: `text on ${PAGES[scheme]}` }
    const isRead = reportContrast(facts, at(key), text) && reportContrast(facts, at(key), { ...text, on })
    if (isRead) reportContrast(facts, at(key), { colour, ratio: CONTROL_CONTRAST, to: [field], what: FIELD, on })
  }
  reportLogoFaults(facts, at('logo_file'))
  for (const key of ['support_uri', 'policy_uri', 'tos_uri'] as const) {
    const uri = brand[key]
    if (uri === undefined || isLink(uri, { mails: key === 'support_uri' })) continue
    const allowed = key === 'support_uri' ? 'an https address, or mailto: and an e-mail address' : 'an https address'
    faults.report(at(key), { message: 'is no address that a page can link to', allowed })
  }
}

export function reportClientBrandFaults(facts: ClientFacts): void {
  const { client, file } = facts
  const at = (key: string): Path => clientPath(facts, 'brand', key)
  reportColourFaults(facts, at, coloursOf(client.brand ?? {}), backgroundOf(file.brand ?? {}))
  reportLogoFaults(facts, at('logo_file'))
  if (client.brand?.logo_file !== undefined && client.logo_uri !== undefined) {
    facts.faults.report(clientPath(facts, 'logo_uri'), {
      message: 'contradicts brand.logo_file',
      allowed: 'one of the two',
    })
  }
}

const PAGES: Readonly<Record<SchemeName, string>> = { light: 'a light page', dark: 'a dark page' }

function reportColourFaults(
  facts: Facts,
  at: (key: string) => Path,
  colours: BrandColours,
  background: Background,
): void {
  const { faults } = facts
  for (const scheme of SCHEMES) {
    const key = scheme === 'light' ? 'colour' : 'colour_dark'
    const colour = scheme === 'light' ? colours.accent : colours.accentDark
    if (colour === undefined || faults.touches(at(key))) continue
    const what = `it on ${PAGES[scheme]}`
    reportContrast(facts, at(key), { colour, ratio: CONTROL_CONTRAST, to: surfacesOf(scheme, background), what })
  }
  const text = colours.onAccent
  if (text === undefined || faults.touches(at('text_on_colour')) || faults.touches(at('colour'))) return
  const to = [accentIn('light', colours, background)]
  reportContrast(facts, at('text_on_colour'), { colour: text, ratio: TEXT_CONTRAST, to, what: `it on ${to[0]}` })
}

const FIELD = 'the border of a field'

interface Wanted {
  readonly colour: Colour
  readonly ratio: number
  readonly to: readonly Colour[]
  readonly what: string
  /** What is seen of it; left out: itself. */
  readonly on?: (colour: Colour) => Colour
}

/** Whether it is enough; if not, that is reported. */
function reportContrast({ faults }: Facts, path: Path, { colour, ratio, to, what, on = same }: Wanted): boolean {
  const measured = leastContrast(on(colour), to)
  if (measured >= ratio) return true
  const nearest = nearestWith(colour, { ratio, to, on })
  faults.report(path, {
    // Cut, not rounded: 4.499 is not 4.5.
    message: `has too little contrast: ${what} has ${Math.floor(measured * 100) / 100}:1`,
    allowed: `at least ${ratio}:1 (WCAG 2.2)${nearest === undefined ? '' : `; the nearest that has it is "${nearest}"`}`,
  })
  return false
}

const same = (colour: Colour): Colour => colour

function reportLogoFaults({ faults, texts }: Facts, path: Path): void {
  const image = texts.get(formatPath(path))
  const odd = image === undefined ? undefined : oddInImage(image)
  if (odd === undefined) return
  faults.report(path, { message: `the file has ${odd} in it, which no browser would heed`, allowed: 'a drawing alone' })
}

function isLink(uri: string, { mails }: { mails: boolean }): boolean {
  if (mails && /^mailto:[^\s@?]+@[^\s@?]+(\?[!-~]*)?$/.test(uri)) return true
  const url = URL.parse(uri)
  return url?.protocol === 'https:' && url.username === '' && url.password === ''
}
