/** Lets so many through at once; the rest wait for their turn, or until they have waited enough. */

/** Gives a function that resolves when it is the caller's turn, with what the caller calls when it is done. */
export function turnstile(capacity: number): (signal: AbortSignal) => Promise<() => void> {
  let inside = 0
  const waiting = new Set<() => void>()
  const leave = (): void => {
    inside--
    const [next] = waiting
    next?.()
  }
  const enter = (): (() => void) => {
    inside++
    return leave
  }
  return (signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      if (inside < capacity) return resolve(enter())
      const goOn = (): void => {
        settle()
        resolve(enter())
      }
      const giveUp = (): void => {
        settle()
        reject(signal.reason)
      }
      const settle = (): void => {
        waiting.delete(goOn)
        signal.removeEventListener('abort', giveUp)
      }
      waiting.add(goOn)
      signal.addEventListener('abort', giveUp, { once: true })
    })
}
