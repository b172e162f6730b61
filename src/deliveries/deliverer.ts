/** Sends what is due: a few at once, each claimed before it is sent, so that no two processes send one at the same time. */
import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import { type Delivery, type DeliveryKind, type DeliveryStore, logFailure } from '../storage/storage.ts'
import { ATTEMPT_TAKES, nextAttempt } from './attempts.ts'
import { receiverOfKind, receivers } from './receivers.ts'

/** What came of one attempt. `reason` is for the operator, without secrets. */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Another attempt would not do better. */
  | { readonly kind: 'refused'; readonly reason: string }

/** Makes the message, sends it, and reads the answer. One that rejects has failed. */
export type Send = (delivery: Delivery) => Promise<Outcome>

export interface Kind {
  readonly send: Send
  /**
   * The host that the messages to a client go to, as far as it is known without asking anybody: clients on one host share
   * its places.
   */
  readonly hostOf: (clientId: string) => Promise<string>
}

export interface DelivererDeps {
  readonly storage: { readonly deliveries: Pick<DeliveryStore, 'due' | 'claim' | 'delivered' | 'failed' | 'giveUp'> }
  readonly kinds: Readonly<Record<DeliveryKind, Kind>>
  readonly audit: Pick<Audit, 'record'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export interface Deliverer {
  /** There may be something to send just now: begins, and makes nobody wait. */
  kick(): void
  /** Begins what is due, as far as there is room; resolves when that is begun, not when it has arrived. */
  begin(): Promise<void>
  /** Resolves when nothing that this process began is under way. */
  idle(): Promise<void>
  /** The same, and begins nothing any more: the rest is for other processes, or for the next start. */
  stop(): Promise<void>
}

/** Attempts under way at the same time in one process; fewer than the egress client lets through, which others need, too. */
const AT_ONCE = 16
/** Of them, those to one host, however many clients it has; and those of a kind without clients. A slow one holds up itself alone. */
const AT_ONCE_FOR_RECEIVER = 2

export function deliverer(deps: DelivererDeps): Deliverer {
  const { clock, log } = deps
  const store = deps.storage.deliveries
  // What a newer version has put there is for its processes.
  const kinds = Object.keys(deps.kinds) as DeliveryKind[]
  const underWay = new Set<Promise<void>>()
  const room = receivers(AT_ONCE_FOR_RECEIVER)
  let beginning: Promise<void> | undefined
  /** Somebody asked while the last look was under way: what it did not see yet is looked for at once. */
  let isAskedAgain = false
  let isStopped = false

  function begin(): Promise<void> {
    if (beginning !== undefined) isAskedAgain = true
    beginning ??= beginAll().finally(() => {
      beginning = undefined
    })
    return beginning
  }

  async function beginAll(): Promise<void> {
    do {
      isAskedAgain = false
      for (let isMore = true; isMore; ) isMore = await beginSome()
    } while (isAskedAgain)
  }

  /** Gives whether there may be more. */
  async function beginSome(): Promise<boolean> {
    const limit = AT_ONCE - underWay.size
    if (limit <= 0 || isStopped) return false
    const wanted = kinds.filter((kind) => room.hasRoom(receiverOfKind(kind)))
    const due = await store.due(clock.now(), { kinds: wanted, limit, without: room.waiting() })
    for (const delivery of due) {
      const receiver = await receiverOf(deps, delivery)
      if (isStopped) return false
      if (room.hasRoom(receiver)) await claimAndStart(delivery, receiver)
      else if (delivery.clientId !== undefined && !room.wait(delivery.clientId, receiver)) return false
    }
    return due.length === limit && !isStopped
  }

  async function claimAndStart(delivery: Delivery, receiver: string): Promise<void> {
    const attempt = delivery.attempts + 1
    const isOurs = await store.claim(delivery.id, { attempt, until: clock.now() + ATTEMPT_TAKES })
    if (!isOurs) return
    room.enter(receiver)
    const sending: Promise<void> = sendOnce(deps, delivery, attempt)
      .catch((error: unknown) => reportUnwritten(log, error, { delivery, isStopped }))
      .finally(() => {
        underWay.delete(sending)
        room.leave(receiver)
        // What waited for room.
        kick()
      })
    underWay.add(sending)
  }

  function kick(): void {
    begin().catch((error: unknown) => reportUnread(log, error))
  }

  async function idle(): Promise<void> {
    while (beginning !== undefined || underWay.size > 0) await Promise.allSettled([beginning, ...underWay])
  }

  function stop(): Promise<void> {
    isStopped = true
    return idle()
  }

  return { kick, begin, idle, stop }
}

/** The job looks again in a second. */
const reportUnread = (log: Log, error: unknown): void =>
  logFailure(log, error, { message: 'the deliveries that are due could not be read' })

/** It comes again when its claim has run out. At the end of a process nobody need be told of it. */
function reportUnwritten(
  log: Log,
  error: unknown,
  { delivery, isStopped }: { delivery: Delivery; isStopped: boolean },
): void {
  const message = 'what came of a delivery was not written down'
  if (isStopped) log.debug({ err: error, delivery: delivery.id }, message)
  else logFailure(log, error, { message, delivery: delivery.id })
}

const receiverOf = async ({ kinds }: DelivererDeps, { kind, clientId }: Delivery): Promise<string> =>
  clientId === undefined ? receiverOfKind(kind) : kinds[kind].hostOf(clientId)

async function sendOnce(deps: DelivererDeps, delivery: Delivery, attempt: number): Promise<void> {
  const { audit, clock, random, log } = deps
  const store = deps.storage.deliveries
  const { id, kind, clientId, accountId } = delivery
  const about = { deliveryId: id, attempt, ...(clientId && { clientId }), ...(accountId && { accountId }) }
  const outcome = await deps.kinds[kind].send(delivery).catch((error: unknown): Outcome => {
    logFailure(log, error, { message: 'a delivery could not be made', ...about })
    return { kind: 'failed', reason: 'it could not be made: see the log' }
  })
  const now = clock.now()
  if (outcome.kind === 'delivered') {
    await store.delivered(id, now)
    return audit.record({ kind: `${kind}_delivered`, ...about }, { log })
  }
  const { reason } = outcome
  const nextAttemptAt = outcome.kind === 'failed' ? nextAttempt(delivery, attempt, { now, random }) : undefined
  if (nextAttemptAt === undefined) {
    const isOver = await store.giveUp(id, { attempt, reason, now })
    if (isOver) audit.record({ kind: `${kind}_given_up`, ...about, reason }, { log })
  } else if (await store.failed(id, { attempt, reason, nextAttemptAt })) {
    audit.record({ kind: `${kind}_delivery_failed`, ...about, reason }, { log })
  }
}
