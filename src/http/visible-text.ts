/** Texts of strangers, shown to who must be able to believe what they see. */

/** Controls, what turns the direction of a line, what nobody sees, and what nobody has assigned. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** `text` with every character that is invisible, or moves others about, as its code point: `⟨U+202E⟩`. */
export const visibleText = (text: string): string => text.replace(INVISIBLE, (found) => `⟨U+${hex(found)}⟩`)

const hex = (character: string): string => (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')

/** The same of every text of a model, so that none can be forgotten. */
export function visible<T>(model: T): T {
  if (typeof model === 'string') return visibleText(model) as T
  if (Array.isArray(model)) return model.map(visible) as T
  if (typeof model !== 'object' || model === null) return model
  return Object.fromEntries(Object.entries(model).map(([name, value]) => [name, visible(value)])) as T
}
