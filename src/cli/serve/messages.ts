/** What the supervisor and its workers say to each other. */

import type { Snapshot } from '../../telemetry/metrics/snapshot.ts'

/** In the environment of a worker: its number, from 1 on; its successor has the same. */
export const WORKER_NUMBER = 'COUNTERSIGN_WORKER'

export type FromWorker =
  | { readonly kind: 'ready'; readonly address: string }
  /** It ends; `message` is for the operator. */
  | { readonly kind: 'start_fault'; readonly message: string }
  /** What it has measured; of the number of the question. */
  | { readonly kind: 'metrics'; readonly question: number; readonly snapshot: Snapshot | undefined }

/** What the supervisor sends. */
export const STOP = 'stop'
export const RELOAD = 'reload'
export const METRICS = 'metrics'

/** Asks for what it has measured; `shared`: with what is the same for all. */
export interface ToWorker {
  readonly kind: typeof METRICS
  readonly question: number
  readonly shared: boolean
}

/** The parse border of the other side. */
export const isMetricsQuestion = (message: unknown): message is ToWorker =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  message.kind === METRICS &&
  'shared' in message

/** The parse border: Node's own messages pass here, too. */
export function readMessage(message: unknown): FromWorker | undefined {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return undefined
  if (message.kind === 'ready' && 'address' in message && typeof message.address === 'string') {
    return { kind: 'ready', address: message.address }
  }
  if (message.kind === 'start_fault' && 'message' in message && typeof message.message === 'string') {
    return { kind: 'start_fault', message: message.message }
  }
  if (message.kind === 'metrics' && 'question' in message && typeof message.question === 'number') {
    const snapshot = 'snapshot' in message && Array.isArray(message.snapshot) ? message.snapshot : undefined
    return { kind: 'metrics', question: message.question, snapshot }
  }
  return undefined
}
