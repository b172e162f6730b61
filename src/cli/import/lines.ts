/** Lines of a text that comes in pieces, none of them kept longer than it takes to hand it on. */

/** With its number, from 1. `text` is undefined for a line of more than `maxBytes`, which is read past. */
export interface Line {
  readonly number: number
  readonly text: string | undefined
}

/** Only \n and \r\n end a line; a byte order mark at the beginning is left out. */
export async function* linesOf(bytes: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line> {
  let kept: Buffer[] = []
  let length = 0
  let number = 0
  const keep = (piece: Buffer): void => {
    length += piece.length
    if (length <= maxBytes) kept.push(piece)
    else kept = []
  }
  const end = (): Line => {
    const text = length > maxBytes ? undefined : Buffer.concat(kept).toString('utf8').replace(/\r$/, '')
    kept = []
    length = 0
    number++
    return { number, text: number === 1 ? text?.replace(/^\uFEFF/, '') : text }
  }
  for await (const chunk of bytes) {
    let from = 0
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, at))
      yield end()
      from = at + 1
    }
    keep(Buffer.from(chunk.subarray(from)))
  }
  if (length > 0) yield end()
}
