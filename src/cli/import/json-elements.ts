/**
 * The elements of some arrays in a large JSON object, one after the other: a realm export may be many hundred megabytes, and
 * JSON.parse would need several times as much. What is not asked for is read past; each element is parsed by whoever gets it.
 */

/** The file is not what it should be; the message says so to a person. */
export class JsonStreamError extends Error {}

export interface JsonElement {
  /** Of the top-level member whose array it is in. */
  readonly key: string
  /** Undefined: longer than `maxBytes`. */
  readonly text: string | undefined
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

/** Where in the text it is, from one piece to the next. */
interface Scan {
  depth: number
  isInText: boolean
  isEscaped: boolean
  /** In the top-level object, before a colon. */
  isBeforeColon: boolean
  /** Of the top-level member that it is in. */
  key: string
  /** In the array of a member that is wanted. */
  isWanted: boolean
  /** A key or an element that has begun, as far as it was in earlier pieces; undefined: none has. */
  kept: Buffer[] | undefined
  keptBytes: number
  /** Where in this piece the rest of it begins. */
  from: number
  readonly maxBytes: number
}

/** @param keys the top-level members whose arrays are wanted */
export async function* jsonElements(
  bytes: AsyncIterable<Buffer>,
  keys: readonly string[],
  maxBytes: number,
): AsyncGenerator<JsonElement> {
  const scan: Scan = {
    ...{ depth: 0, isInText: false, isEscaped: false, isBeforeColon: false, key: '', isWanted: false },
    ...{ kept: undefined, keptBytes: 0, from: 0, maxBytes },
  }
  let isFirst = true
  for await (const piece of bytes) {
    yield* elementsIn(scan, isFirst ? withoutMark(piece) : piece, keys)
    isFirst = false
  }
  if (isFirst) throw new JsonStreamError('it is empty')
  if (scan.depth !== 0 || scan.isInText) throw new JsonStreamError('it is cut short')
}

const withoutMark = (piece: Buffer): Buffer =>
  piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf ? piece.subarray(3) : piece

function* elementsIn(scan: Scan, piece: Buffer, keys: readonly string[]): Generator<JsonElement> {
  for (let at = 0; at < piece.length; at++) {
    if (scan.isInText) stepInText(scan, piece, at)
    else if (stepOutside(scan, piece[at], at, keys)) {
      const { key } = scan
      yield { key, text: finish(scan, piece, at) }
    }
    // Only now: what ends here still belonged to the array.
    if (!scan.isInText && (piece[at] === CLOSE_ARRAY || piece[at] === CLOSE_OBJECT)) leave(scan)
  }
  keep(scan, piece, piece.length)
}

function stepInText(scan: Scan, piece: Buffer, at: number): void {
  const byte = piece[at]
  if (scan.isEscaped) scan.isEscaped = false
  else if (byte === BACKSLASH) scan.isEscaped = true
  else if (byte === QUOTE) {
    scan.isInText = false
    if (scan.depth === 1 && scan.isBeforeColon) scan.key = keyOf(finish(scan, piece, at + 1))
  }
}

/** Whether an element ends before this byte. */
function stepOutside(scan: Scan, byte: number | undefined, at: number, keys: readonly string[]): boolean {
  const isElement = scan.depth === 2 && scan.isWanted
  switch (byte) {
    case 0x20:
    case 0x09:
    case 0x0a:
    case 0x0d:
      return false
    case COLON:
      if (scan.depth === 1) scan.isBeforeColon = false
      return false
    case COMMA:
      if (scan.depth === 1) scan.isBeforeColon = true
      return isElement && scan.kept !== undefined
    case CLOSE_ARRAY:
    case CLOSE_OBJECT:
      return isElement && scan.kept !== undefined
    default:
      enter(scan, byte, at, keys)
      return false
  }
}

function enter(scan: Scan, byte: number | undefined, at: number, keys: readonly string[]): void {
  const isText = byte === QUOTE
  if (scan.depth === 0 && byte === OPEN_ARRAY)
    throw new JsonStreamError('it is a list, not one object: export one realm at a time')
  if (scan.depth === 0 && byte !== OPEN_OBJECT) throw new JsonStreamError('it is not JSON')
  const isKey = scan.depth === 1 && isText && scan.isBeforeColon
  const isElement = scan.depth === 2 && scan.isWanted && scan.kept === undefined
  if (isKey || isElement) {
    scan.kept = []
    scan.keptBytes = 0
    scan.from = at
  }
  if (isText) scan.isInText = true
  if (byte !== OPEN_OBJECT && byte !== OPEN_ARRAY) return
  if (scan.depth === 0) scan.isBeforeColon = true
  if (scan.depth === 1) scan.isWanted = byte === OPEN_ARRAY && keys.includes(scan.key)
  scan.depth++
}

function leave(scan: Scan): void {
  if (scan.depth === 0) throw new JsonStreamError('it is not JSON')
  scan.depth--
  if (scan.depth === 1) scan.isWanted = false
}

/** Keeps what has begun as far as this piece has it: a copy, for the piece may be used again. */
function keep(scan: Scan, piece: Buffer, to: number): void {
  if (scan.kept === undefined) return
  scan.keptBytes += to - scan.from
  if (scan.keptBytes <= scan.maxBytes) scan.kept.push(Buffer.from(piece.subarray(scan.from, to)))
  else scan.kept = []
  scan.from = 0
}

function finish(scan: Scan, piece: Buffer, to: number): string | undefined {
  keep(scan, piece, to)
  const text = scan.keptBytes > scan.maxBytes ? undefined : Buffer.concat(scan.kept ?? []).toString('utf8')
  scan.kept = undefined
  return text
}

function keyOf(text: string | undefined): string {
  try {
    return String(JSON.parse(text ?? '""'))
  } catch {
    return ''
  }
}
