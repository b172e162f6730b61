/** Rules for languages, and for the words of an operator's own. */
import { LANGUAGE_TAGS } from '../../words/languages.ts'
import { placeholdersOf, textFault } from '../../words/template.ts'
import { sourceKeys, sourceText } from '../../words/texts.ts'
import { nearestName } from '../nearest-name.ts'
import type { Facts } from './facts.ts'

export function reportLanguageFaults({ file: { languages }, faults }: Facts): void {
  const { default: byDefault, offered } = languages ?? {}
  if (byDefault === undefined || offered === undefined || faults.touches(['languages', 'offered'])) return
  if (offered.length === 0) {
    const allowed = `at least one of ${LANGUAGE_TAGS.join(', ')}`
    faults.report(['languages', 'offered'], { message: 'is empty', allowed })
  } else if (!offered.includes(byDefault)) {
    const allowed = offered.join(', ')
    faults.report(['languages', 'default'], { message: 'is not among languages.offered', allowed })
  }
}

export function reportTextFaults({ file: { texts }, faults }: Facts): void {
  for (const tag of LANGUAGE_TAGS) {
    // The schema leaves the keys open, and holds every value to be a text.
    const own = (texts?.[tag] ?? {}) as Readonly<Record<string, string | undefined>>
    for (const [key, text] of Object.entries(own)) {
      const source = sourceText(key)
      if (source === undefined) {
        const suggestion = nearestName(key, sourceKeys())
        faults.report(['texts', tag, key], { message: 'there is no text of this name', allowed: NAMES, suggestion })
        continue
      }
      const message = text === undefined ? undefined : textFault(text, source)
      const wanted = [...placeholdersOf(source)].map((name) => `{${name}}`).join(', ')
      const allowed = wanted === '' ? 'a text without braces' : `a text with ${wanted}`
      if (message !== undefined) faults.report(['texts', tag, key], { message, allowed })
    }
  }
}

const NAMES = 'one of the names in views/words/en.json'
