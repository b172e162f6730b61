/** Languages that people want (OpenID Connect Core §3.1.2.1, RFC 9110 §12.5.4), and the one among ours that fits best. */

/** BCP 47 tags (RFC 5646 §2.1) by their shape. */
const TAG = /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/

export const isLanguageTag = (text: string): boolean => TAG.test(text)

/** ui_locales: in the order in which they are preferred; no error, whatever else there is. */
export const parseLocales = (text: string | undefined): readonly string[] =>
  (text ?? '').split(' ').filter(isLanguageTag)

/** More than a browser sends, and than anybody speaks. */
const MOST_RANGES = 20

/** Accept-Language, the most wanted first; what is not wanted (`q=0`) and `*` say nothing of what is. */
export function parseAcceptLanguage(header: string | undefined): readonly string[] {
  if (header === undefined) return []
  return header
    .split(',', MOST_RANGES)
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';')
      const quality = parameters.find((one) => /^\s*q=/i.test(one))?.replace(/^\s*q=/i, '')
      return { tag: tag.trim(), quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ tag, quality }) => quality > 0 && isLanguageTag(tag))
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag)
}

/** ISO 639 had another name for Hebrew once, and some still send it. */
const CURRENT: Readonly<Record<string, string>> = { iw: 'he' }

/** RFC 4647 §3.4: each in turn is shortened from its end until there is one like it, whatever the case of its letters. */
export function lookUp<Tag extends string>(wanted: Iterable<string>, available: readonly Tag[]): Tag | undefined {
  for (const range of wanted) {
    let rest = range.toLowerCase().replace(/^[^-]+/, (primary) => CURRENT[primary] ?? primary)
    while (rest !== '') {
      const found = available.find((tag) => tag.toLowerCase() === rest)
      if (found !== undefined) return found
      // A subtag of one letter goes along with the one that it announces.
      rest = rest.includes('-') ? rest.replace(/(-[a-z0-9])?-[^-]*$/, '') : ''
    }
  }
  return undefined
}
