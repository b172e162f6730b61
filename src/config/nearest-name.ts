/** "Did you mean …?": the known name that is nearest to a mistyped one. */

/** The one of `known` that `written` is most likely meant to be; undefined when none is near. */
export function nearestName(written: string, known: Iterable<string>): string | undefined {
  const normal = normalize(written)
  let nearest: string | undefined
  let smallest = Math.max(1, Math.floor(normal.length / 3)) + 1
  // Anything longer is no name, and the distance costs length × length.
  if (normal.length > 64) return undefined
  for (const name of known) {
    const distance = editDistance(normal, normalize(name))
    if (distance < smallest) [smallest, nearest] = [distance, name]
  }
  return nearest
}

/** redirectUris, Redirect-Uris and redirect_uris are one name. */
const normalize = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[-\s]/g, '_')
    .toLowerCase()

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const cost = from[row - 1] === to[column - 1] ? 0 : 1
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + cost,
        isSwap ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforeLast = last
    last = current
  }
  return last[to.length] ?? 0
}
