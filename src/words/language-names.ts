/** What a language is called by those who speak it. */
import type { LanguageTag } from './languages.ts'

const known = new Map<string, string>()

/** "Deutsch"; asked of ICU when it is first wanted. */
export function languageName(tag: LanguageTag): string {
  const name = known.get(tag) ?? new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag
  known.set(tag, name)
  return name
}
