/** Walks the chain and says whether it is whole; and if not, where it is broken first and how. */
import type { AuditEventStore, ChainedEvent, ChainPlace } from '../storage/storage.ts'
import { BEGINNING, columnsOf, hashOf, type Seals } from './chain.ts'

export interface VerifyInput {
  readonly store: Pick<AuditEventStore, 'chain' | 'page' | 'find'>
  /** Undefined: there is no sealing key here, so that seals prove nothing. */
  readonly seals: Seals | undefined
  /** The first event that is looked at; those before it are taken as they are. */
  readonly from?: number | undefined
  /** The hash of an event that was the last one at some time. */
  readonly head?: string | undefined
}

export type Break =
  /** Its hash is not that of what it says. */
  | { readonly kind: 'changed'; readonly number: number }
  /** Each fits by itself, but it does not follow from the one before: one of the two is another one's. */
  | { readonly kind: 'replaced'; readonly number: number }
  | { readonly kind: 'missing'; readonly number: number; readonly last: number }
  /** The end is gone. */
  | { readonly kind: 'truncated'; readonly number: number; readonly last: number }
  /** The chain does not know of it. */
  | { readonly kind: 'inserted'; readonly number: number }
  /** The hashes fit, but somebody without the sealing key made them. */
  | { readonly kind: 'forged'; readonly number: number }
  /** Not by a command without the sealing key, which alone may leave it out. */
  | { readonly kind: 'unsealed'; readonly number: number }
  /** What says where the chain begins or ends was changed. */
  | { readonly kind: 'ends'; readonly number: number }
  /** Nothing in the chain has the hash that was named. */
  | { readonly kind: 'head_unknown'; readonly number: number }

export interface Verdict {
  readonly count: number
  /** The first and the last event that are there; undefined: none. */
  readonly first: number | undefined
  readonly head: Pick<ChainPlace, 'number' | 'hash'> | undefined
  /** When the events before the first one went, by their time, or by somebody. */
  readonly anchor: number
  readonly broken: Break | undefined
  /** The last event that is sealed with a key that is not here: up to it the hashes alone could be checked. */
  readonly unprovenTo: number | undefined
  /** Events that commands without the sealing key wrote. */
  readonly unsealed: number
}

/** Also before the first event, where somebody may have put another one. */
const BEFORE_ALL = Number.MIN_SAFE_INTEGER
/** Events in memory at once. */
const PAGE = 500
/** More than any version writes at once. */
const LONGEST_BATCH = 1000

/** Others may go on adding events meanwhile. */
export async function verifyChain(input: VerifyInput): Promise<Verdict> {
  const { store, seals } = input
  const chain = await store.chain()
  const walk = beginWalk(input, chain?.anchor ?? BEGINNING)
  const start = await walk.start()
  for (let after = start; walk.broken() === undefined; ) {
    const page = await store.page({ after, limit: PAGE })
    for (const event of page) if (walk.broken() === undefined) walk.take(event)
    if (page.length < PAGE) break
    after = page.at(-1)?.number ?? after
  }
  // Read again: what was added meanwhile was walked, too.
  const end = (await store.chain())?.head ?? BEGINNING
  if (walk.broken() === undefined) walk.end(end, seals)
  return walk.verdict()
}

const isSoundHead = (seals: Seals | undefined, head: ChainPlace): boolean =>
  head.number === 0 || seals === undefined || seals.judge('head', head) !== 'forged'

function beginWalk({ store, seals, from, head: wanted }: VerifyInput, anchor: ChainPlace) {
  let last: Pick<ChainPlace, 'number' | 'hash'> = anchor
  let first: number | undefined
  let [count, unsealed] = [0, 0]
  let unprovenTo: number | undefined
  let broken: Break | undefined
  let sawWanted = wanted === undefined || wanted === anchor.hash
  /** Since the last seal: who wrote them. */
  let batch: ChainedEvent[] = []
  const fail = (kind: Exclude<Break['kind'], 'missing' | 'truncated'>, number: number): void => {
    broken ??= { kind, number }
  }

  function judge(event: ChainedEvent, seal: string): void {
    const verdict = seals?.judge('head', { ...event, seal }) ?? 'other_key'
    if (verdict === 'forged') fail('forged', event.number)
    if (verdict === 'other_key') unprovenTo = event.number
    if (verdict === 'unsealed') {
      const odd = batch.find((each) => !isByOperator(each))
      if (odd !== undefined) fail('unsealed', odd.number)
      unsealed += batch.length
    }
    batch = []
  }

  function judgeAnchor(): void {
    if (anchor.number === 0) return
    const verdict = seals?.judge('anchor', anchor) ?? 'other_key'
    if (verdict === 'other_key') unprovenTo = anchor.number
    else if (verdict !== 'ours') fail('ends', anchor.number)
  }

  return {
    broken: () => broken,
    /** Gives after which event to begin. */
    async start(): Promise<number> {
      judgeAnchor()
      if (from === undefined || from <= anchor.number + 1) return BEFORE_ALL
      const before = await store.find(from - 1)
      if (before !== undefined) last = before
      return before?.number ?? BEFORE_ALL
    },
    take(event: ChainedEvent): void {
      const { number } = event
      const due = last.number + 1
      if (number < due) fail('inserted', number)
      else if (number > due) broken ??= { kind: 'missing', number: due, last: number - 1 }
      else if (!isAsWritten(event)) fail('changed', number)
      else if (event.previousHash !== last.hash) fail('replaced', number)
      if (broken !== undefined) return
      first ??= number
      count++
      last = event
      sawWanted ||= wanted === event.hash
      batch.push(event)
      if (batch.length > LONGEST_BATCH) fail('unsealed', batch[0]?.number ?? number)
      if (event.seal !== undefined) judge(event, event.seal)
    },
    end(head: ChainPlace, by: Seals | undefined): void {
      if (last.number < head.number) broken ??= { kind: 'truncated', number: last.number + 1, last: head.number }
      else if (last.number > head.number) fail('inserted', head.number + 1)
      else if (last.hash !== head.hash || !isSoundHead(by, head)) fail('ends', head.number)
      else if (batch.length > 0) fail('unsealed', batch[0]?.number ?? last.number)
      else if (!sawWanted) fail('head_unknown', last.number)
    },
    verdict(): Verdict {
      const head = count > 0 ? last : undefined
      return { count, first, head, anchor: anchor.number, broken, unprovenTo, unsealed }
    },
  }
}

function isAsWritten(event: ChainedEvent): boolean {
  if (hashOf(event) !== event.hash) return false
  const fields = fieldsOf(event)
  const { accountId, clientId, flowId } = columnsOf(fields)
  return event.accountId === accountId && event.clientId === clientId && event.flowId === flowId
}

const isByOperator = (event: ChainedEvent): boolean => String(fieldsOf(event)['actor']).startsWith('operator')

/** What an event says; nothing where that was spoilt. */
export function fieldsOf({ fields }: Pick<ChainedEvent, 'fields'>): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(fields)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
