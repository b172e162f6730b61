/** What an operator says of a brand: the installation's, or one client's. */
import type { Colour } from './colour.ts'

export interface BrandColours {
  /** Of buttons, links and the focus; undefined: that of the style sheet. */
  readonly accent: Colour | undefined
  /** On a dark page; undefined: one follows from `accent`. */
  readonly accentDark: Colour | undefined
  /** Text on `accent`; undefined: white, or black where that could not be read. */
  readonly onAccent: Colour | undefined
}

/** Of a client; where it says nothing, the installation's. */
export interface Brand {
  readonly colours: BrandColours
  /** An image as a `data:` URL. */
  readonly logo: string | undefined
}

/** Behind the card. */
export interface Background {
  readonly light: Colour | undefined
  readonly dark: Colour | undefined
}

/** Of the installation. */
export interface InstallationBrand extends Brand {
  readonly background: Background
  /** Of fields and buttons, in pixels; undefined: that of the style sheet. */
  readonly radius: number | undefined
  /** The logo has the name in it. */
  readonly logoShowsName: boolean
  /** Where people get help: https or mailto. */
  readonly supportUri: string | undefined
  readonly policyUri: string | undefined
  readonly tosUri: string | undefined
}

/** As the style sheet has it. */
export const NO_BRAND: InstallationBrand = {
  colours: { accent: undefined, accentDark: undefined, onAccent: undefined },
  background: { light: undefined, dark: undefined },
  radius: undefined,
  logo: undefined,
  logoShowsName: false,
  supportUri: undefined,
  policyUri: undefined,
  tosUri: undefined,
}

export const hasColours = (colours: BrandColours): boolean => Object.values(colours).some((one) => one !== undefined)
