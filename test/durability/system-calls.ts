/** Reads what strace saw of a server: whether what it wrote to SQLite's log was on the disk when it answered. */

export interface ServerAnswer {
  /** As much of it as strace kept. */
  readonly text: string
  /** How often the log had been synced until then. */
  readonly syncs: number
  /** Something was in the log that no sync had followed. */
  readonly isEarly: boolean
}

/** For `strace`: -D leaves the process id to the server, -y names the files, -f follows its threads. */
export const straceWords = (output: string): readonly string[] => [
  ...['strace', '-D', '-f', '-y', '-s', '6000', '-o', output],
  ...['-e', 'trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg'],
]

/** `123 fdatasync(20</tmp/countersign.db-wal>) = 0`, whole or in the two halves that strace makes of what takes long. */
const CALL = /^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed>)(.*)$/
const UNFINISHED = '<unfinished ...>'
const ANSWER = /"(HTTP\/1\.1 \d.*)$/
const IS_LOG = /^\d+<[^>]*-wal>/

/** The answers in order. */
export function readTrace(lines: readonly string[]): readonly ServerAnswer[] {
  const answers: ServerAnswer[] = []
  const begun = new Map<string, string>()
  let isDirty = false
  let syncs = 0
  for (const line of lines) {
    const [, thread = '', call = '', rest = ''] = CALL.exec(line) ?? []
    const isResumed = line.includes(' resumed>')
    const words = isResumed ? `${begun.get(thread) ?? ''}${rest}` : rest
    if (words.endsWith(UNFINISHED)) begun.set(thread, words.slice(0, -UNFINISHED.length))
    const isBegin = !isResumed
    const isEnd = !words.endsWith(UNFINISHED)
    // A write counts from its beginning, a sync from its end.
    if (call === 'pwrite64' && isBegin && IS_LOG.test(words)) isDirty = true
    if (/^f(data)?sync$/.test(call) && isEnd && IS_LOG.test(words) && words.endsWith('= 0')) {
      isDirty = false
      syncs++
    }
    const text = ANSWER.exec(words)?.[1]
    if (text !== undefined && isBegin && /^(write|writev|sendto|sendmsg)$/.test(call)) {
      answers.push({ text, syncs, isEarly: isDirty })
    }
  }
  return answers
}
