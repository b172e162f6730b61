/** What pages look like, for the installation and for each client with a look of its own: made once, with the configuration. */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Config } from '../config/config.ts'
import { type Background, type Brand, type BrandColours, hasColours, type InstallationBrand } from '../look/brand.ts'
import { mix, WHITE } from '../look/colour.ts'
import { type Image, imageOf } from '../look/image.ts'
import { type Palette, paletteOf, surfaceIn } from '../look/palette.ts'
import { TOKENS } from '../look/tokens.ts'
import { PAGES, pathBelow } from './paths.ts'
import { cspHash, readView, type Style } from './styles.ts'

/** One brand as the layout needs it. */
export interface Look {
  /** Custom properties that take the place of those of the style sheet; undefined: none does. */
  readonly style: string | undefined
  /** Of the style, as a source expression of a Content-Security-Policy. */
  readonly styleHash: string | undefined
  /** The address of the installation's logo. */
  readonly logo: string | undefined
  /** Of those that are small, by their addresses: the same as a `data:` URL. */
  readonly inline: ReadonlyMap<string, string>
  readonly logoShowsName: boolean
  /** The mark in the accent's colour, where there is no logo. */
  readonly icon: string
  /** Of the client. */
  readonly clientLogo: string | undefined
  readonly supportUri: string | undefined
  readonly policyUri: string | undefined
  readonly tosUri: string | undefined
}

export interface Brands {
  /** What a page looks like that is shown on behalf of this client; undefined: of nobody. */
  lookFor(clientId: string | undefined): Look
  /** The installation's. */
  readonly icon: Pick<Image, 'type' | 'bytes'>
  /** By the last part of its address. */
  readonly images: ReadonlyMap<string, Image>
}

const MARK = readView('favicon.svg')
  .replace(/<title>.*<\/title>/, '')
  .trim()

/** As short as an attribute in double quotes may hold it. */
const iconOf = (colours: Pick<Palette, 'accent' | 'onAccent'>): string =>
  `data:image/svg+xml,${markOf(colours).replaceAll('"', "'").replace(/[<>#]/g, encodeURIComponent)}`

const markOf = ({ accent, onAccent }: Pick<Palette, 'accent' | 'onAccent'>): string =>
  MARK.replace(TOKENS.light.accent, accent).replace('#fff', onAccent)

const svg = (text: string) => ({ type: 'image/svg+xml', bytes: Buffer.from(text) })

const PLAIN: Look = {
  style: undefined,
  styleHash: undefined,
  logo: undefined,
  inline: new Map(),
  logoShowsName: false,
  icon: iconOf(TOKENS.light),
  clientLogo: undefined,
  supportUri: undefined,
  policyUri: undefined,
  tosUri: undefined,
}

export const NO_BRANDS: Brands = { lookFor: () => PLAIN, icon: svg(markOf(TOKENS.light)), images: new Map() }

/** In bytes: so much a page can carry. */
const SMALL = 768

export function openBrands({ issuer, brand, clients }: Pick<Config, 'issuer' | 'brand' | 'clients'>): Brands {
  const images = new Map<string, Image>()
  const inline = new Map<string, string>()
  const addressOf = (data: string | undefined): string | undefined => {
    if (data === undefined) return undefined
    const image = imageOf(data)
    const name = `logo-${createHash('sha256').update(image.bytes).digest('hex').slice(0, 16)}.${image.kind}`
    images.set(name, image)
    const address = pathBelow(issuer, `${PAGES.brand}/${name}`)
    if (image.bytes.length <= SMALL) inline.set(address, data)
    return address
  }
  const { logoShowsName, supportUri, policyUri, tosUri } = brand
  const logo = addressOf(brand.logo)
  const lookOf = (own: Brand | undefined): Look => {
    const colours = own !== undefined && hasColours(own.colours) ? own.colours : brand.colours
    return {
      ...styleOf(colours, brand),
      ...{ logo, icon: iconOf(paletteOf(colours, 'light', brand.background)), clientLogo: addressOf(own?.logo) },
      ...{ inline, logoShowsName, supportUri, policyUri, tosUri },
    }
  }
  const installation = lookOf(undefined)
  const looks = new Map(
    clients.flatMap(({ id, brand: own }) => (own === undefined ? [] : [[id, lookOf(own)] as const])),
  )
  return {
    lookFor: (clientId) => (clientId === undefined ? installation : (looks.get(clientId) ?? installation)),
    icon:
      brand.logo === undefined ? svg(markOf(paletteOf(brand.colours, 'light', brand.background))) : imageOf(brand.logo),
    images,
  }
}

