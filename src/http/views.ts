/** Renders the hosted pages: Handlebars over views/, with the style and the scripts inlined and their hashes for the CSP. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyView from '@fastify/view'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Handlebars, { type HelperOptions } from 'handlebars'
import type { Language } from '../words/language.ts'
import type { Message, WordKey } from '../words/message.ts'
import type { Words } from '../words/words.ts'
import { speakLanguages } from './language.ts'
import type { Views } from './view-models.ts'

/** The same two steps up from src/http/ and from dist/http/. */
const VIEWS_FOLDER = fileURLToPath(new URL('../../views/', import.meta.url))

const read = (file: string): string => readFileSync(VIEWS_FOLDER + file, 'utf8')

/** Leaves out comments and indentation: people read the files, browsers read this. */
const compact = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s+/gm, '')
    .trimEnd()

/** Of style sheets also the spaces and ends of lines that mean nothing, where a line is all of a declaration. */
const compactStyle = (text: string): string =>
  compact(text)
    .replace(/^([\w-]+): /gm, '$1:')
    .replace(/ ?([{};,])\n/g, '$1')
    .replaceAll(';}', '}')

const styleOf = (...sheets: readonly string[]): string =>
  compactStyle(sheets.map((name) => read(`style/${name}.css`)).join('\n'))

const PAGE_STYLE = styleOf('tokens', 'frame', 'fields', 'buttons', 'forms', 'messages', 'parts', 'media')
/** Of the pages with codes, which leave out what they have none of: a QR code weighs as much. */
const CODE_STYLE = styleOf('tokens', 'frame', 'fields', 'buttons', 'messages', 'codes', 'account', 'media')
/** Of the other pages of one's own account. */
const ACCOUNT_STYLE = styleOf(
  ...['tokens', 'frame', 'fields', 'buttons', 'forms', 'messages', 'codes', 'account', 'media'],
)
const ADMIN_STYLE = styleOf('tokens', 'frame', 'admin')
const PAGE_SCRIPT = compact(read('page.js'))
const FORM_POST_SCRIPT = compact(read('form-post.js'))
const SIGNING_OUT_SCRIPT = compact(read('signing-out.js'))
const CHECK_SESSION_SCRIPT = compact(read('check-session.js'))
const FAVICON = `data:image/svg+xml,${encodeURIComponent(read('favicon.svg').trim())}`

const cspHash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/**
 * What a Content-Security-Policy must allow for the pages to work, as source expressions with their quotes:
 * `style-src ${style}; script-src ${pageScript} ${formPostScript} …; img-src data:` (the icon). Nothing else is loaded.
 */
export const INLINE_HASHES = {
  style: cspHash(PAGE_STYLE),
  /** On the pages with codes of second factors. */
  codeStyle: cspHash(CODE_STYLE),
  /** On the other pages of one's own account. */
  accountStyle: cspHash(ACCOUNT_STYLE),
  /** On the pages for admins, which have no script. */
  adminStyle: cspHash(ADMIN_STYLE),
  /** On the pages with forms. */
  pageScript: cspHash(PAGE_SCRIPT),
  /** On `form-post` alone. */
  formPostScript: cspHash(FORM_POST_SCRIPT),
  /** On `signing-out` alone. */
  signingOutScript: cspHash(SIGNING_OUT_SCRIPT),
  /** On the page that clients frame, which shows nothing. */
  checkSessionScript: cspHash(CHECK_SESSION_SCRIPT),
} as const

/** The page behind `check_session_iframe`: nothing to see, and the same for everybody. */
export const CHECK_SESSION_PAGE = read('check-session.hbs').replace(
  '{{checkSessionScript}}',
  () => CHECK_SESSION_SCRIPT,
)

/** A path on this host. Browsers read `//` and `/\` as another host, and drop tabs and line ends before they look. */
const OWN_PATH = /^\/(?![/\\])[^\t\r\n\\]*$/

/** `text` as a link may carry it: a path of ours, or http and https as the URL parser writes it; anything else is undefined. */
export function httpUrl(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  if (OWN_PATH.test(text)) return text
  const url = URL.parse(text)
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined
}

/** The scheme of a native app's own (RFC 8252 §7.1); no scheme that a browser acts upon by itself has a dot. */
const OWN_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:[\x21-\x7e]*$/i

