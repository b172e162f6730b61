/** How many deliveries are under way to each receiver, and which clients wait for room at theirs. */
import type { Delivery } from '../storage/storage.ts'

export interface Receivers {
  hasRoom(receiver: string): boolean
  enter(receiver: string): void
  leave(receiver: string): void
  /** Its receiver has no room: nothing of this client is looked for until somebody has left there. False: it can't be remembered. */
  wait(clientId: string, receiver: string): boolean
  waiting(): readonly string[]
}

/** So many clients are remembered as waiting: each is named in the question for what is due. */
const MOST_WAITING = 1000

/** @param atOnce the places of each receiver */
export function receivers(atOnce: number): Receivers {
  const counts = new Map<string, number>()
  /** The receiver of each. */
  const waiting = new Map<string, string>()
  return {
    hasRoom: (receiver) => (counts.get(receiver) ?? 0) < atOnce,
    enter: (receiver) => void counts.set(receiver, (counts.get(receiver) ?? 0) + 1),
    leave(receiver) {
      const left = (counts.get(receiver) ?? 0) - 1
      if (left > 0) counts.set(receiver, left)
      else counts.delete(receiver)
      for (const [clientId, of] of waiting) if (of === receiver) waiting.delete(clientId)
    },
    wait(clientId, receiver) {
      if (waiting.size >= MOST_WAITING) return false
      waiting.set(clientId, receiver)
      return true
    },
    waiting: () => [...waiting.keys()],
  }
}

/** Those that have no client go to one receiver for each kind. No host has such a name. */
export const receiverOfKind = (kind: Delivery['kind']): string => `kind ${kind}`
