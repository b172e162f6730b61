/** Asking before something is gone for good. */
import { createInterface } from 'node:readline'
import { CommandError, type Terminal } from '../command.ts'

/** True only for `y` or `yes`. Without a terminal nobody can be asked: throws CommandError, which names `--yes`. */
export async function confirm({ stdin, stderr }: Terminal, question: string): Promise<boolean> {
  if (!stdin.isTTY) throw new CommandError('there is nobody to confirm this: use --yes')
  const lines = createInterface({ input: stdin, output: stderr })
  try {
    const answer = await new Promise<string>((resolve) => {
      lines.once('close', () => resolve(''))
      lines.question(`${question} [y/N] `, resolve)
    })
    return /^y(?:es)?$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}
