/** `countersign check`: reads the configuration exactly as start-up does and says what is wrong with it. */
import { parseArgs } from 'node:util'
import { counted } from '../base/counted.ts'
import { formatFaults } from '../config/fault.ts'
import { loadConfig } from '../config/load.ts'
import { type Command, type Terminal, UsageError } from './command.ts'
import { CONFIG_OPTION, CONFIG_OPTION_USAGE, configPath, describeFaults } from './config.ts'

export const check: Command = {
  name: 'check',
  summary: 'Check the configuration file and report every fault in it',
  usage: `countersign check [--config FILE]

Reads the configuration exactly as \`countersign serve\` does, with the files and
environment variables that it names, and reports every fault at once.
The exit status is 0 when it is fine and 1 when it is not.

${CONFIG_OPTION_USAGE}`,
  run: async (args, terminal) => report(configPath(readConfigOption(args), terminal), terminal),
}

/** Prints what loading the file at `path` gives; the exit status. */
function report(path: string, { env, stdout, stderr }: Terminal): number {
  const loaded = loadConfig(path, { env })
  if ('faults' in loaded) {
    stderr.write(`${describeFaults(path, loaded)}\n`)
    return 1
  }
  if (loaded.warnings.length > 0) stderr.write(`Not faults, but likely not meant:\n${formatFaults(loaded.warnings)}\n`)
  const count = loaded.config.clients.length
  stdout.write(`${path}: fine — ${counted(count, 'client')}\n`)
  return 0
}

function readConfigOption(args: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...args], options: CONFIG_OPTION }).values.config
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
