/** A person's browser: keeps cookies, follows redirects, and fills in the forms for signing in and for consent. */
import { BenchError } from './bench-error.ts'
import { type Answer, type Connection, headerOf, headersOf, type Request } from './http-connection.ts'

/** More pages than any sign-on has. */
const MAX_STEPS = 20

export interface Person {
  readonly username: string
  readonly password: string
}

export interface Browser {
  readonly person: Person
  /** The Cookie header for this path. */
  cookies(path: string): string
  /** Keeps what an answer sets. */
  keep(answer: Answer): void
}

export function openBrowser(person: Person): Browser {
  const jar = new Map<string, { readonly value: string; readonly path: string }>()
  return {
    person,
    cookies: (wanted) =>
      [...jar].flatMap(([name, { value, path }]) => (wanted.startsWith(path) ? `${name}=${value}` : [])).join('; '),
    keep({ head }) {
      for (const line of headersOf(head, 'set-cookie')) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (name === undefined || value === undefined) continue
        if (value === '') jar.delete(name)
        else jar.set(name, { value, path: /; *path=([^;]*)/i.exec(line)?.[1] ?? '/' })
      }
    },
  }
}

/**
 * Goes from `path` through pages and redirects until one leads to `destination`. Afterwards the browser is signed in and
 * the app is allowed; one that was already gets there at once.
 */
export async function signOn(
  browser: Browser,
  connection: Connection,
  { path, destination }: { path: string; destination: string },
): Promise<void> {
  let request: Request = { method: 'GET', path }
  for (let step = 0; step < MAX_STEPS; step++) {
    const answer = await connection.send({ ...request, headers: { Cookie: browser.cookies(request.path) } })
    browser.keep(answer)
    const location = headerOf(answer.head, 'location')
    if (location?.startsWith(destination)) return
    request =
      location === undefined
        ? filledIn(answer, browser.person, request.path)
        : { method: 'GET', path: pathOf(location) }
  }
  throw new BenchError(`signing in did not end: ${request.path}`)
}

const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/]*/, '')

/** The first form of a page, with what this person would write into it. */
function filledIn({ status, body }: Answer, person: Person, path: string): Request {
  const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(body)
  if (form === null) throw new BenchError(`no form at ${path}: ${status} ${body.slice(0, 500)}`)
  const [, action = '', inside = ''] = form
  const fields = new URLSearchParams()
  for (const [input] of inside.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    fields.set(attribute(input, 'name'), attribute(input, 'value'))
  }
  const answers = { username: person.username, login: person.username, password: person.password, answer: 'allow' }
  for (const [name, value] of Object.entries(answers)) if (inside.includes(`name="${name}"`)) fields.set(name, value)
  return { method: 'POST', path: pathOf(unescaped(action)), body: fields.toString() }
}

const attribute = (tag: string, name: string): string =>
  unescaped(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '')

const unescaped = (text: string): string =>
  text
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll('&amp;', '&')
