/** The languages that there are, each a complete file in views/words/. */

export type Direction = 'ltr' | 'rtl'

/** By their BCP 47 tags. One that is added needs its file, and its line here. */
export const LANGUAGES = {
  en: 'ltr',
  ar: 'rtl',
  de: 'ltr',
  es: 'ltr',
  fr: 'ltr',
  he: 'rtl',
  hi: 'ltr',
  it: 'ltr',
  ja: 'ltr',
  ko: 'ltr',
  nl: 'ltr',
  pl: 'ltr',
  pt: 'ltr',
  tr: 'ltr',
  uk: 'ltr',
  zh: 'ltr',
} as const satisfies Readonly<Record<string, Direction>>

export type LanguageTag = keyof typeof LANGUAGES

export const LANGUAGE_TAGS = Object.keys(LANGUAGES) as readonly LanguageTag[]

/** What every key and placeholder is taken from. */
export const SOURCE = 'en' satisfies LanguageTag
