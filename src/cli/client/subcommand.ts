/** What a subcommand of `countersign client` is, and what all of them share. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { type Terminal, UsageError } from '../command.ts'
import type { Opened } from '../open.ts'

export interface ClientContext {
  readonly terminal: Terminal
  /** `configPath`: the option `--config`, as far as it was given. Whoever opens also closes. */
  open(configPath: string | undefined): Promise<Opened>
}

/** `args` are the words after the subcommand's name; gives the exit status. */
export type Subcommand = (args: readonly string[], context: ClientContext) => Promise<number>

/** Reads the options, and the words beside them: as many as `words` names, or fewer when `isComplete` is false. */
export function readWords<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  words: readonly string[],
  { isComplete = true }: { isComplete?: boolean } = {},
) {
  const parsed = parse(args, options)
  const { length } = parsed.positionals
  if (length > words.length) throw new UsageError(`there is a word too many: ${parsed.positionals[words.length]}`)
  if (length < words.length && isComplete) throw new UsageError(`${words.slice(length).join(' and ')} is missing`)
  return parsed
}

function parse<const Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    // Its first sentence says it; the second is about `--`, which nobody needs here.
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong options')
  }
}

/** Opens what the command works on, and closes it again whatever happens. */
export async function withOpened(
  context: ClientContext,
  configPath: string | undefined,
  work: (opened: Opened) => Promise<number>,
): Promise<number> {
  const opened = await context.open(configPath)
  try {
    return await work(opened)
  } finally {
    await opened.close()
  }
}
