/** Making one-time codes and taking them back: what may happen once happens in the database (storage/one-time-codes.ts). */
import type { KeyObject } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { isIdentifier } from '../base/identifier.ts'
import type { Random } from '../base/random.ts'
import type { OneTimeCode, OneTimeCodeStore } from '../storage/storage.ts'
import {
  type CodeOrder,
  isAskedHere,
  isRightCode,
  isRightSecret,
  linkMeans,
  type NewCode,
  newOneTimeCode,
  type Over,
  type Place,
  PURPOSES,
  type Purpose,
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
  | { readonly kind: 'right'; readonly record: OneTimeCode }
  | { readonly kind: 'wrong'; readonly attemptsLeft: number }
  /** Not eight digits: nothing was counted. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'over'; readonly because: Over }
  /** There is none, or it is not for this browser or purpose. */
  | { readonly kind: 'unknown' }

export type OpenedLink =
  | {
      readonly kind: 'open'
      readonly record: OneTimeCode
      /** `confirms`: the page says who asked, and that it goes on there. */
      readonly means: 'goes_on_here' | 'confirms'
    }
  | Extract<Verdict, { kind: 'over' | 'unknown' }>

/** How the page that asked is to go on, when it is looked at again. */
export type Waiting =
  /** Nothing has happened yet. */
  | { readonly kind: 'waiting' }
  /** The link was opened elsewhere: this page goes on now, and is told so once. */
  | { readonly kind: 'right'; readonly record: OneTimeCode }
  /** It went on where the link was opened, or there is no more to wait for. */
  | { readonly kind: 'elsewhere' }
  | Extract<Verdict, { kind: 'over' | 'unknown' }>

interface Asked {
  readonly id: string
  readonly purpose: Purpose
  readonly place: Place
}

export interface OneTimeCodes {
  make(order: CodeOrder): Promise<NewCode>
  /** A code was typed in the page that asked for it. */
  type(asked: Asked & { readonly typed: string }): Promise<Verdict>
  /** GET of the link: looks, and changes nothing, whoever does it (mail scanners do). */
  open(handle: string, purpose: Purpose, place: Place): Promise<OpenedLink>
  /** POST of the link. */
  use(handle: string, purpose: Purpose): Promise<Verdict>
  /** The page that asked is looked at again. */
  goOn(asked: Asked): Promise<Waiting>
  /** Something was changed that they were for: a new password ends every reset that is under way. */
  withdraw(accountId: string, purposes: readonly Purpose[]): Promise<number>
}

const UNKNOWN = { kind: 'unknown' } as const

export function oneTimeCodes({ storage, key, clock, random }: OneTimeCodeDeps): OneTimeCodes {
  const store = storage.oneTimeCodes

  async function find(id: string, purpose: Purpose): Promise<OneTimeCode | undefined> {
    if (!isIdentifier(id)) return undefined
    const record = await store.find(id)
    return record?.purpose === purpose ? record : undefined
  }

  /** Of a link whose secret is right. */
  async function findByHandle(handle: string, purpose: Purpose): Promise<OneTimeCode | undefined> {
    const read = readLink(handle)
    const record = read && (await find(read.id, purpose))
    return record && isRightSecret(record, read.secret) ? record : undefined
  }

  /** Somebody else may have been faster, or the time be up just now. */
  async function useUp(record: OneTimeCode, by: 'code' | 'link'): Promise<Verdict> {
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
      const now = clock.now()
      if (record.usedBy === 'link') {
        const goesOn = PURPOSES[purpose].elsewhere === 'confirms' && (await store.takeUp(id, now))
        return goesOn ? { kind: 'right', record } : { kind: 'elsewhere' }
      }
      // The link is good for longer than the code.
      const over = whyOver(record, 'link', now)
      return over === undefined ? { kind: 'waiting' } : { kind: 'over', because: over }
    },
    withdraw: (accountId, purposes) => store.withdraw(accountId, purposes, clock.now()),
  }
}
