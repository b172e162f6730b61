/** What others are to be told, and whom: kept until it has arrived (docs/decisions/0013). */
import type { Timestamp } from '../base/clock.ts'
import type { Before } from './refusals.ts'

// ---- who took part in a session ------------------------------------------------------------------------------------

/** A client that got a code in a session and wants to hear of its end. */
export interface SessionClient {
  readonly sessionId: string
  readonly clientId: string
  readonly accountId: string
  /** The `sub` that the client knows. */
  readonly subject: string
  readonly hasBackChannel: boolean
  readonly hasFrontChannel: boolean
  /** When the session ended or will end by itself, as far as was known. */
  readonly expiresAt: Timestamp
}

/** Whether a session that clients took part in is over: ended, past its absolute end, gone, or its account disabled. */
export interface SessionState {
  readonly sessionId: string
  readonly isOver: boolean
  /** Undefined: it is gone. */
  readonly expiresAt: Timestamp | undefined
}

/**
 * A row is a promise: it goes only by becoming a delivery, or when there is nothing to deliver. `SessionStore.end` and
 * `endByAccount` see to it in the same transaction; whatever ends a session in another way (its time, a disabled or
 * removed account, a restore) is found by the two questions.
 */
export interface SessionClientStore {
  /** The first time counts. */
  remember(client: SessionClient): Promise<void>
  ofSession(sessionId: string): Promise<readonly SessionClient[]>
  /** Of those that should be over by now. */
  findExpired(now: Timestamp, limit: number): Promise<readonly SessionState[]>
  /** Of all, by session id. */
  walk(page: { after: string; limit: number }, now: Timestamp): Promise<readonly SessionState[]>
  /** The session was renewed: it ends later than was thought. */
  postpone(sessionId: string, expiresAt: Timestamp): Promise<void>
  /** Makes the deliveries of sessions that are over; safe to repeat. */
  tell(sessionIds: readonly string[], now: Timestamp): Promise<void>
  /**
   * One client has lost an account's trust: it is told as if its sessions had ended, which for the others go on. Gives how many
   * deliveries were made.
   */
  tellClient(of: { accountId: string; clientId: string }, now: Timestamp): Promise<number>
}

// ---- the outbox ----------------------------------------------------------------------------------------------------

/** `logout`: OpenID Connect Back-Channel Logout §2.5. `security_notice`: to the operator's webhook. `mail`: to a person. */
export type DeliveryKind = 'logout' | 'security_notice' | 'mail'

/** One message to one receiver. What is sent is made of it at the time of sending. */
export interface Delivery {
  readonly id: string
  readonly kind: DeliveryKind
  readonly clientId: string | undefined
  readonly accountId: string | undefined
  /** What the kind needs to know; secrets are sealed. */
  readonly payload: Readonly<Record<string, unknown>>
  readonly createdAt: Timestamp
  /** Undefined: delivered or given up. While an attempt is under way: when another one may begin, should it come to nothing. */
  readonly nextAttemptAt: Timestamp | undefined
  /** Begun. */
  readonly attempts: number
  readonly deliveredAt: Timestamp | undefined
  readonly givenUpAt: Timestamp | undefined
  readonly lastFailure: string | undefined
}

/** `waiting`: to be sent, tried before or not. */
export type DeliveryState = 'waiting' | 'given_up'

export interface DeliveryStore {
  /** One with the same id stays as it is. */
  insert(delivery: Delivery): Promise<void>
  find(id: string): Promise<Delivery | undefined>
  /** What is to be sent by now, longest due first, of these kinds, but for the clients that are named. */
  due(
    now: Timestamp,
    page: { kinds: readonly string[]; limit: number; without: readonly string[] },
  ): Promise<readonly Delivery[]>
  /** Compare and set: attempt number `attempt` begins; true for exactly one caller. `until`: nobody else tries before. */
  claim(id: string, claim: { attempt: number; until: Timestamp }): Promise<boolean>
  delivered(id: string, now: Timestamp): Promise<void>
  /** Attempt number `attempt` came to nothing; false when another one has begun since, or it has arrived. */
  failed(id: string, failure: { attempt: number; reason: string; nextAttemptAt: Timestamp }): Promise<boolean>
  /** The same, and it was the last. */
  giveUp(id: string, failure: { attempt: number; reason: string; now: Timestamp }): Promise<boolean>
  /**
   * Given up, and somebody asks for one more attempt: it is due now, and given up again when that fails. False when it was not
   * given up, or is not any more.
   */
  retry(id: string, now: Timestamp): Promise<boolean>
  /** What has neither arrived nor been given up. Reads no more than that, which is little while receivers answer. */
  backlog(): Promise<{ readonly pending: number; readonly oldestAt: Timestamp | undefined }>
  /** Newest first. */
  list(page: {
    clientId: string | undefined
    state?: DeliveryState | undefined
    before?: Before | undefined
    limit: number
  }): Promise<readonly Delivery[]>
  /** Those of one kind that tell of an account, since then; newest first. */
  ofAccount(
    accountId: string,
    page: { kind: DeliveryKind; since: Timestamp; limit: number },
  ): Promise<readonly Delivery[]>
  /** How many wait to be sent and how many were given up; none is counted beyond `most`. */
  count(most: number): Promise<{ readonly waiting: number; readonly givenUp: number }>
}
