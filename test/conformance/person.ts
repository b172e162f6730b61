/** The person at the browser: answers what Countersign asks, until the browser is sent to a client or the pages end. */
import type { LightMyRequestResponse } from 'fastify'
import { readTags, unescapeHtml } from '../fixtures/html.ts'
import { ISSUER, PASSWORD } from '../fixtures/test-app.ts'
import type { TestBrowser } from '../fixtures/test-browser.ts'

/** A browser that comes to an address of the client's. */
export interface Arrival {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  /** Of a post: what its body carries. */
  readonly posted: URLSearchParams | undefined
}

export interface Journey {
  /** What the person was asked, in order. */
  readonly asked: readonly ('password' | 'consent' | 'sign-out')[]
  /** Undefined: it ended on a page of ours. */
  readonly arrival: Arrival | undefined
  /** The last answer of ours. */
  readonly last: LightMyRequestResponse
  /** Every page that was shown. */
  readonly pages: readonly string[]
  /** What those pages had opened in frames. */
  readonly opened: readonly string[]
}

interface Form {
  readonly id: string | undefined
  readonly action: string
  readonly attributes: ReadonlyMap<string, string>
  readonly fields: URLSearchParams
}

/** The forms of a page with the values that their fields have. */
export function formsOf(html: string): readonly Form[] {
  const forms: Form[] = []
  for (const { name, closing, attributes } of readTags(html)) {
    if (name === 'form' && !closing) {
      const action = unescapeHtml(attributes.get('action') ?? '')
      forms.push({ id: attributes.get('id'), action, attributes, fields: new URLSearchParams() })
    }
    const field = attributes.get('name')
    if (name === 'input' && field !== undefined) {
      forms.at(-1)?.fields.append(unescapeHtml(field), unescapeHtml(attributes.get('value') ?? ''))
    }
  }
  return forms
}

/** A page that opens other pages in frames, and its way on: what its script does once they are there. */
function frames(html: string): { readonly opened: readonly string[]; readonly wayOn: string } | undefined {
  const tags = readTags(html).filter(({ closing }) => !closing)
  const opened = tags.filter(({ name }) => name === 'iframe').map(({ attributes }) => attributes.get('src') ?? '')
  const wayOn = tags.find(({ attributes }) => attributes.get('id') === 'on')?.attributes.get('href')
  if (opened.length === 0 || wayOn === undefined) return undefined
  return { opened: opened.map(unescapeHtml), wayOn: unescapeHtml(wayOn) }
}

/** What the person does with a page; undefined where there is nothing to answer. */
function answerTo(forms: readonly Form[]) {
  const password = forms.find(({ fields }) => fields.has('password'))
  if (password) return { kind: 'password', form: password, fields: { username: 'alice', password: PASSWORD } } as const
  const consent = forms.find(({ action }) => action.endsWith('/consent'))
  if (consent) return { kind: 'consent', form: consent, fields: { answer: 'allow' } } as const
  const signOut = forms.find(({ action }) => /\/sign-out(\?|$)/.test(action))
  if (signOut) return { kind: 'sign-out', form: signOut, fields: { answer: 'yes' } } as const
  return undefined
}

/** RFC 9700 §4.11.2: a page that lets the person send the answer to a client which nobody has checked. They do. */
function pressedOn(html: string, forms: readonly Form[]): Arrival | undefined {
  const form = forms.find(({ id }) => id === 'to-client')
  if (form) return { method: 'POST', url: new URL(form.action), posted: form.fields }
  const link = readTags(html).find(({ name, attributes }) => name === 'a' && attributes.get('id') === 'to-client')
  return link && redirected(unescapeHtml(link.attributes.get('href') ?? ''))
}

/** OAuth 2.0 Form Post Response Mode §2: a page that sends itself on to the client. */
function formPost(forms: readonly Form[]): Arrival | undefined {
  const form = forms.find(({ id }) => id === 'answer')
  if (form?.attributes.get('method') !== 'post' || form.attributes.has('enctype')) return undefined
  return { method: 'POST', url: new URL(form.action), posted: form.fields }
}

const isOurs = (location: string): boolean => location.startsWith('/') || new URL(location).origin === ISSUER

const redirected = (location: string): Arrival => ({ method: 'GET', url: new URL(location), posted: undefined })

/** Goes on from an answer of ours as a browser with a willing person in front of it would. */
export async function follow(browser: TestBrowser, from: LightMyRequestResponse): Promise<Journey> {
  const asked: Journey['asked'][number][] = []
  const [pages, opened]: [string[], string[]] = [[], []]
  let last = from
  for (let steps = 0; steps < 20; steps++) {
    const framing = frames(last.body)
    const to = last.headers.location ?? framing?.wayOn
    opened.push(...(framing?.opened ?? []))
    if (typeof to === 'string') {
      if (!isOurs(to)) return { asked, pages, opened, last, arrival: redirected(to) }
      last = await browser.get(to.replace(ISSUER, ''))
      continue
    }
    pages.push(last.body)
    const forms = formsOf(last.body)
    const answer = answerTo(forms)
    if (answer === undefined)
      return { asked, pages, opened, last, arrival: formPost(forms) ?? pressedOn(last.body, forms) }
    asked.push(answer.kind)
    last = await browser.post(answer.form.action, { ...Object.fromEntries(answer.form.fields), ...answer.fields })
  }
  throw new Error(`the pages lead round in circles: ${asked.join(', ')}`)
}
