/** The log: JSON lines on standard output. */
import { type DestinationStream, type Logger, pino } from 'pino'

/** Characters that wait at most; more than that are written at once. */
const MOST_WAITING = 8192

/**
 * Lines that are made in one turn of the event loop, by whatever requests, are written together when it ends, which costs
 * one system call instead of two per request. What ends the process in an orderly way, an uncaught error too, loses none;
 * kill -9 loses those of the turn that it falls into.
 * @param to writes what it is given before it returns
 */
export function openLog(level: string, to: DestinationStream = pino.destination({ sync: true })): Logger {
  let waiting = ''
  function flush(): void {
    const lines = waiting
    waiting = ''
    if (lines !== '') to.write(lines)
  }
  function write(line: string): void {
    if (waiting === '') setImmediate(flush)
    waiting += line
    if (waiting.length > MOST_WAITING) flush()
  }
  process.once('exit', flush)
  return pino({ level }, { write })
}
