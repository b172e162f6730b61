/** The story of a refusal: what was asked, which one check failed, what to do, and what else is known of the flow. */
import type { Timestamp } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import type { Check } from '../protocol/checks.ts'
import type { ClientMetadata } from '../protocol/client.ts'
import type { Account, Refusal, Session, StoredSigningKey } from '../storage/storage.ts'
import { EXPLANATIONS } from './explanations/index.ts'
import { hintsFor } from './hints.ts'
import { type FlowRecords, type Step, stepsOf } from './steps.ts'

export interface KnownClient extends Pick<ClientMetadata, 'client_name' | 'redirect_uris' | 'application_type'> {
  /** It has an entry in the configuration file; else it came by itself. */
  readonly isConfigured: boolean
}

/** What is known beside the refusal itself. */
export interface Surroundings extends FlowRecords {
  /** Of the refusal's client, as it is now; undefined: there is none. */
  readonly client: KnownClient | undefined
  readonly clientIds: readonly string[]
  /** When the client that is unknown was taken out of the configuration file; undefined: it was in none that is remembered. */
  readonly removedAt: Timestamp | undefined
  /** Whose refusal it is, as it is now; undefined: nobody's that is known, or gone. */
  readonly account: Pick<Account, 'username'> | undefined
  /** All that there are and were, where the refusal is about one. */
  readonly keys: readonly StoredSigningKey[]
  /** What the browser's cookie named, as it is now. */
  readonly session: Session | undefined
  readonly sessionIdle: Duration
}

export interface Story {
  readonly errorId: string
  readonly flowId: string | undefined
  readonly at: Timestamp
  readonly endpoint: string
  readonly status: number
  readonly client: { readonly id: string; readonly name: string | undefined } | undefined
  readonly accountId: string | undefined
  /** That it has now; undefined: it is gone. */
  readonly username: string | undefined
  /** What the client or the person was told. */
  readonly told: { readonly code: string | undefined; readonly description: string }
  readonly asked: Readonly<Record<string, string>>
  /** Names of parameters whose values are not kept. */
  readonly also: readonly string[]
  readonly from: { readonly ip: string | undefined; readonly userAgent: string | undefined }
  readonly check: Check
  readonly failed: string
  readonly expected: string | undefined
  readonly came: string | undefined
  /** Lines that stand as they are: a picture, or what to paste. */
  readonly shown: readonly string[]
  readonly todo: readonly string[]
  readonly more: number
  readonly steps: readonly Step[]
}

/** Pure. */
export function storyOf(refusal: Refusal, around: Surroundings): Story {
  const { facts, check, clientId } = refusal
  const { failed, todo } = EXPLANATIONS[check]
  const hints = hintsFor(refusal, around)
  return {
    ...{ errorId: refusal.errorId, flowId: refusal.flowId, at: refusal.at },
    ...{ endpoint: refusal.endpoint, status: refusal.status },
    accountId: refusal.accountId ?? around.grant?.grant.accountId,
    username: around.account?.username,
    client: clientId === undefined ? undefined : { id: clientId, name: around.client?.client_name },
    told: { code: refusal.code, description: refusal.description },
    asked: facts.asked ?? {},
    also: facts.also ?? [],
    from: { ip: facts.ip, userAgent: facts.userAgent },
    ...{ check, failed, expected: refusal.expected, came: refusal.came },
    shown: hints.shown,
    todo: [...hints.todo, todo],
    more: refusal.more,
    steps: stepsOf(around, refusal),
  }
}
