/** Where two URIs begin to differ, as a person sees it. */

/** The one of `registered` that has the most in common with `sent`, from the beginning. */
export function nearestUri(sent: string, registered: readonly string[]): string | undefined {
  const [nearest] = registered.toSorted((one, other) => commonLength(sent, other) - commonLength(sent, one))
  return nearest
}

/** How many characters are the same, from the beginning. */
export function commonLength(one: string, other: string): number {
  let at = 0
  while (at < one.length && at < other.length && one[at] === other[at]) at++
  return at
}

/** What the difference is, in words; two different URIs. */
export function differenceOf(sent: string, registered: string): string {
  if (sent === `${registered}/` || registered === `${sent}/`) {
    return `${sent.endsWith('/') ? 'a slash more' : 'a slash less'} at the end`
  }
  if (sent.toLowerCase() === registered.toLowerCase()) return 'the same but for capital letters'
  const [left, right] = [URL.parse(sent), URL.parse(registered)]
  if (left === null || right === null) return 'another text'
  if (left.protocol !== right.protocol) return `the scheme is ${left.protocol}// instead of ${right.protocol}//`
  if (left.hostname !== right.hostname) return `the host is ${left.hostname} instead of ${right.hostname}`
  if (left.port !== right.port) return `the port is ${left.port || 'left out'} instead of ${right.port || 'left out'}`
  if (left.pathname !== right.pathname) return `the path is ${left.pathname} instead of ${right.pathname}`
  return left.search === right.search ? 'another text' : 'the query is another one'
}

/** Both below each other, with a caret where they begin to differ. */
export function picture(sent: string, registered: string): readonly string[] {
  return [`came        ${sent}`, `registered  ${registered}`, `${' '.repeat(12 + commonLength(sent, registered))}^`]
}