type Frame = Pick<InstallationBrand, 'background' | 'radius'>

function styleOf(colours: BrandColours, { background, radius }: Frame): Pick<Look, 'style' | 'styleHash'> {
  const light = [
    ...paletteRules(colours, 'light', background),
    ...(radius === undefined ? [] : [`--radius:${radius / 16}rem`]),
  ]
  const dark = paletteRules(colours, 'dark', background)
  if (light.length + dark.length === 0) return { style: undefined, styleHash: undefined }
  const style = [
    ...(light.length > 0 ? [`:root{${light.join(';')}}`] : []),
    ...(dark.length > 0 ? [`@media(prefers-color-scheme:dark){:root{${dark.join(';')}}}`] : []),
  ].join('')
  return { style, styleHash: cspHash(style) }
}

const PROPERTIES: Readonly<Record<keyof Palette, string>> = {
  accent: '--accent',
  accentHover: '--accent-hover',
  onAccent: '--on-accent',
  link: '--link',
  tint: '--tint',
}

/** Numbers that were parsed, and nothing of what the file says: so nothing of it can end the style. */
function paletteRules(colours: BrandColours, scheme: 'light' | 'dark', background: Background): readonly string[] {
  const own = background[scheme]
  const canvas = own === undefined ? [] : [`--canvas:${own}`]
  if (own !== undefined && scheme === 'dark') {
    canvas.push(`--surface:${surfaceIn(scheme, background)}`, `--line:${mix(WHITE, own, 0.14)}`)
  }
  // Another canvas may want another link.
  if (!hasColours(colours) && canvas.length === 0) return []
  const palette = paletteOf(colours, scheme, background)
  return [
    ...canvas,
    ...Object.entries(PROPERTIES).map(([key, property]) => `${property}:${palette[key as keyof Palette]}`),
  ]
}

/** For browsers that were told of no icon: where they show an answer in JSON, say. */
export function serveIcon(app: FastifyInstance, brands: Brands): void {
  app.get('/favicon.ico', (_request, reply) => {
    reply.header('content-security-policy', IMAGE_POLICY).header('cache-control', 'public, max-age=86400')
    const { type, bytes } = brands.icon
    return reply.type(type).send(bytes)
  })
}

/** What a page's policy must allow for its look. */
interface Shown {
  readonly style: Style | undefined
  readonly look: Look
  /** One of ours. */
  readonly hasImage: boolean
}

/** Of a page that has a policy already: its style and its logo are let in, too. */
export function allowLook(reply: FastifyReply, { style, look, hasImage }: Shown): void {
  const policy = reply.getHeader('content-security-policy')
  if (typeof policy !== 'string') return
  const styled = `${policy}; style-src ${style?.hash}${look.styleHash === undefined ? '' : ` ${look.styleHash}`}`
  reply.header('content-security-policy', hasImage ? styled.replace('img-src ', "img-src 'self' ") : styled)
}

/** As a page of its own, which nobody needs to open, an SVG runs nothing and loads nothing. */
const IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

/** The logos. Their addresses name what is in them, so each may be kept for good. */
export function serveBrands(app: FastifyInstance, { images }: Brands): void {
  for (const [name, { type, bytes }] of images) {
    app.get(`${PAGES.brand}/${name}`, (_request, reply) => {
      reply.header('content-security-policy', IMAGE_POLICY)
      reply.header('cache-control', 'public, max-age=31536000, immutable')
      return reply.type(type).send(bytes)
    })
  }
}
