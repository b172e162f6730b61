/** The files of the languages, each read when it is first needed. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type LanguageTag, SOURCE } from './languages.ts'
import type { WordKey } from './message.ts'

/** One text; or one for each plural category (CLDR) of the language, chosen by `{count}`. */
export type Text = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>
export type Texts = Readonly<Record<WordKey, Text>>

/** The same two steps up from src/words/ and from dist/words/. */
const FOLDER = fileURLToPath(new URL('../../views/words/', import.meta.url))

const read = new Map<LanguageTag, Texts>()

export function textsOf(tag: LanguageTag): Texts {
  const known = read.get(tag)
  if (known !== undefined) return known
  // The tests hold every file to what the type says.
  const texts = JSON.parse(readFileSync(`${FOLDER}${tag}.json`, 'utf8')) as Texts
  read.set(tag, texts)
  return texts
}

export const sourceKeys = (): readonly string[] => Object.keys(textsOf(SOURCE))

/** Undefined for what is no key. */
export const sourceText = (key: string): Text | undefined =>
  Object.hasOwn(textsOf(SOURCE), key) ? textsOf(SOURCE)[key as WordKey] : undefined
