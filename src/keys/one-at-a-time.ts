/** Runs pieces of work one after the other, in the order in which they came. */

/** Gives a function that starts `work` once everything handed in before has ended, and settles as `work` does. */
export function oneAtATime(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}
