/** The id of an error as people hand it on. */
import { isIdentifier } from '../base/identifier.ts'

/**
 * As a person reads it out or types it: its letters leave out those that look like others (Crockford’s base 32).
 * @returns `abcd-efgh`, or the id of a flow or of a refusal as it is; undefined: it is neither
 */
export function readErrorId(typed: string): string | undefined {
  const text = typed.trim().toLowerCase()
  if (isIdentifier(text)) return text
  const letters = text
    .replace(/[^0-9a-z]/g, '')
    .replaceAll('o', '0')
    .replace(/[il]/g, '1')
  return letters.length === 8 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : undefined
}
