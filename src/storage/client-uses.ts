/** How often clients are used: counted in memory, written behind (clients/client-uses.ts). */
import type { Timestamp } from '../base/clock.ts'

/** `sign_on`: it was granted a code, or tokens in place of one. The others: tokens of that grant type. */
export const USE_KINDS = ['sign_on', 'refresh_token', 'client_credentials'] as const
export type UseKind = (typeof USE_KINDS)[number]

export interface ClientUse {
  readonly clientId: string
  readonly kind: UseKind
  /** The registered one that a sign-on led to; empty for other kinds. */
  readonly redirectUri: string
  readonly count: number
  readonly lastAt: Timestamp
}

export interface DailyUse extends ClientUse {
  /** When the day (UTC) began. */
  readonly day: Timestamp
}

export interface ClientUseStore {
  /** Adds to what is counted already. */
  add(uses: readonly DailyUse[]): Promise<void>
  /** Summed up over the days from that one on; by client, kind and redirect URI. */
  since(day: Timestamp): Promise<readonly ClientUse[]>
  /** The first day of which any use is known; undefined: none is. */
  countedSince(): Promise<Timestamp | undefined>
}
