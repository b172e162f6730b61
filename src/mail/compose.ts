/** A mail as it reads: its words with what is put into them, as text and as the parts that views/mail/ shows. Pure. */
import type { AnyValues, MailName } from './mails.ts'
import type { Words } from './words.ts'

export interface Composed {
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  readonly subject: string
  readonly text: string
  /** Whose login this is. */
  readonly name: string
  readonly parts: readonly Part[]
}

/** One of the three. */
export interface Part {
  readonly code?: string
  readonly link?: { readonly href: string; readonly label: string }
  readonly spans?: readonly Span[]
}

/** `value`: put in, and isolated from the direction of what is around it. */
export interface Span {
  readonly text?: string
  readonly value?: string
}

interface Composing {
  readonly language: string
  readonly values: AnyValues
  /** Whose login this is. */
  readonly name: string
  readonly words: Words
}

/** Throws when a text or a value is missing: our bug, and no mail with holes is sent. */
export function compose(mail: MailName, { language, values, name, words }: Composing): Composed {
  const find = (part: string): string => {
    const found = words(language, `mail.${mail}.${part}`)
    if (found === undefined) throw new Error(`the mail ${mail} has no ${part}`)
    return found
  }
  const direction = directionOf(language)
  const known: AnyValues = { name, ...values }
  const put = (key: string): string => {
    const value = known[key]
    if (value === undefined) throw new Error(`the mail ${mail} was given no ${key}`)
    if (key === 'code' || key === 'link') return String(value)
    return typeof value === 'number' ? moment(value, language) : tidy(value)
  }
  const plain = (text: string): string =>
    text.replace(PLACEHOLDER, (_, key: string) => isolated(put(key), { key, direction }))
  const paragraphs = find('body').split(/\n{2,}/)
  return {
    ...{ language, direction, name: tidy(name) },
    subject: plain(find('subject')),
    text: `${paragraphs.map(plain).join('\n\n')}\n`,
    parts: paragraphs.map((paragraph): Part => {
      if (paragraph === '{code}') return { code: put('code') }
      if (paragraph === '{link}') return { link: { href: put('link'), label: plain(find('button')) } }
      return { spans: spansOf(paragraph, put) }
    }),
  }
}

const PLACEHOLDER = /\{(\w+)\}/g

function spansOf(text: string, put: (key: string) => string): readonly Span[] {
  const pieces = text.split(PLACEHOLDER)
  return pieces.flatMap((piece, at): Span[] => {
    if (at % 2 === 1) return [{ value: put(piece) }]
    return piece === '' ? [] : [{ text: piece }]
  })
}

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

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
const RIGHT_TO_LEFT_LANGUAGE = /^(ar|he|fa|ur|yi|ps|sd|ug|dv|ckb)\b/i

const directionOf = (language: string): 'ltr' | 'rtl' => (RIGHT_TO_LEFT_LANGUAGE.test(language) ? 'rtl' : 'ltr')

/** Unicode's isolates, where the two directions may meet; elsewhere they would only be in the way. */
function isolated(value: string, { key, direction }: { key: string; direction: 'ltr' | 'rtl' }): string {
  if (key === 'code' || key === 'link') return value
  return direction === 'rtl' || RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value
}

/** Made for each: it costs memory to keep, and mails are few. */
const moment = (at: number, language: string): string =>
  `${new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(at)} UTC`
