/** Renders the hosted pages: Handlebars over views/, with the style and the scripts inlined and their hashes for the CSP. */
import { readdirSync } from 'node:fs'
import fastifyView from '@fastify/view'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Handlebars, { type HelperOptions } from 'handlebars'
import { sha256 } from '../base/hash.ts'
import type { Language } from '../words/language.ts'
import type { Message, WordKey } from '../words/message.ts'
import type { Words } from '../words/words.ts'
import { allowLook, type Brands, type Look, NO_BRANDS } from './brands.ts'
import { speakLanguages } from './language.ts'
import { compact, cspHash, pageStyles, readView, VIEWS_FOLDER } from './styles.ts'
import type { ClientView, Views } from './view-models.ts'

const STYLES = pageStyles()
const PAGE_SCRIPT = compact(readView('page.js'))
const SECRET_SCRIPT = compact(readView('secret.js'))
const FORM_POST_SCRIPT = compact(readView('form-post.js'))
const SIGNING_OUT_SCRIPT = compact(readView('signing-out.js'))
const PASSKEYS = compact(readView('passkeys.js'))
const CHECK_SESSION_SCRIPT = compact(readView('check-session.js'))

/**
 * What a Content-Security-Policy must allow for the scripts of the pages, as source expressions with their quotes. Their styles
 * are let in by `render`.
 */
export const INLINE_HASHES = {
  /** On the pages with forms. */
  pageScript: cspHash(PAGE_SCRIPT),
  secretScript: cspHash(SECRET_SCRIPT),
  /** On `form-post` alone. */
  formPostScript: cspHash(FORM_POST_SCRIPT),
  /** On `signing-out` alone. */
  signingOutScript: cspHash(SIGNING_OUT_SCRIPT),
  /** On the page that clients frame, which shows nothing. */
  checkSessionScript: cspHash(CHECK_SESSION_SCRIPT),
} as const

/** The page behind `check_session_iframe`: nothing to see, and the same for everybody. */
export const CHECK_SESSION_PAGE = readView('check-session.hbs').replace(
  '{{checkSessionScript}}',
  () => CHECK_SESSION_SCRIPT,
)

/** The one script with an address of its own: the pages that have it would weigh too much. */
export const PASSKEYS_SCRIPT = {
  text: PASSKEYS,
  /** Another one for another text, so that browsers may keep it. */
  version: sha256(PASSKEYS).slice(0, 10),
} as const

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

/** Where people get help: as `httpUrl`, or `mailto:`; anything else is undefined. */
export function contactUrl(text: unknown): string | undefined {
  return typeof text === 'string' && /^mailto:[^\s<>"]*$/.test(text) ? text : httpUrl(text)
}

/** The address of an image: as `httpUrl`, or one that brands.ts has put into words; anything else is undefined. */
export function imageUrl(text: unknown): string | undefined {
  return typeof text === 'string' && /^data:image\/(svg\+xml|png);base64,[\w+/=]*$/.test(text) ? text : httpUrl(text)
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

/** With `t`, whose values are escaped in it, the only texts that are not: the project's own files, and what `brands.ts` makes. */
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
  icon: ({ data }: HelperOptions) => new Handlebars.SafeString(data.root.icon),
  lookStyle: ({ data }: HelperOptions) => new Handlebars.SafeString((data.root.look as Look).style ?? ''),
  contactUrl,
  imageUrl,
  pageStyle: ({ data }: HelperOptions) => new Handlebars.SafeString(data.root.style.text),
  pageScript: constant(PAGE_SCRIPT),
  secretScript: constant(SECRET_SCRIPT),
  formPostScript: constant(FORM_POST_SCRIPT),
  signingOutScript: constant(SIGNING_OUT_SCRIPT),
}

const partials = (): Record<string, string> =>
  Object.fromEntries([
    ...['layout', 'admin-layout'].map((name) => [name, `${name}.hbs`]),
    ...readdirSync(`${VIEWS_FOLDER}partials`).map((file) => [file.replace(/\.hbs$/, ''), `partials/${file}`]),
  ])

declare module 'fastify' {
  interface FastifyInstance {
    readonly brands: Brands
  }
}

/** Makes `render` work on the replies of `app`, in the languages of `words`. Templates are read and compiled once. */
export async function registerViews(app: FastifyInstance, words: Words, brands = NO_BRANDS): Promise<void> {
  speakLanguages(app, words)
  app.decorate('brands', brands)
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

/** Those that show the logo of the app that asks. */
const WITH_CLIENT_LOGO: ReadonlySet<string> = new Set(
  readdirSync(VIEWS_FOLDER)
    .filter((file) => file.endsWith('.hbs') && readView(file).includes('{{> client-logo}}'))
    .map((file) => file.replace(/\.hbs$/, '')),
)

/**
 * Answers with the page `name` showing `model`, in the request's language and with the look of its client. The status and every
 * header but Content-Type are the caller's; what the look needs is added to its policy.
 */
export async function render<Name extends keyof Views>(
  reply: FastifyReply,
  name: Name,
  model: Views[Name],
): Promise<FastifyReply> {
  const client: ClientView | undefined = 'client' in model ? model.client : undefined
  const look = reply.server.brands.lookFor(client?.brand)
  const ofClient = WITH_CLIENT_LOGO.has(name) ? (look.clientLogo ?? client?.logo) : undefined
  // A page is two requests at most: of the logos the installation's gives way, and beside a script a small one is in the page.
  const shown = ofClient ?? look.logo
  const image = shown !== undefined && 'passkey' in model && model.passkey ? (look.inline.get(shown) ?? shown) : shown
  const [logo, clientLogo] = ofClient === undefined ? [image, undefined] : [undefined, image]
  const style = STYLES.get(name)
  const isServed = image === look.logo || image === look.clientLogo
  allowLook(reply, { style, look, hasImage: image !== undefined && isServed })
  const { language } = reply.request
  const icon = logo !== undefined && isServed ? logo : look.icon
  const html = await reply.viewAsync(name, { ...model, language, style, look, logo, clientLogo, icon })
  return reply.type('text/html; charset=utf-8').send(html)
}
