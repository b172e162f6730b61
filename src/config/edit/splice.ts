/** Changes of a YAML text that leave every other character as it is: comments, blank lines, quotes and columns. */
import { isMap, isScalar, isSeq, type Pair, parseDocument, Scalar, stringify, type YAMLMap, type YAMLSeq } from 'yaml'

/** Where a node stands: its first character, and the one behind its value. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** The text cannot be changed by this way of writing it; whoever asked says what to put in by hand. */
export class EditError extends Error {}

/** The top of the text: a map, a list, or nothing. Throws EditError for what is no YAML, or something else. */
export function rootOf(text: string): YAMLMap | YAMLSeq | undefined {
  const document = parseDocument(text, { keepSourceTokens: true, uniqueKeys: false, schema: 'core' })
  if (document.errors.length > 0) throw new EditError('the file is not valid YAML')
  const { contents } = document
  if (contents === null) return undefined
  if (isMap(contents) || isSeq(contents)) return contents
  throw new EditError('the file is neither a map nor a list')
}

/** Throws EditError when the library does not tell. */
export function spanOf(node: unknown): Span {
  const range = isMap(node) || isSeq(node) || isScalar(node) ? node.range : undefined
  if (!range) throw new EditError('a value has no place in the file')
  return { start: range[0], end: range[1] }
}

export const keyOf = (pair: Pair): unknown => (isScalar(pair.key) ? pair.key.value : undefined)

/** The last one counts, as for every reader of YAML; `check` reports keys that are given twice. */
export const pairOf = (map: YAMLMap, key: string): Pair | undefined => map.items.findLast((pair) => keyOf(pair) === key)

export const splice = (text: string, { start, end }: Span, by: string): string =>
  text.slice(0, start) + by + text.slice(end)

/** How the file ends its lines. */
export const lineBreakOf = (text: string): string => (/\r\n/.test(text) ? '\r\n' : '\n')

/** Of the line that the character at `offset` is in. */
export const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1)

/** Behind the line break of the line in which a value ends; what follows the value there is its comment. */
export function nextLine(text: string, end: number): number {
  // The value of a block ends behind its last line break.
  const at = text.indexOf('\n', Math.max(end - 1, 0))
  return at < 0 ? text.length : at + 1
}

/** A text for a value of the file, in which `${` would be a variable; block style, or that of a `[…]` or `{…}`. */
export const scalarText = (value: string, { isFlow }: { isFlow: boolean }): string =>
  isFlow ? JSON.stringify(escapeVariables(value)) : stringify(escapeVariables(value), STYLE).trimEnd()

/** The same of a whole value, over several lines. */
export const blockText = (value: unknown): string => stringify(deep(value), STYLE)
export const flowText = (value: unknown, indent?: number): string => JSON.stringify(deep(value), undefined, indent)

const STYLE = { schema: 'core', lineWidth: 0 } as const

const escapeVariables = (text: string): string => text.replaceAll('${', () => '$${')

function deep(value: unknown): unknown {
  if (typeof value === 'string') return escapeVariables(value)
  if (Array.isArray(value)) return value.map(deep)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, deep(of)]))
}

/** Every line that is not empty begins with `by` spaces. */
export const indented = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by))

export const isBlockScalar = (node: unknown): boolean =>
  isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED)
