/** Colours as the file and the style sheet write them, and how well one is seen on another. */

/** `#rrggbb`, in small letters. */
export type Colour = `#${string}`

/** `#7A1` and `#77aa11` are one and the same; anything else is undefined. */
export function parseColour(text: string): Colour | undefined {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text)?.[1]?.toLowerCase()
  if (digits === undefined) return undefined
  return `#${digits.length === 3 ? digits.replace(/./g, '$&$&') : digits}`
}

type Channels = readonly [number, number, number]

const channelsOf = (colour: Colour): Channels => {
  const number = Number.parseInt(colour.slice(1), 16)
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255]
}

const colourOf = (channels: Channels): Colour =>
  `#${channels
    .map((one) =>
      Math.round(Math.min(Math.max(one, 0), 255))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`

/** WCAG 2.2, relative luminance: of sRGB, 0 is black and 1 is white. */
export function luminance(colour: Colour): number {
  const [red, green, blue] = channelsOf(colour).map((one) => linear(one / 255)) as unknown as Channels
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** WCAG 2.2, contrast ratio: from 1, none, to 21, black on white. */
export function contrast(one: Colour, other: Colour): number {
  const [dark, light] = [luminance(one), luminance(other)].toSorted((a, b) => a - b) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** The least of the contrasts with each of `others`. */
export const leastContrast = (colour: Colour, others: readonly Colour[]): number =>
  Math.min(...others.map((other) => contrast(colour, other)))

/** So much of `one`, the rest of `other`. */
export function mix(one: Colour, other: Colour, share: number): Colour {
  const [a, b] = [channelsOf(one), channelsOf(other)]
  return colourOf(a.map((channel, at) => channel * share + (b[at] ?? 0) * (1 - share)) as unknown as Channels)
}

const SHADES = 100

interface Wanted {
  readonly ratio: number
  readonly to: readonly Colour[]
  readonly towards?: 'black' | 'white'
  readonly on?: (colour: Colour) => Colour
}

/**
 * The colour that has at least `ratio` to each of `others` and is nearest to `colour`: the same hue, darker or lighter.
 * Undefined: not even black or white has. `towards` looks one way alone; `on` is what is seen of a colour, left out: itself.
 */
export function nearestWith(
  colour: Colour,
  { ratio, to: others, towards, on = (seen) => seen }: Wanted,
): Colour | undefined {
  for (let step = 0; step <= SHADES; step++) {
    for (const end of [BLACK, WHITE] as const) {
      if (towards !== undefined && (end === BLACK) !== (towards === 'black')) continue
      const shade = mix(end, colour, step / SHADES)
      if (leastContrast(on(shade), others) >= ratio) return shade
    }
  }
  return undefined
}

export const BLACK: Colour = '#000000'
export const WHITE: Colour = '#ffffff'

const linear = (part: number): number => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
