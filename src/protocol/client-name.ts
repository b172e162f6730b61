/** What a client may call itself: `client_name` is shown to people beside our own words (RFC 7591 §2, §5). */

import type { ClientMetadata } from './client.ts'

const LONGEST_NAME = 100
/** Control characters and line ends, and what nobody sees: some of that turns the direction of the text around it. */
const DISGUISES = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
/** A letter, digit, sign or symbol that is drawn; U+2800 is the empty pattern of Braille. */
const VISIBLE = /(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{N}\p{P}\p{S}]/u

/** Why it may not be the name, as words that complete "it …"; undefined when it may. */
export function clientNameFault(name: string): string | undefined {
  if (name.length > LONGEST_NAME) return `is longer than ${LONGEST_NAME} characters`
  if (DISGUISES.test(name)) return 'contains a line end, a control character or one that nobody sees'
  return VISIBLE.test(name) ? undefined : 'has no character that people see'
}

/** OpenID Connect Registration §2.1: what it calls itself in the language, or just there where it is spoken; else its name. */
export function nameIn(client: Pick<ClientMetadata, 'client_name' | 'client_names'>, language: string): string {
  const { client_name: name, client_names: names = {} } = client
  const [wanted, tags] = [language.toLowerCase(), Object.keys(names)]
  const tag =
    tags.find((one) => one.toLowerCase() === wanted) ?? tags.find((one) => one.toLowerCase().startsWith(`${wanted}-`))
  return names[tag ?? ''] ?? name
}
