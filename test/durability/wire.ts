/** One request and its whole answer. No answer, half an answer, and one that blames the server are all `Unanswered`. */

/** A closed connection, a time-out, a status of 500 and above: what was asked for may have happened or not. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered'
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

export interface Asked {
  readonly path: string
  /** Then it is a POST. */
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Sent along, and changed by the answer. */
  readonly cookies?: Map<string, string>
}

const PATIENCE = 20_000

export async function exchange(origin: string, { path, form, headers, cookies }: Asked): Promise<Answer> {
  const cookie = cookies && [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  let answer: Answer
  try {
    const response = await fetch(new URL(path, origin), {
      method: form ? 'POST' : 'GET',
      ...(form && { body: new URLSearchParams(form) }),
      headers: { ...(cookie && { cookie, accept: 'text/html', 'sec-fetch-site': 'same-origin' }), ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE),
    })
    answer = { status: response.status, headers: response.headers, body: await response.text() }
  } catch (error) {
    throw new Unanswered(error instanceof Error ? error.message : String(error))
  }
  if (answer.status >= 500) throw new Unanswered(`${answer.status} ${answer.body.slice(0, 200)}`)
  // RFC 6749 §4.1.2.1: what a 503 is where the answer is a redirect.
  if (answer.headers.get('location')?.includes('error=temporarily_unavailable')) throw new Unanswered('503 by redirect')
  if (cookies) keepCookies(answer, cookies)
  return answer
}

function keepCookies({ headers }: Answer, cookies: Map<string, string>): void {
  for (const line of headers.getSetCookie()) {
    const [pair = '', ...attributes] = line.split('; ')
    const [name = '', value = ''] = pair.split('=')
    if (attributes.some((each) => /^(Max-Age=0|Expires=Thu, 01 Jan 1970)/i.test(each))) cookies.delete(name)
    else cookies.set(name, value)
  }
}

/** Where a redirect leads; the pathname and query when it stays at the server. */
export function locationOf({ status, headers, body }: Answer): string {
  const location = headers.get('location')
  if (location === null) throw new Error(`no redirect but ${status}: ${body.slice(0, 300)}`)
  return location
}