/** A proven redirection URI as a link may carry it; anything else is undefined. */
export function clientUrl(text: unknown): string | undefined {
  return typeof text === 'string' && OWN_SCHEME.test(text) ? text : httpUrl(text)
}

/** What a link to an authenticator app on the same phone has; anything else is undefined. */
export function otpauthUrl(text: unknown): string | undefined {
  return typeof text === 'string' && /^otpauth:\/\/totp\/[\x21-\x7e]*$/.test(text) ? text : undefined
}

/** A text to be saved as a file, in the link itself; anything else is undefined. */
export function textFile(text: unknown): string | undefined {
  return typeof text === 'string' && /^data:text\/plain;charset=utf-8,[\w%.!~*'()-]*$/.test(text) ? text : undefined
}

/** Where a form goes; throws when that is neither a path of ours nor http(s): our bug, and never to be sent. */
function formAction(text: unknown): string {
  const url = httpUrl(text)
  if (url === undefined) throw new Error('a page was given a form action that is neither a path nor an http(s) URL')
  return url
}

/** The letter in the round picture of an account or a client. */
function initial(of: { readonly name?: string | undefined; readonly username?: string }): string {
  const [first = ''] = (of.name ?? of.username ?? '').trim()
  return first.toUpperCase()
}

/** With `t`, whose values are escaped in it, the only texts that are not: the project's own files, the same for everybody. */
const constant = (text: string) => () => new Handlebars.SafeString(text)

/** What a template says: a key, with its values beside it, or a message of the model. */
const messageOf = (said: WordKey | Message, { hash }: HelperOptions): Message =>
  typeof said === 'string' ? { key: said, values: hash } : said

const languageOf = ({ data }: HelperOptions): Language => data.root.language

const WORDS = {
  /** In the content of an element. */
  t: (said: WordKey | Message, options: HelperOptions) =>
    new Handlebars.SafeString(languageOf(options).html(messageOf(said, options))),
  /** In a title or an attribute. */
  plain: (said: WordKey | Message, options: HelperOptions) => languageOf(options).plain(messageOf(said, options)),
}

const HELPERS = {
  ...WORDS,
  httpUrl,
  clientUrl,
  otpauthUrl,
  textFile,
  formAction,
  initial,
  favicon: constant(FAVICON),
  pageStyle: constant(PAGE_STYLE),
  codeStyle: constant(CODE_STYLE),
  accountStyle: constant(ACCOUNT_STYLE),
  adminStyle: constant(ADMIN_STYLE),
  pageScript: constant(PAGE_SCRIPT),
  formPostScript: constant(FORM_POST_SCRIPT),
  signingOutScript: constant(SIGNING_OUT_SCRIPT),
}

const partials = (): Record<string, string> =>
  Object.fromEntries([
    ...['layout', 'admin-layout'].map((name) => [name, `${name}.hbs`]),
    ...readdirSync(`${VIEWS_FOLDER}partials`).map((file) => [file.replace(/\.hbs$/, ''), `partials/${file}`]),
  ])

/** Makes `render` work on the replies of `app`, in the languages of `words`. Templates are read and compiled once. */
export async function registerViews(app: FastifyInstance, words: Words): Promise<void> {
  speakLanguages(app, words)
  const handlebars = Handlebars.create()
  handlebars.registerHelper(HELPERS)
  const knownHelpers = Object.fromEntries(Object.keys(HELPERS).map((name) => [name, true]))
  await app.register(fastifyView, {
    engine: { handlebars },
    root: VIEWS_FOLDER,
    production: true,
    // knownHelpersOnly: a field of a model is never called, and a misspelt helper is an error.
    options: { partials: partials(), compileOptions: { knownHelpers, knownHelpersOnly: true, preventIndent: true } },
  })
}

/** Answers with the page `name` showing `model`, in the request's language. The status and every header but Content-Type are the caller's. */
export async function render<Name extends keyof Views>(
  reply: FastifyReply,
  name: Name,
  model: Views[Name],
): Promise<FastifyReply> {
  const html = await reply.viewAsync(name, { ...model, language: reply.request.language })
  return reply.type('text/html; charset=utf-8').send(html)
}
