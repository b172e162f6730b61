/** A mail as it reads: its words with what is put into them, as text and as the parts that views/mail/ shows. Pure. */
import { type BrandColours, NO_BRAND } from '../look/brand.ts'
import { paletteOf } from '../look/palette.ts'
import type { Language } from '../words/language.ts'
import type { Direction } from '../words/languages.ts'
import type { Message, Value, WordKey } from '../words/message.ts'
import { type AnyValues, MAILS, type MailName, type MailValue } from './mails.ts'

export interface Composed {
  readonly language: string
  readonly direction: Direction
  readonly subject: string
  readonly text: string
  /** Whose login this is. */
  readonly installation: string
  /** What is pressed: its colour, and that of the text on it. */
  readonly accent: string
  readonly onAccent: string
  readonly parts: readonly Part[]
}

/** One of the three. */
export interface Part {
  readonly code?: string
  readonly link?: { readonly href: string; readonly label: string }
  /** A paragraph, escaped. */
  readonly html?: string
}

interface Composing {
  readonly language: Language
  readonly values: AnyValues
  /** Whose login this is. */
  readonly installation: string
  /** Left out: those of the pages without a brand. */
  readonly colours?: BrandColours
}

/**
 * A paragraph that is `{code}` or `{link}` alone becomes a large code, or a button with the words of `….button`. Throws when a
 * value is missing: our bug, and no mail with holes is sent.
 */
export function compose(mail: MailName, { language, values, installation, colours }: Composing): Composed {
  const { accent, onAccent } = paletteOf(colours ?? NO_BRAND.colours, 'light', NO_BRAND.background)
  const put = valuesOf(mail, { ...values, installation })
  const said = (part: 'subject' | 'body' | 'button'): Message => ({
    key: `mail.${mail}.${part}` as WordKey,
    values: put,
  })
  const html = paragraphsOf(language.html(said('body')))
  const paragraphs = paragraphsOf(language.plain(said('body'))).map((paragraph) => ownLine(paragraph, put))
  return {
    ...{ language: language.tag, direction: language.direction, installation: tidy(installation), accent, onAccent },
    subject: language.plain(said('subject')),
    text: `${paragraphs.join('\n\n')}\n`,
    parts: paragraphs.map((paragraph, at): Part => {
      if (paragraph === put['code']) return { code: paragraph }
      if (paragraph === put['link']) return { link: { href: paragraph, label: language.plain(said('button')) } }
      return { html: html[at] ?? '' }
    }),
  }
}

const paragraphsOf = (text: string): readonly string[] => text.split(/\n{2,}/)

const ISOLATES = /[\u2068\u2069]/g

/** Code and link stand alone, to be copied: without what isolates them from a direction that is not there. */
function ownLine(paragraph: string, { code, link }: Readonly<Record<string, Value>>): string {
  const bare = paragraph.replace(ISOLATES, '')
  return bare === code || bare === link ? bare : paragraph
}

function valuesOf(mail: MailName, values: AnyValues): Readonly<Record<string, Value>> {
  for (const name of MAILS[mail].values) {
    if (!Object.hasOwn(values, name)) throw new Error(`the mail ${mail} was given no ${name}`)
  }
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, asValue(name, value)]))
}

function asValue(name: string, value: MailValue): Value {
  if (name === 'code' || name === 'link') return String(value)
  if (typeof value === 'number') return new Date(value)
  if (typeof value === 'string') return tidy(value)
  return { key: value.key, values: Object.fromEntries(Object.entries(value.values ?? {}).map(tidied)) }
}

const tidied = ([name, value]: [string, Value | undefined]) =>
  [name, typeof value === 'string' ? tidy(value) : value] as const

/** People count characters of a name; whoever chooses a longer one has something else in mind. */
const LONGEST_VALUE = 80

/** What a line must not have, but for the two joiners that names in Persian or Hindi are written with. */
const INVISIBLE = /[^\P{C}\u200c\u200d]|[\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Default_Ignorable_Code_Point}/gu

/**
 * A value that somebody may have chosen, as part of a line: nothing invisible, not long, and no link. Mail programs make links
 * of what looks like one, and an app called `win.example` would put its own into our mail.
 */
export function tidy(value: string): string {
  const line = value.replace(/\s+/g, ' ').replace(INVISIBLE, '').trim()
  const characters = Array.from(line)
  const short = characters.length > LONGEST_VALUE ? `${characters.slice(0, LONGEST_VALUE - 1).join('')}…` : line
  return short.replace(/\.(?=\p{L})|:(?=\/\/)/gu, `$&${WORD_JOINER}`)
}

const WORD_JOINER = '\u2060'
