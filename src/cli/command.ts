/** What a command of the command line is; the list is in index.ts. */
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'

/** Everything a command may reach of the process; tests hand in their own. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly random: Random
}

export interface Command {
  readonly name: string
  /** One line for `countersign help`. */
  readonly summary: string
  /** The whole of `countersign help NAME`. What stands before the first empty line follows an error of wrong usage. */
  readonly usage: string
  /** `args` are the words after the command's name. Gives the exit status: 0 done, 1 it could not be done, 2 wrong usage. */
  run(args: readonly string[], terminal: Terminal): Promise<number>
}

/** Wrong usage: printed with the first lines of the command's usage, exit status 2. */
export class UsageError extends Error {}

/** Something that the person at the terminal can mend: printed as it is, without a stack, exit status 1. */
export class CommandError extends Error {}
