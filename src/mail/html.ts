/** The HTML part of a mail: views/mail/frame.hbs, which loads nothing from anywhere. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Composed, Part } from './compose.ts'

/** The same two steps up from src/mail/ and from dist/mail/. */
const FRAME = fileURLToPath(new URL('../../views/mail/frame.hbs', import.meta.url))

let compiled: Promise<(mail: Composed) => string> | undefined

/** Read and compiled with the first mail. */
export async function htmlOf(mail: Composed): Promise<string> {
  compiled ??= compile()
  return (await compiled)(mail)
}

async function compile(): Promise<(mail: Composed) => string> {
  const { default: Handlebars } = await import('handlebars')
  const options = { strict: false, knownHelpersOnly: true, preventIndent: true }
  const render = Handlebars.create().compile(readFileSync(FRAME, 'utf8'), options)
  // A paragraph of the words, in which everything that was put in is escaped.
  const safe = ({ html, ...part }: Part) => (html === undefined ? part : { html: new Handlebars.SafeString(html) })
  return (mail) => render({ ...mail, parts: mail.parts.map(safe) })
}
