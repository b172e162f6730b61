/** Puts another client into a configuration file, or into a file of clients.d/. */
import { isMap, isSeq, type YAMLMap, type YAMLSeq } from 'yaml'
import {
  blockText,
  columnOf,
  EditError,
  flowText,
  indented,
  lineBreakOf,
  nextLine,
  pairOf,
  rootOf,
  spanOf,
  splice,
} from './splice.ts'

/** Keys and values of an entry, in the order in which they are to be written. */
export type NewEntry = Readonly<Record<string, unknown>>

/** `text` with `entry` as its last client, and else unchanged. Throws EditError. */
export function addClient(text: string, entry: NewEntry): string {
  const root = rootOf(text)
  // A file of clients.d/ is a list.
  if (isSeq(root)) return addItem(text, root, entry)
  if (root === undefined) return `${onNewLine(text)}${broken(blockText([entry]), text)}`
  const clients = pairOf(root, 'clients')?.value
  if (clients === undefined) return addList(text, root, entry)
  if (isSeq(clients)) return addItem(text, clients, entry)
  throw new EditError('clients is no list')
}

/** The item of a list as it is written there, for whoever puts it in by hand. */
export const entryText = (entry: NewEntry): string => blockText([entry])

function addItem(text: string, list: YAMLSeq, entry: NewEntry): string {
  const last = list.items.at(-1)
  if (!list.flow) return last === undefined ? refuseEmpty() : addToBlock(text, list, entry)
  return last === undefined ? fillBrackets(text, list, entry) : addToFlow(text, last, entry)
}

const refuseEmpty = (): never => {
  throw new EditError('clients has no value')
}

function addToBlock(text: string, list: YAMLSeq, entry: NewEntry): string {
  const column = columnOf(text, spanOf(list).start)
  const at = endOfItem(text, spanOf(list.items.at(-1)).end, column)
  const gap = list.items.length > 1 && !isSpaced(text, list) ? '' : '\n'
  const item = broken(`${gap}${indented(entryText(entry), column)}`, text)
  return `${onNewLine(text.slice(0, at))}${item}${text.slice(at)}`
}

/** What is commented out within the last item, deeper than its dash, belongs to it. */
function endOfItem(text: string, end: number, column: number): number {
  let at = nextLine(text, end)
  for (let line = at; line < text.length; ) {
    const after = nextLine(text, line + 1)
    const comment = /^( *)#/.exec(text.slice(line, after))
    if (comment === null ? text.slice(line, after).trim() !== '' : (comment[1] ?? '').length <= column) break
    line = after
    if (comment !== null) at = after
  }
  return at
}

/** Whether the items are set apart by empty lines. */
function isSpaced(text: string, { items }: YAMLSeq): boolean {
  const [before, last] = items.slice(-2)
  const between = text.slice(nextLine(text, spanOf(before).end), spanOf(last).start).split('\n')
  return between.slice(0, -1).some((line) => line.trim() === '')
}

function addToFlow(text: string, last: unknown, entry: NewEntry): string {
  const { start, end } = spanOf(last)
  const column = columnOf(text, start)
  const isOnOwnLine = text.slice(start - column, start).trim() === ''
  const item = isOnOwnLine ? `,\n${indented(flowText(entry, 2), column)}` : `, ${flowText(entry)}`
  return splice(text, { start: end, end }, broken(item, text))
}

/** `[]`: in a file of lines it becomes a list of lines. */
function fillBrackets(text: string, list: YAMLSeq, entry: NewEntry): string {
  const { start, end } = spanOf(list)
  const root = rootOf(text)
  if (!isMap(root) || root.flow) return splice(text, { start, end }, flowText([entry]))
  const before = text.slice(0, start).trimEnd()
  const without = before + text.slice(end)
  const at = nextLine(without, before.length)
  return `${onNewLine(without.slice(0, at))}${broken(indented(entryText(entry), 2), text)}${without.slice(at)}`
}

/** There is no list yet. */
function addList(text: string, root: YAMLMap, entry: NewEntry): string {
  if (!root.flow) return `${onNewLine(text)}${broken(`\nclients:\n${indented(entryText(entry), 2)}`, text)}`
  const last = root.items.at(-1)
  if (last === undefined) throw new EditError('the file is empty')
  const { end } = spanOf(last.value)
  return splice(text, { start: end, end }, broken(`,\n  "clients": ${flowText([entry])}`, text))
}

const onNewLine = (text: string): string => (text === '' || text.endsWith('\n') ? text : text + lineBreakOf(text))

/** With the line breaks of the file. */
const broken = (text: string, like: string): string => text.replaceAll('\n', lineBreakOf(like))
