/** The sections `brand` as the code uses them. */
import type { Background, Brand, BrandColours, InstallationBrand } from '../look/brand.ts'
import { type Colour, parseColour } from '../look/colour.ts'
import { formatPath, type Path } from './fault.ts'
import type { ClientEntry, ConfigFile, Draft } from './schema.ts'

type Texts = ReadonlyMap<string, string>

const colour = (text: string | undefined): Colour | undefined => (text === undefined ? undefined : parseColour(text))

export const coloursOf = (brand: Draft<ClientEntry['brand']>): BrandColours => ({
  accent: colour(brand.colour),
  accentDark: colour(brand.colour_dark),
  onAccent: colour(brand.text_on_colour),
})

export const backgroundOf = (brand: Draft<ConfigFile['brand']>): Background => ({
  light: colour(brand.background),
  dark: colour(brand.background_dark),
})

export const resolveBrand = (brand: ConfigFile['brand'], texts: Texts): InstallationBrand => ({
  colours: coloursOf(brand),
  background: backgroundOf(brand),
  radius: brand.radius,
  logo: texts.get('brand.logo_file'),
  logoShowsName: brand.logo_shows_name,
  supportUri: brand.support_uri,
  policyUri: brand.policy_uri,
  tosUri: brand.tos_uri,
})

/** Undefined: it has none of its own. */
export function resolveClientBrand(brand: ClientEntry['brand'], at: Path, texts: Texts): Brand | undefined {
  const isEmpty = Object.values(brand).every((value) => value === undefined)
  return isEmpty ? undefined : { colours: coloursOf(brand), logo: texts.get(formatPath([...at, 'logo_file'])) }
}
