/** Changes keys of one client in a configuration file, or in a file of clients.d/. */
import { isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml'
import {
  columnOf,
  EditError,
  isBlockScalar,
  keyOf,
  lineBreakOf,
  nextLine,
  pairOf,
  rootOf,
  scalarText,
  spanOf,
  splice,
} from './splice.ts'

/** One step, each on the text that the one before has given. */
export type KeyChange =
  | { readonly kind: 'replace'; readonly key: string; readonly by: string; readonly value: string }
  | { readonly kind: 'insert'; readonly after: string; readonly key: string; readonly value: string }
  | { readonly kind: 'remove'; readonly key: string }

/** The keys of the client's entry as they are written, `${NAME}` unread; undefined when the text has no such client. */
export function clientKeys(text: string, clientId: string): ReadonlyMap<string, string | undefined> | undefined {
  const entry = entryOf(text, clientId)
  if (entry === undefined) return undefined
  const written = ({ value }: Pair): string | undefined =>
    isScalar(value) && typeof value.value === 'string' ? value.value : undefined
  return new Map(entry.items.map((pair) => [String(keyOf(pair)), written(pair)]))
}

/** `text` with the changes made to the client's entry, and else unchanged. Throws EditError. */
export function changeClient(text: string, clientId: string, changes: readonly KeyChange[]): string {
  return changes.reduce((before, change) => {
    const entry = entryOf(before, clientId)
    if (entry === undefined) throw new EditError('the client is not in this file')
    if (change.kind === 'replace') return replace(before, entry, change)
    if (change.kind === 'insert') return insert(before, entry, change)
    return remove(before, entry, change.key)
  }, text)
}

function entryOf(text: string, clientId: string): YAMLMap | undefined {
  const root = rootOf(text)
  const list = isMap(root) ? pairOf(root, 'clients')?.value : root
  const entries = isSeq(list) ? list.items : []
  return entries.filter(isMap).find((entry) => {
    const id = pairOf(entry, 'client_id')?.value
    return isScalar(id) && id.value === clientId
  })
}

function getPair(entry: YAMLMap, key: string): Pair {
  const pair = pairOf(entry, key)
  if (pair === undefined) throw new EditError(`the entry has no ${key}`)
  return pair
}

const line = (entry: YAMLMap, key: string, value: string): string => {
  const isFlow = entry.flow === true
  return `${isFlow ? JSON.stringify(key) : key}: ${scalarText(value, { isFlow })}`
}

function replace(text: string, entry: YAMLMap, { key, by, value }: KeyChange & { kind: 'replace' }): string {
  const pair = getPair(entry, key)
  const span = { start: spanOf(pair.key).start, end: spanOf(pair.value).end }
  // The value of a block of lines ends behind its last line break.
  const end = isBlockScalar(pair.value) ? lineBreakOf(text) : ''
  return splice(text, span, `${line(entry, by, value)}${end}`)
}

function insert(text: string, entry: YAMLMap, { after, key, value }: KeyChange & { kind: 'insert' }): string {
  const pair = getPair(entry, after)
  const { end } = spanOf(pair.value)
  if (entry.flow) return splice(text, { start: end, end }, `, ${line(entry, key, value)}`)
  const at = nextLine(text, end)
  const lineBreak = lineBreakOf(text)
  const before = text.slice(0, at)
  const column = columnOf(text, spanOf(pair.key).start)
  const start = before.endsWith('\n') ? '' : lineBreak
  return `${before}${start}${' '.repeat(column)}${line(entry, key, value)}${start === '' ? lineBreak : ''}${text.slice(at)}`
}

function remove(text: string, entry: YAMLMap, key: string): string {
  const pair = getPair(entry, key)
  const at = entry.items.indexOf(pair)
  const { start } = spanOf(pair.key)
  const { end } = spanOf(pair.value)
  const next = entry.items[at + 1]
  // The first key stands behind the dash of the item or the bracket.
  if ((at === 0 || entry.flow) && next !== undefined) {
    return splice(text, { start, end: spanOf(next.key).start }, '')
  }
  if (entry.flow) return splice(text, { start: spanOf(entry.items[at - 1]?.value).end, end }, '')
  return splice(text, { start: start - columnOf(text, start), end: nextLine(text, end) }, '')
}
