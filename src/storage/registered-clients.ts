/** Clients that registered themselves (docs/decisions/0014). */
import type { Timestamp } from '../base/clock.ts'

/** A client that registered itself (docs/decisions/0014). */
export interface RegisteredClient {
  readonly id: string
  /** Wire names (RFC 7591 §2); read again each time it is loaded. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** SHA-256; undefined for a client without a secret. */
  readonly secretHash: string | undefined
  /** The secret itself, where it is the key of what is signed with it; sealed by keys/. */
  readonly sealedSecret: string | undefined
  readonly registrationTokenHash: string
  readonly createdAt: Timestamp
  readonly updatedAt: Timestamp
  /** To within a day. */
  readonly lastUsedAt: Timestamp | undefined
  /** Moves with each use. */
  readonly expiresAt: Timestamp
}

export interface RegisteredClientStore {
  find(id: string): Promise<RegisteredClient | undefined>
  /** By id, after the given one. */
  list(page: { after: string | undefined; limit: number }): Promise<readonly RegisteredClient[]>
  /** False when there are `most` already, by however many processes at once; those past their time make room. */
  insert(client: RegisteredClient, most: number): Promise<boolean>
  /** Whether `insert` would find room just now, as far as it can be told before. */
  hasRoom(most: number, now: Timestamp): Promise<boolean>
  /** False when it was removed meanwhile. `consentsEnd`: it is not what people have allowed any more. */
  update(
    id: string,
    change: Pick<RegisteredClient, 'metadata' | 'secretHash' | 'sealedSecret' | 'updatedAt' | 'expiresAt'>,
    how: { consentsEnd: boolean },
  ): Promise<boolean>
  /** It is used: its end moves. Only while nobody has said so since `before`. */
  touch(id: string, use: { now: Timestamp; before: Timestamp; expiresAt: Timestamp }): Promise<void>
  /** Takes the consents to it with it; its grants are dead without it, and are swept when they expire. */
  remove(id: string): Promise<boolean>
}
