/** Making one-time codes and taking them back: what may happen once happens in the database (storage/one-time-codes.ts). */
import type { KeyObject } from 'node:crypto'
import { CLOCK_SKEW, type Clock, type Timestamp } from '../base/clock.ts'
import { constantTimeEqual } from '../base/hash.ts'
import { isIdentifier } from '../base/identifier.ts'
import type { Random } from '../base/random.ts'
import type { OneTimeCode, OneTimeCodeStore } from '../storage/storage.ts'
import {
  type CodeOrder,
  isAskedHere,
  isPurpose,
  isRightCode,
  isRightSecret,
  linkMeans,
  type NewCode,
  newOneTimeCode,
  type Over,
  type Place,
  PROOF_LASTS,
  PURPOSES,
  type Purpose,
  proofOf,
  readLink,
  typedCode,
  whyOver,
} from './one-time-code.ts'

export interface OneTimeCodeDeps {
  readonly storage: { readonly oneTimeCodes: OneTimeCodeStore }
  /** Derived from the sealing key. */
  readonly key: KeyObject
  readonly clock: Clock
  readonly random: Random
}

/** `right` is said once for each code, ever. */
export type Verdict =
  | { readonly kind: 'right'; readonly record: CodeRecord }
  | { readonly kind: 'wrong'; readonly attemptsLeft: number }
  /** Not eight digits: nothing was counted. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'over'; readonly because: Over }
  /** There is none, or it is not for this browser or purpose. */
  | { readonly kind: 'unknown' }

export type OpenedLink =
  | {
      readonly kind: 'open'
      readonly record: CodeRecord
      /** `confirms`: the page says who asked, and that it goes on there. */
      readonly means: 'goes_on_here' | 'confirms'
    }
  | Extract<Verdict, { kind: 'over' | 'unknown' }>

/** How the page that asked is to go on, when it is looked at again. */
export type Waiting =
  /** Nothing has happened yet. */
  | { readonly kind: 'waiting' }
  /** The link was opened elsewhere: this page goes on now, until what it is for is done. */
  | { readonly kind: 'right'; readonly record: CodeRecord }
  /** It went on where the link was opened, or there is no more to wait for. */
  | { readonly kind: 'elsewhere' }
  | Extract<Verdict, { kind: 'over' | 'unknown' }>

interface Asked {
  readonly id: string
  readonly purpose: Purpose
  readonly place: Place
}

/** A code of one of the purposes that there are. */
export type CodeRecord = OneTimeCode & { readonly purpose: Purpose }

export interface OneTimeCodes {
  make(order: CodeOrder): Promise<NewCode>
  /** Whatever it is for, by its id or the end of its link's path; who finds it has proven nothing. */
  find(idOrHandle: string): Promise<CodeRecord | undefined>
  /** A code was typed in the page that asked for it. */
  type(asked: Asked & { readonly typed: string }): Promise<Verdict>
  /** GET of the link: looks, and changes nothing, whoever does it (mail scanners do). */
  open(handle: string, purpose: Purpose, place: Place): Promise<OpenedLink>
  /** POST of the link. */
  use(handle: string, purpose: Purpose): Promise<Verdict>
  /** The page that asked is looked at again. */
  goOn(asked: Asked): Promise<Waiting>
  /** What only the browser gets that has just used it up: there it counts as proof for some minutes. */
  proofOf(record: OneTimeCode): string
  /** The code that was used up by whoever has the proof; undefined: it is none, too old, or done with. */
  proven(asked: Pick<Asked, 'id' | 'purpose'> & { readonly proof: string | undefined }): Promise<CodeRecord | undefined>
  /** What it was for is done, or begins now: true once. */
  finish(id: string): Promise<boolean>
  /** Something was changed that they were for: a new password ends every reset that is under way. */
  withdraw(accountId: string, purposes: readonly Purpose[]): Promise<number>
}

const UNKNOWN = { kind: 'unknown' } as const

/** By id and, where that is known, purpose; or by a link whose secret is right. */
function reading(store: OneTimeCodeStore) {
  async function find(id: string, purpose?: Purpose): Promise<CodeRecord | undefined> {
    if (!isIdentifier(id)) return undefined
    const record = await store.find(id)
    if (record === undefined || !isPurpose(record.purpose)) return undefined
    return purpose === undefined || record.purpose === purpose ? { ...record, purpose: record.purpose } : undefined
  }

  /** Of a link whose secret is right. */
  async function findByHandle(handle: string, purpose: Purpose): Promise<CodeRecord | undefined> {
    const read = readLink(handle)
    const record = read && (await find(read.id, purpose))
    return record && isRightSecret(record, read.secret) ? record : undefined
  }
  return { find, findByHandle }
}

