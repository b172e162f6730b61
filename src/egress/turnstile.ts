/** Lets so many through at once; the rest wait for their turn, or until they have waited enough. */

export type Enter = (signal: AbortSignal) => Promise<() => void>

/** Gives a function that resolves when it is the caller's turn, with what the caller calls when it is done. */
export function turnstile(capacity: number): Enter {
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

/** A turnstile for each name, there as long as anybody is inside or waits: a crowd at one holds up nobody at another. */
export function turnstiles(capacity: number): (name: string, signal: AbortSignal) => Promise<() => void> {
  const byName = new Map<string, { readonly enter: Enter; people: number }>()
  return async (name, signal) => {
    const mine = byName.get(name) ?? { enter: turnstile(capacity), people: 0 }
    byName.set(name, mine)
    mine.people++
    const goAway = (): void => {
      mine.people--
      if (mine.people === 0) byName.delete(name)
    }
    try {
      const leave = await mine.enter(signal)
      return () => {
        leave()
        goAway()
      }
    } catch (error) {
      goAway()
      throw error
    }
  }
}
