/** A text taken apart: what stands there, and the names of what is put between. `**…**` is strong; nothing else is markup. */
import type { Text } from './texts.ts'

export interface Template {
  /** One more than there are names. */
  readonly plain: readonly string[]
  /** The same as HTML. */
  readonly html: readonly string[]
  readonly names: readonly string[]
}

const PLACEHOLDER = /\{([a-z]+(?:_[a-z]+)*)\}/

export function parseText(text: string): Template {
  const pieces = text.split(PLACEHOLDER)
  const literals = pieces.filter((_, index) => index % 2 === 0)
  let isStrong = false
  const turn = (): string => {
    isStrong = !isStrong
    return isStrong ? '<strong>' : '</strong>'
  }
  return {
    plain: literals.map((literal) => literal.replaceAll('**', '')),
    html: literals.map((literal) => escapeHtml(literal).replaceAll('**', turn)),
    names: pieces.filter((_, index) => index % 2 === 1),
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For the content of an element. */
export const escapeHtml = (text: string): string =>
  /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (found) => ESCAPES[found] ?? '') : text

/** What is put into any of its forms. */
export const placeholdersOf = (text: Text): ReadonlySet<string> =>
  new Set(formsOf(text).flatMap((form) => parseText(form).names))

export const formsOf = (text: Text): readonly string[] => (typeof text === 'string' ? [text] : Object.values(text))

/** Why the text cannot take the place of `source`, as words that complete "it …"; undefined when it can. */
export function textFault(text: string, source: Text): string | undefined {
  const wanted = placeholdersOf(source)
  const { names, plain } = parseText(text)
  const unknown = names.find((name) => !wanted.has(name))
  if (unknown !== undefined) return `has {${unknown}}, which there is not`
  const missing = [...wanted].find((name) => !names.includes(name))
  if (missing !== undefined) return `lacks {${missing}}`
  if (plain.some((literal) => /[{}]/.test(literal))) return 'has a brace that belongs to no placeholder'
  return text.split('**').length % 2 === 0 ? 'has a ** without its other half' : undefined
}
