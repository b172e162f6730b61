/** What a plan is made of. */
import type { Duration } from '../base/duration.ts'
import type { EntryKind } from '../config/entry.ts'
import type { EntryValue } from '../config/entry-value.ts'
import type { Held } from '../storage/in-force.ts'
import type { ClientUse } from '../storage/storage.ts'

/**
 * `ends`: sessions, grants or refresh tokens that are alive end with it. `breaks`: an app or an API that is not changed at the
 * same time fails, or people notice. `harmless`: neither.
 */
export const WEIGHTS = ['harmless', 'breaks', 'ends'] as const
export type Weight = (typeof WEIGHTS)[number]

/** What ends; at most so many where it can't be told exactly. */
export interface Ends {
  readonly sessions?: number
  readonly grants?: number
  readonly refreshTokens?: number
  readonly consents?: number
}

/** Whether there is a key for what is signed with another algorithm from then on. */
export interface SigningNeed {
  readonly algorithm: string
  /** `fresh`: some app or API may still hold a key set without it. */
  readonly key: 'published' | 'fresh' | 'missing'
  readonly publishedAt: number | undefined
  /** How long some may hold a key set without it. */
  readonly fetchedWithin: Duration
  /** From when on nobody does. */
  readonly safeFrom: number | undefined
  /** Of the key that takes over at the next rotation. */
  readonly nextPublishedAt: number | undefined
}

export interface Meaning {
  readonly weight: Weight
  /** Whole sentences, for people. */
  readonly notes: readonly string[]
  readonly ends?: Ends
  /** Of what goes: how it was used of late. */
  readonly uses?: readonly ClientUse[]
  readonly signing?: SigningNeed
}

export interface KeyChange extends Meaning {
  readonly key: string
  /** Null: not set. Never a secret. */
  readonly from: EntryValue
  readonly to: EntryValue
  /** It comes into force with the next start alone. */
  readonly needsRestart?: boolean
}

export interface EntryChange extends Meaning {
  readonly kind: EntryKind
  readonly id: string
  readonly change: 'comes' | 'goes' | 'changes'
  readonly held?: Held
  /** Of one that changes. */
  readonly keys: readonly KeyChange[]
}

export interface Plan {
  /** The heaviest first. */
  readonly changes: readonly EntryChange[]
  /** Undefined: nothing changes. */
  readonly weight: Weight | undefined
}

export const heaviest = (of: readonly { readonly weight: Weight }[]): Weight | undefined =>
  WEIGHTS.toReversed().find((weight) => of.some((each) => each.weight === weight))

export const harmless = (...notes: readonly string[]): Meaning => ({ weight: 'harmless', notes })
export const breaks = (...notes: readonly string[]): Meaning => ({ weight: 'breaks', notes })
