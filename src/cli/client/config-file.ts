/** Edits of the files that hold clients: each is judged as `countersign check` would, before it takes the old one's place. */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { CLIENT_FILES, clientFiles } from '../../config/client-files.ts'
import type { Config } from '../../config/config.ts'
import { addClient, type NewEntry } from '../../config/edit/add-client.ts'
import { changeClient, clientKeys, type KeyChange } from '../../config/edit/change-client.ts'
import { EditError } from '../../config/edit/splice.ts'
import type { Fault } from '../../config/fault.ts'
import { loadConfig } from '../../config/load.ts'
import { readFileUpTo } from '../../config/read-file.ts'
import { CommandError, type Terminal } from '../command.ts'
import { configPath, describeFaults } from '../config.ts'
import { createFile, replaceFile } from '../replace-file.ts'

/** The configuration file, and what it says now. */
export interface ConfigFile {
  readonly path: string
  readonly config: Config
}

/** A text that is to take the place of another one. */
interface Edit {
  readonly path: string
  readonly was: string
  readonly text: string
}

/** An entry that was judged, with what is likely not meant in it. */
export interface CheckedEntry {
  readonly config: Config
  readonly warnings: readonly Fault[]
  readonly edit: Edit
}

/** Throws CommandError when it has faults: what an edit would do to it, nobody could tell. */
export function openConfigFile(option: string | undefined, { env }: Pick<Terminal, 'env'>): ConfigFile {
  const path = configPath(option, { env })
  const loaded = loadConfig(path, { env })
  if ('config' in loaded) return { path, config: loaded.config }
  throw new CommandError(describeFaults(path, loaded))
}

/** Judges a new client beside all the others. Throws CommandError with every fault that it has. */
export function checkEntry(file: ConfigFile, entry: NewEntry, { env }: Pick<Terminal, 'env'>): CheckedEntry {
  const was = readText(file.path)
  const edit = { path: file.path, was, text: edited(file.path, () => addClient(was, entry)) }
  const loaded = load(file, edit, env)
  if ('faults' in loaded) throw new CommandError(`nothing was added:\n${loaded.faults.map(ofEntry).join('\n')}`)
  refuseOtherChanges(file.config, loaded.config, String(entry['client_id']))
  const place = `clients[${loaded.config.clients.findIndex(({ id }) => id === entry['client_id'])}]`
  const isItsOwn = ({ file: its, path }: Fault): boolean => its === file.path && path.startsWith(place)
  return { config: loaded.config, warnings: loaded.warnings.filter(isItsOwn), edit }
}

/** The new entry in the file itself. Throws CommandError, and has written nothing then. */
export const writeEntry = ({ edit }: CheckedEntry, { random }: Pick<Terminal, 'random'>): string => write(edit, random)

/** The new entry in a file of its own. Throws CommandError, and has written nothing then. */
export function writeEntryFile(file: ConfigFile, entry: NewEntry, { random }: Pick<Terminal, 'random'>): string {
  const name = encodeURIComponent(String(entry['client_id'])).replace(/^\./, '%2E')
  const path = join(directoryOf(file), CLIENT_FILES, `${name}.yaml`)
  createFile(path, { text: addClient('', entry), like: file.path, random })
  return path
}

/** A client's entry as it is written, and where. */
export interface WrittenEntry {
  readonly path: string
  readonly keys: ReadonlyMap<string, string | undefined>
}

/** The file that has the entry. Throws CommandError when its id is written in another way than it is read. */
export function findEntry(file: ConfigFile, clientId: string): WrittenEntry {
  for (const path of [file.path, ...clientFiles(directoryOf(file))]) {
    const keys = edited(path, () => clientKeys(readText(path), clientId))
    if (keys !== undefined) return { path, keys }
  }
  throw new CommandError('its entry was not found as it is written in the file: change it by hand')
}

/** Changes keys of a client's entry. Throws CommandError, and has written nothing then. */
export function changeEntry(
  file: ConfigFile,
  { path, clientId, changes }: { path: string; clientId: string; changes: readonly KeyChange[] },
  { env, random }: Pick<Terminal, 'env' | 'random'>,
): void {
  const was = readText(path)
  const edit = { path, was, text: edited(path, () => changeClient(was, clientId, changes)) }
  const loaded = load(file, edit, env)
  if ('faults' in loaded) throw new CommandError(`nothing was changed:\n${loaded.faults.map(ofEntry).join('\n')}`)
  refuseOtherChanges(file.config, loaded.config, clientId)
  write(edit, random)
}

const directoryOf = ({ path }: ConfigFile): string => dirname(resolve(path))

/** As `countersign serve` would read it, were the edit written. */
function load(file: ConfigFile, edit: Edit, env: Terminal['env']) {
  const written = resolve(edit.path)
  return loadConfig(file.path, {
    env,
    readFile: (path, limit) => (resolve(path) === written ? Buffer.from(edit.text) : readFileUpTo(path, limit)),
  })
}

/** Whatever the file looks like: an edit that does more than it was to do is not written. */
function refuseOtherChanges(before: Config, after: Config, clientId: string): void {
  const others = (config: Config) => ({ ...config, clients: config.clients.filter(({ id }) => id !== clientId) })
  if (isDeepStrictEqual(others(before), others(after))) return
  throw new CommandError('the edit would change more than this client, so nothing was written: put it in by hand')
}

function write({ path, was, text }: Edit, random: Terminal['random']): string {
  replaceFile(path, { was, text, random })
  return path
}

const readText = (path: string): string => readFileSync(path, 'utf8')

function edited<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    throw new CommandError(`${path} cannot be edited: ${error.message}. Put it in by hand`, { cause: error })
  }
}

/** Without the place: the text that it stands in is nowhere to be seen. */
function ofEntry({ path, message, allowed, suggestion }: Fault): string {
  const key = path.replace(/^clients\[\d+\]\.?/, '')
  const more = [suggestion && `did you mean ${suggestion}?`, allowed && `allowed: ${allowed}`].filter(Boolean)
  return [`  ${key === '' ? '' : `${key}: `}${message}`, ...more.map((line) => `      ${line}`)].join('\n')
}