export function oneTimeCodes({ storage, key, clock, random }: OneTimeCodeDeps): OneTimeCodes {
  const store = storage.oneTimeCodes
  const { find, findByHandle } = reading(store)

  /** Somebody else may have been faster, or the time be up just now. */
  async function useUp(record: CodeRecord, by: 'code' | 'link'): Promise<Verdict> {
    const now = clock.now()
    if (await store.use(record.id, { by, now })) return { kind: 'right', record }
    return { kind: 'over', because: now >= record.expiresAt ? 'expired' : 'used' }
  }

  return {
    async make(order) {
      const made = newOneTimeCode(order, { now: clock.now(), random, key })
      await store.insert(made.record)
      return made
    },
    async type({ id, purpose, typed, place }) {
      const code = typedCode(typed)
      if (code === undefined) return { kind: 'malformed' }
      const record = await find(id, purpose)
      // Whoever is not asked counts nothing: no stranger uses up the attempts.
      if (record === undefined || !isAskedHere(record, place)) return UNKNOWN
      const over = whyOver(record, 'code', clock.now())
      if (over !== undefined) return { kind: 'over', because: over }
      // The attempt is taken before the code is looked at, so that no number of parallel tries gets more of them.
      if (!(await store.takeAttempt(id, clock.now()))) return { kind: 'over', because: 'no_attempts_left' }
      if (isRightCode(key, record, code)) return useUp(record, 'code')
      const attemptsLeft = (await store.find(id))?.attemptsLeft ?? 0
      return attemptsLeft > 0 ? { kind: 'wrong', attemptsLeft } : { kind: 'over', because: 'no_attempts_left' }
    },
    async open(handle, purpose, place) {
      const record = await findByHandle(handle, purpose)
      if (record === undefined) return UNKNOWN
      const over = whyOver(record, 'link', clock.now())
      if (over !== undefined) return { kind: 'over', because: over }
      return { kind: 'open', record, means: linkMeans(record, purpose, place) }
    },
    async use(handle, purpose) {
      const record = await findByHandle(handle, purpose)
      if (record === undefined) return UNKNOWN
      const over = whyOver(record, 'link', clock.now())
      return over === undefined ? useUp(record, 'link') : { kind: 'over', because: over }
    },
    async goOn({ id, purpose, place }) {
      const record = await find(id, purpose)
      if (record === undefined || !isAskedHere(record, place)) return UNKNOWN
      return waitingOf(record, clock.now())
    },
    find: (text) => find(readLink(text)?.id ?? text),
    proofOf: (record) => proofOf(key, record),
    async proven({ id, purpose, proof }) {
      const record = proof === undefined ? undefined : await find(id, purpose)
      if (record === undefined || !isProofGood(record, clock.now())) return undefined
      return constantTimeEqual(proofOf(key, record), proof ?? '') ? record : undefined
    },
    finish: (id) => store.takeUp(id, clock.now()),
    withdraw: (accountId, purposes) => store.withdraw(accountId, purposes, clock.now()),
  }
}

function waitingOf(record: CodeRecord, now: Timestamp): Waiting {
  if (record.usedBy === 'link') {
    const mayGoOn = PURPOSES[record.purpose].elsewhere === 'confirms' && now < record.expiresAt
    return mayGoOn && record.takenUpAt === undefined ? { kind: 'right', record } : { kind: 'elsewhere' }
  }
  // The link is good for longer than the code.
  const over = whyOver(record, 'link', now)
  return over === undefined ? { kind: 'waiting' } : { kind: 'over', because: over }
}

function isProofGood({ usedAt, usedBy, takenUpAt, purpose, expiresAt }: CodeRecord, now: Timestamp): boolean {
  if (usedAt === undefined || usedBy === 'nobody' || takenUpAt !== undefined) return false
  // What was confirmed on another device may be gone on with when the page that asked is looked at again.
  const until = PURPOSES[purpose].elsewhere === 'confirms' ? expiresAt : usedAt + PROOF_LASTS
  return now < until && now + CLOCK_SKEW >= usedAt
}
