/** The log: JSON lines on standard output. */
import { type DestinationStream, type Logger, pino } from 'pino'

/** What pino writes to, with its own buffer. */
interface Buffered extends DestinationStream {
  flushSync(): void
}

/** Characters that wait at most; more than that are written at once. */
const MOST_WAITING = 8192

/**
 * Lines that are made in one turn of the event loop, by whatever requests, are written together when it ends, which costs
 * one system call instead of two per request. What ends the process in an orderly way, an uncaught error too, loses none;
 * kill -9 loses those of the turn that it falls into.
 */
export function openLog(level: string, to: Buffered = standardOutput()): Logger {
  let isScheduled = false
  function flush(): void {
    isScheduled = false
    to.flushSync()
  }
  const log = pino(
    { level },
    {
      write(line) {
        to.write(line)
        if (isScheduled) return
        isScheduled = true
        setImmediate(flush)
      },
    },
  )
  process.once('exit', flush)
  return log
}

const standardOutput = (): Buffered => pino.destination({ sync: true, minLength: MOST_WAITING })
