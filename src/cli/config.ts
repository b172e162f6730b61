/** The configuration as every command gets it. */
import type { Config } from '../config/config.ts'
import { formatFaults } from '../config/fault.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { configFiles } from '../config/watch.ts'
import type { Source } from '../main.ts'
import { CommandError, type Terminal } from './command.ts'

/** For the `options` of `parseArgs`: `--config FILE`. */
export const CONFIG_OPTION = { config: { type: 'string' } } as const

/** For the usage texts. */
export const CONFIG_OPTION_USAGE =
  '  --config FILE  the configuration; otherwise $COUNTERSIGN_CONFIG, otherwise countersign.yaml in this directory'

/** The file that `--config` names, else $COUNTERSIGN_CONFIG, else countersign.yaml in the working directory. */
export const configPath = (option: string | undefined, { env }: Pick<Terminal, 'env'>): string =>
  option ?? (env['COUNTERSIGN_CONFIG'] || 'countersign.yaml')

/** Loads the configuration; throws a CommandError that names every fault. `option` is the value of `--config`. */
export function loadConfigOrFail(option: string | undefined, terminal: Pick<Terminal, 'env'>): Config {
  const path = configPath(option, terminal)
  const loaded = loadConfig(path, { env: terminal.env })
  if ('config' in loaded) return loaded.config
  throw new CommandError(describeFaults(path, loaded))
}

/** The same for a process that serves: with the files, so that it can follow them. Throws a CommandError. */
export function openConfigOrFail(option: string | undefined, terminal: Pick<Terminal, 'env'>): Source {
  const files = configFiles(configPath(option, terminal), terminal.env)
  const { loaded, print } = files.load()
  if ('config' in loaded) return { config: loaded.config, files, print }
  throw new CommandError(describeFaults(files.path, loaded))
}

/** Every fault as text, and how many there are. */
export function describeFaults(path: string, { faults }: Extract<LoadedConfig, { faults: unknown }>): string {
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`
  return `${formatFaults(faults)}\n${path}: ${count}`
}
