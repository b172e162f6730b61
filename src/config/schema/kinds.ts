/** The kinds of value that the configuration is made of. Keys that begin with `x-` are ours: read-value.ts and the documents use them. */
import type { TProperties } from 'typebox'
import { type Duration, parseDuration } from '../../base/duration.ts'
import { parseSize } from '../size.ts'
import Type from './type.ts'

/** How one schema looks to those who walk it: JSON Schema, and our own annotations. */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean'
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly (string | number)[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[] | undefined
  /** What keys that have no property may hold; left out, as `false`: there are none. */
  readonly additionalProperties?: boolean | SchemaNode
  readonly items?: SchemaNode
  readonly uniqueItems?: boolean
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  /** A secret: no message ever repeats it. */
  readonly writeOnly?: boolean
  /** What is allowed, in words, where the pattern would not say it. */
  readonly 'x-allowed'?: string
  /** The default in words, where it depends on other keys. */
  readonly 'x-default'?: string
  /** A text that stands for a number, within these bounds. */
  readonly 'x-quantity'?: keyof typeof QUANTITIES
  readonly 'x-least'?: string
  readonly 'x-most'?: string
  /** The name of a file whose text is wanted, relative to the configuration file. */
  readonly 'x-reads-file'?: boolean
  /** The name of a file with an image, which is wanted as a `data:` URL. */
  readonly 'x-reads-image'?: boolean
}

/** Texts that stand for numbers. */
export const QUANTITIES = {
  duration: {
    parse: parseDuration,
    pattern: '^\\d{1,9}(ms|s|m|h|d)$',
    allowed: 'a length of time: a whole number followed by ms, s, m, h or d',
  },
  size: {
    parse: parseSize,
    pattern: '^\\d{1,9}(KiB|MiB|GiB)$',
    allowed: 'an amount of memory: a whole number followed by KiB, MiB or GiB',
  },
} as const satisfies Record<string, { parse(text: string): Duration | undefined; pattern: string; allowed: string }>

interface Bounds {
  readonly default?: string
  readonly 'x-default'?: string
  readonly least?: string
  readonly most: string
  readonly examples: readonly string[]
}

/** A map with known keys. Left out, it is as good as empty. */
export const section = <P extends TProperties>(description: string, properties: P) =>
  Type.Object(properties, { description, additionalProperties: false, default: {} })

export const duration = (description: string, { least = '1s', ...bounds }: Bounds) =>
  quantity('duration', description, { least, ...bounds })

export const size = (description: string, bounds: Bounds & { least: string }) => quantity('size', description, bounds)

function quantity(kind: keyof typeof QUANTITIES, description: string, { least, most, ...rest }: Bounds) {
  const { pattern } = QUANTITIES[kind]
  return Type.String({ description, pattern, 'x-quantity': kind, 'x-least': least, 'x-most': most, ...rest })
}

interface TextOptions {
  readonly default?: string
  readonly examples: readonly string[]
  readonly maxLength?: number
  readonly pattern?: string
  readonly 'x-allowed'?: string
  readonly 'x-default'?: string
  readonly 'x-reads-image'?: boolean
}

/** A text that is not empty. */
export const text = (description: string, options: TextOptions) =>
  Type.String({ description, minLength: 1, ...options })

/** A text that no message ever repeats. */
export const secret = (description: string, options: TextOptions) => text(description, { ...options, ...SECRET })

/** The name of a file with a secret in it. The name is not repeated either: people do paste the secret itself. */
export const secretFile = (description: string, options: TextOptions) =>
  text(description, { ...options, ...SECRET, ...READS_FILE })

/** The name of a file whose text is wanted. */
export const file = (description: string, options: TextOptions) => text(description, { ...options, ...READS_FILE })

/** The name of a file with an image in it. */
export const imageFile = (description: string, options: TextOptions) =>
  text(description, { ...options, 'x-reads-image': true })

const SECRET = { writeOnly: true }
const READS_FILE = { 'x-reads-file': true }

/** The address of a web page. */
export const webUri = (description: string, example: string) =>
  Type.Optional(text(description, { examples: [example], maxLength: 2048 }))

export const flag = (description: string, byDefault: boolean) =>
  Type.Boolean({ description, default: byDefault, examples: [!byDefault] })
