/** Where the words of a mail come from: those of its language, or the English ones. */
import { type MailWordKey, WORDS_EN } from './words-en.ts'

export type Words = (language: string, key: string) => string | undefined

export const words: Words = (_language, key) =>
  Object.hasOwn(WORDS_EN, key) ? WORDS_EN[key as MailWordKey] : undefined
