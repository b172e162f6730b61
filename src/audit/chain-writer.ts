/** Adds batches to the one chain of all processes: whoever finds that another one was first begins again after it. */
import type { AuditEventStore, ChainedEvent, ChainPlace } from '../storage/storage.ts'
import { BEGINNING, type Entry, link, type Seals } from './chain.ts'

export interface ChainWriterNeeds {
  readonly store: Pick<AuditEventStore, 'chain' | 'append' | 'find'>
  readonly seals: Seals | undefined
}

/** Sixty-four processes that all write at the same moment: each is first once. */
const ATTEMPTS = 100

/** One call at a time; the same entries again after it has rejected. */
export function chainWriter({ store, seals }: ChainWriterNeeds): { append(entries: readonly Entry[]): Promise<void> } {
  /** Where the chain ended when we last looked; undefined: to be read. */
  let head: ChainPlace | undefined
  /** The last event of a batch of which nobody knows whether it arrived. */
  let unsure: { readonly last: ChainedEvent; readonly count: number } | undefined

  /** Gives how many of the entries are there already. */
  async function settle(): Promise<number> {
    if (unsure === undefined) return 0
    const { last, count } = unsure
    const found = await store.find(last.number)
    return found?.hash === last.hash ? count : 0
  }

  async function append(entries: readonly Entry[]): Promise<void> {
    let rest = entries
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (head === undefined) {
        head = (await store.chain())?.head ?? BEGINNING
        const there = await settle()
        if (there > 0) {
          unsure = undefined
          rest = rest.slice(there)
        }
      }
      if (rest.length === 0) return
      const batch = link(rest, head, seals)
      const last = batch.at(-1) as ChainedEvent
      const from = head
      head = undefined
      const isFirst = await store.append(batch, from).catch((error: unknown) => {
        unsure = { last, count: batch.length }
        throw error
      })
      if (isFirst) {
        unsure = undefined
        head = { number: last.number, hash: last.hash, seal: last.seal ?? '' }
        return
      }
    }
    throw new Error('other processes kept adding audit events')
  }

  return { append }
}
