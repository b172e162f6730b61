/** Images that an operator gives: which kind a file is, and what of an SVG would come to nothing. */

const KINDS = { svg: 'image/svg+xml', png: 'image/png' } as const
export type ImageKind = keyof typeof KINDS

export interface Image {
  readonly kind: ImageKind
  readonly type: string
  readonly bytes: Buffer
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const SVG =
  /^\uFEFF?\s*(<\?xml[^>]*\?>\s*)?(<!--[\s\S]*?-->\s*)*(<!DOCTYPE\s+svg\b[^>[]*>\s*)?(<!--[\s\S]*?-->\s*)*<svg[\s>]/i

/** By what is in it, whatever its name says. */
function kindOf(bytes: Uint8Array): ImageKind | undefined {
  if (PNG.equals(bytes.subarray(0, PNG.length))) return 'png'
  return SVG.test(Buffer.from(bytes).toString('utf8')) ? 'svg' : undefined
}

/** As the configuration keeps it: a `data:` URL; undefined: it is neither SVG nor PNG. */
export function imageData(bytes: Uint8Array): string | undefined {
  const kind = kindOf(bytes)
  return kind && `data:${KINDS[kind]};base64,${Buffer.from(bytes).toString('base64')}`
}

/** The way back. */
export function imageOf(data: string): Image {
  const [type = '', base64 = ''] = data.replace(/^data:/, '').split(';base64,')
  return { kind: type === KINDS.svg ? 'svg' : 'png', type, bytes: Buffer.from(base64, 'base64') }
}

/** As an image an SVG runs nothing and loads nothing; who puts that into one means another thing. */
const IN_VAIN: readonly (readonly [RegExp, string])[] = [
  [/<script\b/i, 'a script'],
  [/\son\w+\s*=/i, 'an event handler'],
  [/javascript:/i, 'a javascript: address'],
  [/<foreignObject\b/i, 'HTML (foreignObject)'],
  [/<!ENTITY\b/i, 'an entity'],
  [/(href\s*=\s*["']?|url\(\s*["']?|@import\s+["']?)(https?:)?\/\//i, 'something from another address'],
]

/** What is in the SVG that no logo has, as words; undefined: nothing. */
export function oddInImage(data: string): string | undefined {
  const { kind, bytes } = imageOf(data)
  if (kind !== 'svg') return undefined
  const text = bytes.toString('utf8')
  return IN_VAIN.find(([pattern]) => pattern.test(text))?.[1]
}
