/** Reads the configuration: its files, variables and the files it names; gives the whole of it or every fault at once. */
import { dirname, resolve } from 'node:path'
import { readClientFiles } from './client-files.ts'
import type { Config } from './config.ts'
import { reportContradictions } from './cross-checks.ts'
import type { Environment } from './environment.ts'
import { type Fault, formatPath, type Path } from './fault.ts'
import { type FaultList, faultList } from './fault-list.ts'
import { type ReadFile, readFileUpTo, readImageFile, readTextFile } from './read-file.ts'
import { readValue } from './read-value.ts'
import type { Reading } from './reading.ts'
import { resolveConfig } from './resolve.ts'
import { CONFIG_SCHEMA, type ConfigFile, type Draft } from './schema.ts'
import { parseSource } from './source.ts'

export type LoadedConfig =
  | { readonly config: Config; readonly warnings: readonly Fault[] }
  | { readonly faults: readonly Fault[] }

export interface Surroundings {
  readonly env: Environment
  /** Another way to read files, for tests, and for who wants to know which ones are read. */
  readonly readFile?: ReadFile
}

const MAX_CONFIG_BYTES = 4 * 1024 * 1024
const MAX_REFERENCED_BYTES = 64 * 1024

/**
 * Loads the configuration file at `path`. Gives the configuration with what is likely not meant in it, or every fault;
 * it never throws for anything that is in the file, or for the lack of one.
 */
export function loadConfig(path: string, { env, readFile = readFileUpTo }: Surroundings): LoadedConfig {
  const faults = faultList(path)
  const directory = dirname(resolve(path))
  const texts = new Map<string, string>()
  const readReferencedFile = (name: string, at: Path) => {
    const content = readReferenced(resolve(directory, name), readFile)
    if ('text' in content) texts.set(formatPath(at), content.text)
    else faults.report(at, { message: `the file that it names ${content.reason}`, allowed: RELATIVE_TO(directory) })
  }
  const readReferencedImage = (name: string, at: Path) => {
    const content = readImageFile(resolve(directory, name), readFile, MAX_REFERENCED_BYTES)
    if ('text' in content) texts.set(formatPath(at), content.text)
    else
      faults.report(at, { message: `the file that it names ${content.reason}`, allowed: IMAGE_RELATIVE_TO(directory) })
  }
  const reading = { env, faults, readReferencedFile, readReferencedImage }
  const main = readDraft(readTextFile(path, readFile, MAX_CONFIG_BYTES), reading)
  const draft = main && withClientFiles(main, dirname(path), { ...reading, readFile })
  if (draft !== undefined) reportContradictions({ file: draft, texts, faults })
  if (draft === undefined || faults.faults().length > 0) return { faults: faults.faults() }
  // The parse border: without faults, everything that the schema asks for is there.
  const config = resolveConfig(draft as ConfigFile, { texts, directory })
  return { config, warnings: faults.warnings() }
}

const RELATIVE_TO = (directory: string) => `a readable text file; its path is relative to ${directory}`

const IMAGE_RELATIVE_TO = (directory: string) => `an SVG or PNG of at most 64 KiB; its path is relative to ${directory}`

/** Line breaks at the end of a secret's file are an editor's, not the secret's. */
function readReferenced(path: string, readFile: ReadFile) {
  const content = readTextFile(path, readFile, MAX_REFERENCED_BYTES)
  if (!('text' in content)) return content
  const text = content.text.replace(/[\r\n]+$/, '')
  return text === '' ? { reason: 'is empty' } : { text }
}

/** What the file says, as far as it can be read; undefined when it is no YAML map at all. */
function readDraft(
  content: ReturnType<typeof readTextFile>,
  { faults, ...reading }: Omit<Reading, 'positionOf'>,
): Draft<ConfigFile> | undefined {
  if ('reason' in content) {
    reportFile(faults, `the configuration file ${content.reason}`)
    return undefined
  }
  const source = parseSource(content.text, faults)
  if (!source) return undefined
  const start = { line: 1, column: 1 }
  if (source.root === null) {
    faults.reportAt(start, [], { message: 'the file is empty', allowed: EXAMPLE })
    return undefined
  }
  const spot = { node: source.root, schema: CONFIG_SCHEMA, path: [], position: start }
  const draft = readValue(spot, { ...reading, faults, positionOf: source.positionOf })
  return draft as Draft<ConfigFile> | undefined
}

/** With the clients of clients.d/ behind those of the file. */
function withClientFiles(
  draft: Draft<ConfigFile>,
  directory: string,
  reading: Parameters<typeof readClientFiles>[2],
): Draft<ConfigFile> {
  const clients = draft.clients ?? []
  return { ...draft, clients: [...clients, ...readClientFiles(directory, clients.length, reading)] }
}

const EXAMPLE = 'a map with at least the key issuer; countersign.example.yaml shows all of it'

const reportFile = (faults: FaultList, message: string): void =>
  faults.reportAt(undefined, [], {
    message,
    allowed: 'a UTF-8 text file; name another with --config or COUNTERSIGN_CONFIG',
  })
