/** Questions to the person at the terminal, one line each. */
import { createInterface } from 'node:readline'
import { CommandError, type Terminal } from './command.ts'

/** Gives the answer without white space around it. Rejects with CommandError when nothing more is typed. */
export type Ask = (question: string) => Promise<string>

/** Only where somebody can be asked (`stdin.isTTY`); the questions go to standard error. */
export async function withQuestions<T>(
  { stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>,
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  // One reader for all: another one each time would lose what was typed ahead.
  const lines = createInterface({ input: stdin })
  const typed = lines[Symbol.asyncIterator]()
  try {
    return await work(async (question) => {
      stderr.write(question)
      const line = await typed.next()
      if (line.done) throw new CommandError('cancelled')
      return line.value.trim()
    })
  } finally {
    lines.close()
    stdin.pause()
  }
}
