/**
 * The connection that a worker was just being handed when it died. Node gives a worker one at a time, and waits for its
 * word before the next; without it Node keeps the connection open for ever, and whoever asked there would wait as long.
 */
import type { ChildProcess } from 'node:child_process'

interface Closable {
  close(): void
}

export function handedOver(worker: Pick<ChildProcess, 'send'>): { end(): void } {
  const send = worker.send.bind(worker)
  let last: Closable | undefined
  // All that Node's cluster sends to a worker goes this way, its connections as the second argument.
  worker.send = (...words: readonly unknown[]) => {
    if (isClosable(words[1])) last = words[1]
    return Reflect.apply(send, undefined, words)
  }
  return {
    /** What the worker has taken is closed here already, and closing it once more does nothing. */
    end: () => last?.close(),
  }
}

const isClosable = (value: unknown): value is Closable =>
  typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function'
