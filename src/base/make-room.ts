/**
 * Room for one more entry in a map that holds `most` of them: when it is full, the one that was set first goes. What is set
 * anew moves to the end only when it was deleted before.
 */
export function makeRoom<K>(map: Map<K, unknown>, most: number): void {
  const [oldest] = map.size >= most ? map.keys() : []
  if (oldest !== undefined) map.delete(oldest)
}
