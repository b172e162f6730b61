/** What the supervisor and its workers say to each other. */

/** In the environment of a worker: its number, from 1 on; its successor has the same. */
export const WORKER_NUMBER = 'COUNTERSIGN_WORKER'

export type FromWorker =
  | { readonly kind: 'ready'; readonly address: string }
  /** It ends; `message` is for the operator. */
  | { readonly kind: 'start_fault'; readonly message: string }

/** What the supervisor sends. */
export const STOP = 'stop'
export const RELOAD = 'reload'

/** The parse border: Node's own messages pass here, too. */
export function readMessage(message: unknown): FromWorker | undefined {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return undefined
  if (message.kind === 'ready' && 'address' in message && typeof message.address === 'string') {
    return { kind: 'ready', address: message.address }
  }
  if (message.kind === 'start_fault' && 'message' in message && typeof message.message === 'string') {
    return { kind: 'start_fault', message: message.message }
  }
  return undefined
}
