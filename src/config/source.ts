/** The text of a configuration file as YAML nodes that know where they stand; its syntax faults in our own words. */
import { LineCounter, type ParsedNode, parseDocument, type YAMLError } from 'yaml'
import type { Position } from './fault.ts'
import type { FaultList } from './fault-list.ts'

export interface Source {
  readonly root: ParsedNode | null
  /** Where the character at `offset` stands. */
  positionOf(offset: number): Position
}

/**
 * The nodes of `text`; undefined when there are syntax faults, which are then in `faults`: what follows from
 * them would only confuse.
 * @param file where it stands, when that is not the configuration file itself
 */
export function parseSource(text: string, faults: FaultList, file?: string): Source | undefined {
  const lineCounter = new LineCounter()
  // Keys given twice are found when a map is read: the library compares each with each, and says less.
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false, schema: 'core' })
  const positionOf = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1), ...(file !== undefined && { file }) }
  }
  // Tags are faults of the value that carries one, too.
  const faultsOfText = [...document.errors, ...document.warnings].filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')
  const seen = new Set<string>()
  for (const error of faultsOfText) {
    const position = positionOf(error.pos[0])
    const words = WORDS[error.code] ?? { message: 'this is not valid YAML' }
    const key = `${position.line}:${position.column}:${words.message}`
    if (!seen.has(key)) faults.reportAt(position, [], words)
    seen.add(key)
  }
  return faultsOfText.length > 0 ? undefined : { root: document.contents, positionOf }
}

const SPACE_AFTER_COLON = 'a key, a colon, a space and its value'

/** The library's messages may repeat the text, and with it a secret; these do not. */
const WORDS: Readonly<Partial<Record<YAMLError['code'], { message: string; allowed?: string }>>> = {
  ALIAS_PROPS: { message: 'an alias (*name) cannot have a tag or an anchor' },
  BAD_ALIAS: {
    message: 'this anchor or alias has no valid name',
    allowed: 'quotes around a value that begins with & or *',
  },
  BAD_DIRECTIVE: { message: 'this % directive is not known', allowed: 'a file without directives' },
  BAD_DQ_ESCAPE: {
    message: 'a backslash in "double quotes" begins an escape that does not exist',
    allowed: "\\\\ for a backslash, or 'single quotes'",
  },
  BAD_INDENT: {
    message: 'the indentation is wrong, or a bracket above is not closed',
    allowed: 'the same indentation for all keys of a map',
  },
  BAD_SCALAR_START: { message: 'a value cannot begin with this character', allowed: 'quotes around the value' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second key on the same line',
    allowed: `${SPACE_AFTER_COLON}, each on a line of its own; quotes around a value that contains ": "`,
  },
  BLOCK_IN_FLOW: { message: 'an indented block inside […] or {…}', allowed: 'items separated by commas' },
  KEY_OVER_1024_CHARS: { message: 'this key is too long' },
  MISSING_CHAR: {
    message: 'something is missing: a closing quote or bracket, a comma, a colon, or a space after one of them',
    allowed: SPACE_AFTER_COLON,
  },
  MULTILINE_IMPLICIT_KEY: { message: 'this line is no key with a value', allowed: SPACE_AFTER_COLON },
  MULTIPLE_DOCS: { message: 'a second document begins here (---)', allowed: 'one document in the file' },
  NON_STRING_KEY: { message: 'this key is not a text', allowed: 'a plain name' },
  RESOURCE_EXHAUSTION: { message: 'this is nested far too deeply' },
  TAB_AS_INDENT: { message: 'a tab is used as indentation', allowed: 'spaces' },
  UNEXPECTED_TOKEN: { message: 'this does not belong here', allowed: 'quotes around a value with special characters' },
}
