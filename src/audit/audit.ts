/** Where audit events go: a line of the log at once, whoever listens, and, written behind, the chain in the database. */
import type { Clock, Timestamp } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import type { AuditConfig } from '../config/config.ts'
import type { Account, AuditEventStore } from '../storage/storage.ts'
import { keptAddress } from './address.ts'
import { writtenBehind } from './behind.ts'
import type { Entry, Seals } from './chain.ts'
import { chainWriter } from './chain-writer.ts'
import type { Counts } from './dropped.ts'
import { type AuditEvent, isAlarming } from './event.ts'
import { actorOf, EVENT_KINDS } from './event-kinds.ts'
import { floodgate } from './floodgate.ts'

export interface AuditLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Where an event comes from; a request is one. */
export interface AuditContext {
  /** That of the request, so that the line carries its id; left out: the process's. */
  readonly log?: AuditLog
  /** Of the request, and of its error. */
  readonly id?: string
  readonly ip?: string
  readonly flowId?: string | undefined
  readonly headers?: { readonly 'user-agent'?: string | undefined }
  /** Who did it; left out: whom the event names. */
  readonly actor?: string
  /** Whose it was, where the event leaves it another, or none. */
  readonly account?: Account
}

export type Listener = (event: AuditEvent, context: AuditContext) => void

export interface Audit {
  /** Costs a line in the log and a place in a list. Never waits, never throws. */
  record(event: AuditEvent, context: AuditContext): void
  /**
   * The same for what must not be lost: resolves when it is in the database. While that is away it resolves all the same,
   * soon: what was done is done, and the log has it.
   */
  recordNow(event: AuditEvent, context: AuditContext): Promise<void>
  /** Called at once with every event; gives how to stop that. A listener must not throw. */
  onEvent(listener: Listener): () => void
  /** Writes what waits. Never rejects: what could not be written waits on. */
  flush(): Promise<void>
  /** The same, with everything that was only counted so far; no timer is left. */
  stop(): Promise<void>
}

export interface AuditNeeds {
  readonly store: Pick<AuditEventStore, 'chain' | 'append' | 'find'>
  /** Undefined: there is no sealing key here. */
  readonly seals: Seals | undefined
  /** As it is in force. */
  config(): AuditConfig
  readonly clock: Clock
  readonly log: Log
}

interface Waiting {
  readonly event: AuditEvent
  readonly at: Timestamp
  readonly actor: string | undefined
  readonly requestId: string | undefined
  readonly address: string | undefined
  readonly flowId: string | undefined
  readonly userAgent: string | undefined
}

/** An answer does not wait longer than this for its event to be written. */
const WAITS_FOR: Duration = 2 * SECOND
const LONGEST_USER_AGENT = 200

/** For the log and the metrics: that mails come and go says nothing in a year; what asked for them is an event of its own. */
const ONLY_TOLD: ReadonlySet<AuditEvent['kind']> = new Set(['mail_delivered', 'mail_delivery_failed'])

/** By far the most frequent ones. */
const isFrequent = ({ kind }: AuditEvent): boolean => kind === 'tokens_issued' || kind === 'code_issued'

export function openAudit({ store, seals, config, clock, log }: AuditNeeds): Audit {
  const listeners = new Set<Listener>()
  const { append } = chainWriter({ store, seals })
  const gate = floodgate(clock)
  const entryOf = (waiting: Waiting): Entry => entry(waiting, config().addresses)
  const behind = writtenBehind<Waiting>({ append, entryOf, droppedEntry, clock, log })

  function tell(event: AuditEvent, context: AuditContext): void {
    const { kind, ...fields } = event
    const to = context.log ?? log
    if (isAlarming(event)) to.warn({ audit: kind, ...fields }, `audit: ${kind}`)
    else to.info({ audit: kind, ...fields }, `audit: ${kind}`)
    for (const listener of listeners) listener(event, context)
  }

  function record(event: AuditEvent, context: AuditContext): void {
    tell(event, context)
    if ((event.kind === 'tokens_issued' && !config().tokens) || ONLY_TOLD.has(event.kind)) return
    const isOfMany = isFrequent(event)
    const isKept = behind.hasRoom(isOfMany) && (EVENT_KINDS[event.kind].by !== 'anyone' || gate.lets(event.kind))
    if (!isKept) {
      behind.drop(event.kind)
      return
    }
    const { actor, id: requestId, ip: address, flowId } = context
    const userAgent = isOfMany ? undefined : context.headers?.['user-agent']
    behind.add({ event, at: clock.now(), actor, requestId, address, flowId, userAgent })
  }

  function droppedEntry(counts: Counts, at: Timestamp): Entry {
    const count = [...counts.values()].reduce((sum, one) => sum + one, 0)
    const event: AuditEvent = { kind: 'events_dropped', count, kinds: Object.fromEntries(counts) }
    tell(event, {})
    return entryOf({ ...NOWHERE, event, at })
  }

  return {
    record,
    async recordNow(event, context) {
      record(event, context)
      await within(WAITS_FOR, behind.flush())
    },
    onEvent(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    flush: behind.flush,
    stop: behind.stop,
  }
}

const NOWHERE = {
  ...{ actor: undefined, requestId: undefined, address: undefined },
  ...{ flowId: undefined, userAgent: undefined },
}

function entry(
  { event, at, actor, requestId, address, flowId, userAgent }: Waiting,
  addresses: AuditConfig['addresses'],
): Entry {
  const { kind, ...said } = event
  return {
    at,
    kind,
    fields: {
      ...said,
      actor: actor ?? actorOf(event),
      requestId,
      flowId: flowId ?? ('grantId' in event ? event.grantId : undefined),
      address: keptAddress(address, addresses),
      userAgent: userAgent?.slice(0, LONGEST_USER_AGENT),
    },
  }
}

function within(limit: Duration, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limit)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
