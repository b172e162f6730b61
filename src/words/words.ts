/** The languages that are offered, and which of them a person is spoken to in. */
import { lookUp } from '../protocol/locales.ts'
import { type Language, language } from './language.ts'
import { type LanguageTag, SOURCE } from './languages.ts'
import type { Message } from './message.ts'

export interface WordsConfig {
  readonly languages: { readonly default: LanguageTag; readonly offered: readonly LanguageTag[] }
  /** The operator's own, by language and key. */
  readonly texts: Readonly<Partial<Record<LanguageTag, Readonly<Record<string, string>>>>>
}

export interface Words {
  /** The first of `wanted` (BCP 47, the most wanted first) that is offered, or nearly; otherwise the default. */
  speak(wanted: Iterable<string>): Language
}

/** Each language is read when it is first spoken. */
export function openWords({ languages, texts }: WordsConfig): Words {
  const open = new Map<LanguageTag, Language>()
  return {
    speak(wanted) {
      const tag = lookUp(wanted, languages.offered) ?? languages.default
      const known = open.get(tag)
      if (known !== undefined) return known
      const opened = language(tag, texts[tag])
      open.set(tag, opened)
      return opened
    },
  }
}

let english: Language | undefined

/** For the log and for `countersign explain`: what the operator reads is English, whatever the person was told. */
export function inEnglish(message: Message): string {
  english ??= language(SOURCE)
  return english.plain(message)
}
