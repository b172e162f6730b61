/** What is to be said to a person: which text, and what is put into it. The language comes later. */
import type { Placeholders } from './keys.ts'

export type WordKey = keyof Placeholders

/**
 * Put in as what it is: a text of somebody else's, isolated; a number, which chooses the plural when it is the `count`; a moment;
 * a list of texts of others; or another message.
 */
export type Value = string | number | Date | readonly string[] | Message

export interface Message {
  readonly key: WordKey
  readonly values?: Readonly<Record<string, Value | undefined>> | undefined
}

type Given<Key extends WordKey> = [Placeholders[Key]] extends [never]
  ? []
  : [values: Readonly<Record<Placeholders[Key], Value>>]

/** A message with everything that its text wants. */
export const message = <Key extends WordKey>(key: Key, ...[values]: Given<Key>): Message =>
  values === undefined ? { key } : { key, values }
