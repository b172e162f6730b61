/** The colours of views/style/tokens.css that those of a brand are held against; test/look/palette.test.ts compares the two. */
import type { Colour } from './colour.ts'

export interface Scheme {
  /** Behind the card. */
  readonly canvas: Colour
  /** The card. */
  readonly surface: Colour
  readonly ink: Colour
  /** Text of less weight. */
  readonly quiet: Colour
  /** The border of a field. */
  readonly field: Colour
  readonly accent: Colour
  /** Text on it. */
  readonly onAccent: Colour
}

export const SCHEMES = ['light', 'dark'] as const
export type SchemeName = (typeof SCHEMES)[number]

export const TOKENS: Readonly<Record<SchemeName, Scheme>> = {
  light: {
    canvas: '#f1f4f3',
    surface: '#ffffff',
    ink: '#14201c',
    quiet: '#55635e',
    field: '#788680',
    accent: '#0b6655',
    onAccent: '#ffffff',
  },
  dark: {
    canvas: '#0e1413',
    surface: '#171f1d',
    ink: '#ecf2f0',
    quiet: '#a3b2ad',
    field: '#74847e',
    accent: '#64c8b0',
    onAccent: '#04211a',
  },
}
