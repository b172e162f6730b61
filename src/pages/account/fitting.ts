/** How much of a list fits on a page: names and addresses of others may be long, and a page has 14 kB in all. */
import type { Language } from '../../words/language.ts'
import type { Message } from '../../words/message.ts'

/** In bytes, for the rows of a list; the rest is for the frame, the style and the words around it. */
const ROOM = 3_000

/** A row as the page has it: its own bytes, texts of others, and what is said. */
export interface Row {
  readonly element: number
  readonly texts?: readonly (string | undefined)[]
  readonly said: readonly (Message | undefined)[]
}

/** At least one, at most `most`. */
export function whatFits<Item>(
  items: readonly Item[],
  { most, language, rowOf }: { most: number; language: Language; rowOf: (item: Item) => Row },
): readonly Item[] {
  let left = ROOM
  const tooMuch = items.slice(0, most).findIndex((item, at) => {
    const { element, texts = [], said } = rowOf(item)
    left -= element
    for (const text of texts) left -= weight(escaped(text ?? ''))
    for (const message of said) left -= message === undefined ? 0 : weight(language.html(message))
    return left < 0 && at > 0
  })
  return items.slice(0, tooMuch === -1 ? most : tooMuch)
}

const weight = (text: string): number => Buffer.byteLength(text)

/** No escape is longer. */
const escaped = (text: string): string => text.replaceAll(/[&<>"'`=]/g, '&quot;')
