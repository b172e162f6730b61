/** Randomness that a seed repeats. It chooses the moments and the deeds; what the machine makes of them is its own. */

export interface Seeded {
  /** From 0 to below 1. */
  next(): number
  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number
  /** True for this part of the calls. */
  chance(part: number): boolean
  pick<T>(list: readonly T[]): T | undefined
}

/** mulberry32 */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    whole: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (part) => next() < part,
    pick: (list) => list[Math.floor(next() * list.length)],
  }
}
