/** The colours of a page that follow from a brand, so that everything on it can be read: WCAG 2.2, 1.4.3 and 1.4.11. */
import type { Background, BrandColours } from './brand.ts'
import { BLACK, type Colour, contrast, luminance, mix, nearestWith, WHITE } from './colour.ts'
import { type SchemeName, TOKENS } from './tokens.ts'

/** WCAG 2.2, 1.4.3 (AA). */
export const TEXT_CONTRAST = 4.5
/** WCAG 2.2, 1.4.11: buttons, and the ring around what has the focus. */
export const CONTROL_CONTRAST = 3

export interface Palette {
  readonly accent: Colour
  readonly accentHover: Colour
  readonly onAccent: Colour
  /** The accent as a text: the same where that can be read. */
  readonly link: Colour
  /** The surface with a breath of it. */
  readonly tint: Colour
}

/** The card: on a dark page of its own background a little brighter than that. */
export const surfaceIn = (scheme: SchemeName, { dark }: Background): Colour =>
  scheme === 'dark' && dark !== undefined ? mix(WHITE, dark, 0.045) : TOKENS[scheme].surface

/** Behind what has the accent's colour. */
export const surfacesOf = (scheme: SchemeName, background: Background): readonly Colour[] => [
  surfaceIn(scheme, background),
  background[scheme] ?? TOKENS[scheme].canvas,
]

/** The accent of the scheme: on a dark page what was said for it, else the other one as bright as it has to be. */
export function accentIn(scheme: SchemeName, { accent, accentDark }: BrandColours, background: Background): Colour {
  if (scheme === 'light') return accent ?? TOKENS.light.accent
  if (accentDark !== undefined) return accentDark
  if (accent === undefined) return TOKENS.dark.accent
  return readable(accent, surfacesOf('dark', background), 'white')
}

/** White where it can be read, for that is what buttons of a colour have; else black. */
export const textOn = (accent: Colour): Colour => (contrast(WHITE, accent) >= TEXT_CONTRAST ? WHITE : BLACK)

export function paletteOf(colours: BrandColours, scheme: SchemeName, background: Background): Palette {
  const accent = accentIn(scheme, colours, background)
  const surfaces = surfacesOf(scheme, background)
  const tint = mix(accent, surfaceIn(scheme, background), scheme === 'light' ? 0.1 : 0.14)
  const said = scheme === 'light' ? colours.onAccent : undefined
  const onAccent = said ?? (accent === TOKENS[scheme].accent ? TOKENS[scheme].onAccent : textOn(accent))
  return {
    accent,
    // Away from the text on it, which is read even better then.
    accentHover: mix(luminance(onAccent) > luminance(accent) ? BLACK : WHITE, accent, 0.2),
    onAccent,
    link: readable(accent, [...surfaces, tint], scheme === 'light' ? 'black' : 'white'),
    tint,
  }
}

const readable = (colour: Colour, on: readonly Colour[], towards: 'black' | 'white'): Colour =>
  nearestWith(colour, { ratio: TEXT_CONTRAST, to: on, towards }) ?? (towards === 'black' ? BLACK : WHITE)
