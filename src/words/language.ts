/** One language: puts messages into words, as HTML and as plain text. */
import { type Direction, LANGUAGES, type LanguageTag } from './languages.ts'
import type { Message, Value, WordKey } from './message.ts'
import { escapeHtml, parseText, type Template } from './template.ts'
import { type Text, textsOf } from './texts.ts'

export interface Language {
  readonly tag: LanguageTag
  readonly direction: Direction
  /** What others wrote stands isolated in it, so that it turns nothing around. */
  html(message: Message): string
  /** For titles, attributes and mails. */
  plain(message: Message): string
}

/** @param overrides the operator's own texts */
export function language(tag: LanguageTag, overrides: Readonly<Record<string, string>> = {}): Language {
  const direction = LANGUAGES[tag]
  const texts: Readonly<Record<string, Text>> = textsOf(tag)
  const intl = formats(tag)
  const parsed = new Map<WordKey, Template | ReadonlyMap<string, Template>>()

  function templateOf({ key, values }: Message): Template {
    let found = parsed.get(key)
    if (found === undefined) {
      const text = Object.hasOwn(overrides, key) ? overrides[key] : Object.hasOwn(texts, key) ? texts[key] : undefined
      if (text === undefined) throw new Error(`there is no text ${key}`)
      found = typeof text === 'string' ? parseText(text) : parseForms(text)
      parsed.set(key, found)
    }
    if (!(found instanceof Map)) return found as Template
    return found.get(intl.pluralOf(values?.['count'])) ?? found.get('other') ?? parseText('')
  }

  function join(message: Message, as: 'html' | 'plain', show: (value: Value | undefined) => string): string {
    const template = templateOf(message)
    const { names } = template
    const literals = template[as]
    let text = literals[0] ?? ''
    for (let at = 0; at < names.length; at++) text += show(message.values?.[names[at] ?? '']) + literals[at + 1]
    return text
  }

  function inHtml(value: Value | undefined): string {
    if (typeof value === 'string') return isolated(value)
    if (value === undefined || typeof value === 'number') return `${value ?? ''}`
    if (value instanceof Date) return `<time datetime="${value.toISOString()}">${escapeHtml(intl.moment(value))}</time>`
    if (isList(value)) return intl.list(value, { element: isolated, literal: escapeHtml })
    return join(value, 'html', inHtml)
  }

  function inPlain(value: Value | undefined): string {
    if (typeof value === 'string') return held(value, direction)
    if (value === undefined || typeof value === 'number') return `${value ?? ''}`
    if (value instanceof Date) return intl.moment(value)
    if (isList(value)) return intl.list(value, { element: (text) => held(text, direction), literal: (text) => text })
    return join(value, 'plain', inPlain)
  }

  return {
    tag,
    direction,
    html: (message) => join(message, 'html', inHtml),
    plain: (message) => join(message, 'plain', inPlain),
  }
}

const parseForms = (forms: Exclude<Text, string>): ReadonlyMap<string, Template> =>
  new Map(Object.entries(forms).map(([category, form]) => [category, parseText(form)]))

const isList = (value: readonly string[] | Message): value is readonly string[] => Array.isArray(value)

const isolated = (text: string): string => `<bdi>${escapeHtml(text)}</bdi>`

/** Letters that go from left to right, and what goes along with either: up to Armenian. */
const LEFT_TO_RIGHT = /^[\u0020-\u058f]*$/

/** With FSI and PDI (UAX #9 §2.4) around it, where without them anything could turn around. */
const held = (text: string, direction: Direction): string =>
  direction === 'ltr' && LEFT_TO_RIGHT.test(text) ? text : `\u2068${text}\u2069`

interface ListParts {
  readonly element: (text: string) => string
  readonly literal: (text: string) => string
}

/** What ICU knows of the language, each part made when it is first needed: it takes megabytes. */
function formats(tag: LanguageTag) {
  // The British way to write a date is the one that more of the world reads.
  const locale = tag === 'en' ? 'en-GB' : tag
  let plurals: Intl.PluralRules | undefined
  let lists: Intl.ListFormat | undefined
  let moments: Intl.DateTimeFormat | undefined
  return {
    pluralOf(count: Value | undefined): Intl.LDMLPluralRule {
      plurals ??= new Intl.PluralRules(locale)
      return plurals.select(Number(count))
    },
    list(texts: readonly string[], { element, literal }: ListParts): string {
      lists ??= new Intl.ListFormat(locale)
      const parts = lists.formatToParts(texts)
      return parts.map(({ type, value }) => (type === 'element' ? element : literal)(value)).join('')
    },
    /** Nobody's browser says which time zone it is in. */
    moment(at: Date): string {
      moments ??= new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
      return `${moments.format(at)} UTC`
    },
  }
}
