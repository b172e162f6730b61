/**
 * Who may write to the one writing connection, in order of arrival: plain writes, which share commits, and transactions,
 * which have the connection to themselves from begin to end.
 */
import type { SqliteConnection } from './sqlite-connection.ts'

/** Bounds how long one commit keeps the event loop. */
const MAX_SHARED = 64

type PlainWrite = { readonly kind: 'plain'; run(): void; settle(): void; fail(error: unknown): void }
type Waiting = PlainWrite | { readonly kind: 'transaction'; start(): void }

export interface SqliteWriteQueue {
  /** Runs `work`, one synchronous statement; resolves when it is committed. */
  write<T>(work: () => T): Promise<T>
  /** Resolves when the connection is the caller's alone; call what it gives when done, once. */
  hold(): Promise<() => void>
}

export function sqliteWriteQueue(connection: SqliteConnection): SqliteWriteQueue {
  const waiting: Waiting[] = []
  let held = false
  let scheduled = false

  function schedule(): void {
    if (scheduled || held || waiting.length === 0) return
    scheduled = true
    setImmediate(gather, waiting.length)
  }

  /**
   * After the events that were ready, whose requests' writes share one commit and its fsync. As long as a turn of the event
   * loop has brought another write, the next one may, too; the first that brings none ends it, so nobody waits for nobody.
   */
  function gather(before: number): void {
    const isWorthATurn = waiting[0]?.kind === 'plain' && waiting.length > before && waiting.length < MAX_SHARED
    if (isWorthATurn) setImmediate(gather, waiting.length)
    else next()
  }

  function next(): void {
    scheduled = false
    const first = waiting[0]
    if (first?.kind === 'transaction') {
      waiting.shift()
      held = true
      first.start()
      return
    }
    const end = waiting.slice(0, MAX_SHARED).findIndex((entry) => entry.kind === 'transaction')
    commitTogether(connection, waiting.splice(0, end === -1 ? MAX_SHARED : end).filter(isPlain))
    schedule()
  }

  function release(): void {
    held = false
    schedule()
  }

  return {
    write(work) {
      return new Promise((resolve, reject) => {
        waiting.push(plainWrite(work, resolve, reject))
        schedule()
      })
    },
    hold() {
      return new Promise((resolve) => {
        waiting.push({ kind: 'transaction', start: () => resolve(release) })
        schedule()
      })
    },
  }
}

const isPlain = (entry: Waiting): entry is PlainWrite => entry.kind === 'plain'

function plainWrite<T>(work: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): PlainWrite {
  let settle = (): void => reject(new Error('a write was settled before it ran'))
  return {
    kind: 'plain',
    run() {
      try {
        const value = work()
        settle = () => resolve(value)
      } catch (error) {
        settle = () => reject(error)
      }
    },
    settle: () => settle(),
    fail: reject,
  }
}

/** A statement that breaks a constraint undoes only itself (SQLite's ON CONFLICT ABORT); the others are committed. */
function commitTogether(connection: SqliteConnection, writes: readonly PlainWrite[]): void {
  const [only] = writes
  if (only && writes.length === 1) {
    only.run()
    only.settle()
    return
  }
  try {
    connection.script('BEGIN IMMEDIATE')
    for (const write of writes) {
      write.run()
      // A full disk, say, makes SQLite roll back the whole transaction by itself.
      if (!connection.inTransaction()) throw new Error('SQLite gave up the transaction')
    }
    connection.script('COMMIT')
  } catch (error) {
    connection.rollBack()
    for (const write of writes) write.fail(error)
    return
  }
  for (const write of writes) write.settle()
}
