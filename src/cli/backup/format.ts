/**
 * A backup as text: lines of JSON, the same for every database. A head; for each table a line that names its columns and
 * a line per row; and an end with the counts and a SHA-256 of all the bytes before it, so that a part is not taken for
 * the whole. The file is these lines through gzip.
 */
import { createHash } from 'node:crypto'
import type { Piece, Row, Value } from '../../storage/archive.ts'

export interface BackupHead {
  readonly format: typeof FORMAT
  /** Of the format; raised when an older Countersign could not read it. */
  readonly version: number
  /** Of the Countersign that wrote it. */
  readonly countersign: string
  readonly migrations: readonly string[]
  /** ISO 8601 */
  readonly at: string
}

export interface BackupEnd {
  readonly rows: Readonly<Record<string, number>>
  readonly sha256: string
}

export const FORMAT = 'countersign-backup'
export const FORMAT_VERSION = 1

/** What is no backup of ours, or not a whole one; the message says so to a person. */
export class BackupError extends Error {}

/** The text of a backup, in chunks; `ended` hears what the last line says. */
export async function* backupText(
  head: Omit<BackupHead, 'format' | 'version'>,
  pieces: AsyncIterable<Piece>,
  ended: (end: BackupEnd) => void,
): AsyncGenerator<string> {
  const hash = createHash('sha256')
  const hashed = (text: string): string => {
    hash.update(text)
    return text
  }
  const rows: Record<string, number> = {}
  let table = ''
  yield hashed(line({ format: FORMAT, version: FORMAT_VERSION, ...head }))
  for await (const piece of pieces) {
    if (piece.table !== undefined) {
      table = piece.table
      rows[table] = 0
      yield hashed(line({ table, columns: piece.columns }))
      continue
    }
    rows[table] = (rows[table] ?? 0) + piece.rows.length
    yield hashed(piece.rows.map(line).join(''))
  }
  const end = { rows, sha256: hash.digest('hex') }
  ended(end)
  yield line({ end: true, ...end })
}

const line = (value: unknown): string => `${JSON.stringify(value)}\n`

export interface BackupText {
  readonly head: BackupHead
  /** To be read to its end, which throws BackupError when the text was cut short or changed; gives the end. */
  pieces(): AsyncGenerator<Piece, BackupEnd>
}

/** Reads what `backupText` wrote, as bytes. Throws BackupError. */
export async function readBackup(bytes: AsyncIterable<Buffer>): Promise<BackupText> {
  const lines = linesOf(bytes)
  const hash = createHash('sha256')
  const first = await lines.next()
  if (first.done) throw new BackupError('it is empty')
  const head = readHead(parse(first.value))
  hash.update(first.value)
  return { head, pieces: () => piecesOf(lines, hash) }
}

/** Rows that are handed on at once. */
const BATCH = 500

async function* piecesOf(
  lines: AsyncGenerator<Buffer>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Piece, BackupEnd> {
  const counts: Record<string, number> = {}
  let table: { name: string; width: number } | undefined
  const batch: Row[] = []
  for await (const bytes of lines) {
    const value = parse(bytes)
    if (Array.isArray(value)) {
      if (table === undefined) throw new BackupError('a row belongs to no table')
      counts[table.name] = (counts[table.name] ?? 0) + 1
      batch.push(readRow(value, table.width))
      if (batch.length === BATCH) yield { rows: batch.splice(0) }
    } else {
      if (batch.length > 0) yield { rows: batch.splice(0) }
      if (isEnd(value)) return checkEnd(value, { counts, sha256: hash.digest('hex'), rest: await lines.next() })
      const piece = readTable(value)
      table = { name: piece.table, width: piece.columns.length }
      counts[piece.table] = 0
      yield piece
    }
    hash.update(bytes)
  }
  throw new BackupError('it is cut short: its last line is missing')
}

// ---- reading a line ------------------------------------------------------------------------------------------------

/** No row of ours comes near: a longer line is something else. */
const LONGEST_LINE = 64 * 1024 * 1024

/** With the line end. Only \n ends a line: JSON leaves other line ends in texts as they are. */
async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let kept: Buffer[] = []
  let length = 0
  for await (const chunk of bytes) {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const last = chunk.subarray(from, end + 1)
      yield kept.length === 0 ? last : Buffer.concat([...kept, last])
      kept = []
      length = 0
      from = end + 1
    }
    if (from === chunk.length) continue
    kept.push(chunk.subarray(from))
    length += chunk.length - from
    if (length > LONGEST_LINE) throw new BackupError('it is no backup of Countersign')
  }
  if (kept.length > 0) yield Buffer.concat(kept)
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new BackupError('it is damaged, or no backup of Countersign')
  }
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

function readHead(value: unknown): BackupHead {
  if (!isFields(value) || value['format'] !== FORMAT) throw new BackupError('it is no backup of Countersign')
  const { version, countersign, migrations, at } = value
  if (typeof version !== 'number' || version > FORMAT_VERSION) {
    throw new BackupError(
      `a newer Countersign (${String(countersign)}) wrote it: restore it with that version or a later one`,
    )
  }
  if (typeof countersign !== 'string' || !areTexts(migrations) || typeof at !== 'string') {
    throw new BackupError('its first line is damaged')
  }
  return { format: FORMAT, version, countersign, migrations, at }
}

function readTable(value: unknown): { table: string; columns: readonly string[] } {
  if (!isFields(value) || typeof value['table'] !== 'string' || !areTexts(value['columns'])) {
    throw new BackupError('it is damaged: a line is neither a table nor a row')
  }
  return { table: value['table'], columns: value['columns'] }
}

function readRow(row: readonly unknown[], width: number): Row {
  if (row.length !== width || !row.every(isValue)) throw new BackupError('it is damaged: a row does not fit its table')
  return row
}

const isValue = (value: unknown): value is Value =>
  value === null || typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value))

const isEnd = (value: unknown): value is Fields => isFields(value) && value['end'] === true

function checkEnd(
  value: Fields,
  { counts, sha256, rest }: { counts: Readonly<Record<string, number>>; sha256: string; rest: IteratorResult<Buffer> },
): BackupEnd {
  if (value['sha256'] !== sha256 || JSON.stringify(value['rows']) !== JSON.stringify(counts)) {
    throw new BackupError('it was changed or damaged: its checksum does not fit')
  }
  if (!rest.done) throw new BackupError('it is damaged: something follows its last line')
  return { rows: counts, sha256 }
}
