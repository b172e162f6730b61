/** The style of each page: of the style sheets in views/style/ the rules that something on it can match, and no other. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The same two steps up from src/http/ and from dist/http/. */
export const VIEWS_FOLDER = fileURLToPath(new URL('../../views/', import.meta.url))

export const readView = (file: string): string => readFileSync(VIEWS_FOLDER + file, 'utf8')

export interface Style {
  readonly text: string
  /** As a source expression of a Content-Security-Policy. */
  readonly hash: string
}

export const cspHash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Leaves out comments and indentation: people read the files, browsers read this. */
export const compact = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s+/gm, '')
    .trimEnd()

/** Of style sheets also the spaces, zeros and ends of lines that mean nothing, where a line is all of a declaration. */
const compactStyle = (text: string): string =>
  compact(text)
    .replace(/^([\w-]+):\s/gm, '$1:')
    .replace(/ ?([{};,])\n/g, '$1')
    .replaceAll(';}', '}')
    .replace(/(?<![\w.])0\./g, '.')
    .replace(/ > /g, '>')
    .replace(/ \+ /g, '+')
    .replace(/, /g, ',')

/** In the order in which they count. */
const PAGE_SHEETS = ['tokens', 'frame', 'fields', 'buttons', 'forms', 'messages', 'parts', 'codes', 'account', 'media']
const ADMIN_SHEETS = ['tokens', 'frame', 'admin']

const sheets = (names: readonly string[]): string =>
  compactStyle(names.map((name) => readView(`style/${name}.css`)).join('\n'))

/** All that the style of a page is chosen from. */
export const wholeStyle = (view: string): string => sheets(view.startsWith('admin') ? ADMIN_SHEETS : PAGE_SHEETS)

/** The style of each page, by the name of its view. */
export function pageStyles(): ReadonlyMap<string, Style> {
  const [page, admin] = [rulesOf(wholeStyle('')), rulesOf(wholeStyle('admin'))]
  const views = readdirSync(VIEWS_FOLDER).filter((file) => file.endsWith('.hbs'))
  return new Map(
    views.map((file) => {
      const name = file.replace(/\.hbs$/, '')
      const text = matching(name.startsWith('admin') ? admin : page, namesIn(file))
      return [name, { text, hash: cspHash(text) }]
    }),
  )
}

interface Rule {
  /** Of a rule with rules in it: what stands before them. */
  readonly around?: string
  readonly rules?: readonly Rule[]
  readonly selectors: readonly string[]
  readonly body: string
}

const RULE = /(@[^{]*)\{((?:[^{}]*\{[^{}]*\})*)\}|([^{}]+)\{([^{}]*)\}/g

const rulesOf = (css: string): readonly Rule[] =>
  [...css.matchAll(RULE)].map(([, around, inner, selectors = '', body = '']) =>
    around === undefined
      ? { selectors: selectors.split(',').map((one) => one.trim()), body }
      : { around, rules: rulesOf(inner ?? ''), selectors: [], body: '' },
  )

function matching(rules: readonly Rule[], names: ReadonlySet<string>): string {
  return rules
    .map(({ around, rules: inner = [], selectors, body }) => {
      if (around !== undefined) {
        const text = matching(inner, names)
        return text === '' ? '' : `${around}{${text}}`
      }
      const wanted = selectors.filter((selector) => namesOf(selector).every((name) => names.has(name)))
      return wanted.length === 0 ? '' : `${wanted.join(',')}{${body}}`
    })
    .join('')
}

/** `.card`, `#reveal` and `form` of a selector; what else is in it may hold or not. */
const namesOf = (selector: string): readonly string[] =>
  selector.replace(/:nth-[\w-]+\([^)]*\)|::?[\w-]+|\[[^\]]*\]|\*/g, ' ').match(/[.#]?[A-Za-z][\w-]*/g) ?? []

/** Every element, class and id that the view, its partials and its layout could have; one too many does no harm. */
function namesIn(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const source = readView(file)
  seen.add(file)
  // The last three come with the words.
  const names = new Set(['html', 'body', 'strong', 'time', 'bdi'])
  for (const [, tag = ''] of source.matchAll(/<([a-z][\w]*)/g)) names.add(tag)
  for (const [, kind, value = ''] of source.matchAll(/\b(class|id)="([^"]*)"/g)) {
    for (const [word] of value.matchAll(/[\w-]+/g)) names.add(`${kind === 'id' ? '#' : '.'}${word}`)
  }
  for (const [, partial = ''] of source.matchAll(/\{\{#?>\s*([\w-]+)/g)) {
    const inner = partialFile(partial)
    if (inner !== undefined && !seen.has(inner)) for (const name of namesIn(inner, seen)) names.add(name)
  }
  return names
}

/** Blocks of the layout, which a view fills itself, are no files. */
const partialFile = (name: string): string | undefined =>
  PARTIALS.has(`${name}.hbs`) ? `partials/${name}.hbs` : /layout$/.test(name) ? `${name}.hbs` : undefined

const PARTIALS: ReadonlySet<string> = new Set(readdirSync(`${VIEWS_FOLDER}partials`))
