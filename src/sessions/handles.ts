/**
 * What a browser's session cookie holds: a handle (`session id.secret`) for each account that is signed in there, the active one
 * first, and nothing else. One handle alone is what the cookie always was.
 */
import { readHandle } from '../base/identifier.ts'

export interface Handle {
  /** Of the session. */
  readonly id: string
  readonly secret: string
}

/** The family's computer; whoever comes after that takes the place of the one who was active longest ago. */
export const MOST_ACCOUNTS = 5

/** Neither in an identifier nor in a secret. */
const SEPARATOR = '~'
/** Five handles of 80 characters, and some room: what is longer we never wrote. */
const LONGEST = 512

/** Whether it may be more than one account; every request of a browser asks this. */
export const holdsSeveral = (cookie: string | undefined): boolean => cookie?.includes(SEPARATOR) ?? false

/** Each session once, in order. What is malformed, and what is more than we would have written, is nobody's. */
export function handlesIn(cookie: string | undefined): readonly Handle[] {
  if (cookie === undefined || cookie.length > LONGEST) return []
  if (!holdsSeveral(cookie)) {
    const handle = readHandle(cookie)
    return handle === undefined ? [] : [handle]
  }
  const byId = new Map<string, Handle>()
  for (const text of cookie.split(SEPARATOR).slice(0, MOST_ACCOUNTS)) {
    const handle = readHandle(text)
    if (handle !== undefined && !byId.has(handle.id)) byId.set(handle.id, handle)
  }
  return [...byId.values()]
}

/** Empty: nobody. */
export const cookieOf = (handles: readonly Handle[]): string =>
  handles.map(({ id, secret }) => `${id}.${secret}`).join(SEPARATOR)

/** The active one from now on. */
export const withActive = (handles: readonly Handle[], active: Handle): readonly Handle[] =>
  [active, ...handles.filter(({ id }) => id !== active.id)].slice(0, MOST_ACCOUNTS)

/** The same session under another secret, where it was. */
export const withRenewed = (handles: readonly Handle[], renewed: Handle): readonly Handle[] =>
  handles.map((handle) => (handle.id === renewed.id ? renewed : handle))

export const without = (handles: readonly Handle[], ids: readonly string[]): readonly Handle[] =>
  handles.filter(({ id }) => !ids.includes(id))
