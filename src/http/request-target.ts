/** The target of a request, in the one form that the router understands: RFC 9112 §3.2. */

/** Stands in for a path that is not percent-encoded UTF-8: no route has it, so it is answered like any wrong address. */
export const UNREADABLE = '/%00'

/** RFC 9112 §3.2.2: a server accepts the absolute form. Whose host it names changes nothing here. */
export function originForm(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '')
  const [encoded = ''] = path.split(/[?#]/, 1)
  try {
    decodeURIComponent(encoded)
  } catch {
    return UNREADABLE
  }
  return path.startsWith('/') ? path : `/${path}`
}
