/** `clients.d/`: the clients of a configuration that is split, in files of their own. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, isScalar, isSeq, type YAMLSeq } from 'yaml'
import type { Path } from './fault.ts'
import type { ReadFile } from './read-file.ts'
import { readTextFile, reasonOf } from './read-file.ts'
import { readValue } from './read-value.ts'
import type { Reading } from './reading.ts'
import { CONFIG_SCHEMA, type ConfigFile, type Draft } from './schema.ts'
import { parseSource, type Source } from './source.ts'

export const CLIENT_FILES = 'clients.d'

const MAX_BYTES = 1024 * 1024
const FORM = 'a list of clients, each as in the key clients of the configuration file; or a map with that key alone'

type Clients = NonNullable<Draft<ConfigFile>['clients']>

/** The files that count, in the order in which they are read: visible ones that end in .yaml or .yml, by name. */
export function clientFiles(directory: string): readonly string[] {
  const listed = listFiles(directory)
  return 'files' in listed ? listed.files : []
}

/** Or why the folder could not be looked into, as words that complete "it …": that is not the same as nothing in it. */
function listFiles(directory: string): { readonly files: readonly string[] } | { readonly reason: string } {
  try {
    const files = readdirSync(join(directory, CLIENT_FILES))
      .filter((name) => /^[^.].*\.ya?ml$/.test(name))
      .toSorted()
      .map((name) => join(directory, CLIENT_FILES, name))
    return { files }
  } catch (error) {
    return isMissing(error) ? { files: [] } : { reason: reasonOf(error) }
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/**
 * Reads the clients of `clients.d/` in `directory`; `first` is the index that the first of them has in the whole list.
 * What is wrong with them goes into the fault list, under the name of the file that it stands in.
 */
export function readClientFiles(
  directory: string,
  first: number,
  reading: Omit<Reading, 'positionOf'> & { readFile: ReadFile },
): Clients {
  const clients: unknown[] = []
  const listed = listFiles(directory)
  if ('reason' in listed) {
    // Without this all of its clients would be taken for removed, and end.
    reading.faults.reportFile(join(directory, CLIENT_FILES), { message: `the folder ${listed.reason}` })
    return []
  }
  for (const file of listed.files) {
    const content = readTextFile(file, reading.readFile, MAX_BYTES)
    if ('reason' in content) reading.faults.reportFile(file, { message: `the file ${content.reason}` })
    else clients.push(...readClients(content.text, { file, first: first + clients.length, reading }))
  }
  return clients as Clients
}

function readClients(
  text: string,
  { file, first, reading }: { file: string; first: number; reading: Omit<Reading, 'positionOf'> },
): readonly unknown[] {
  const source = parseSource(text, reading.faults, file)
  // A file whose clients are all commented out is fine.
  if (source === undefined || source.root === null) return []
  const list = listIn(source)
  if (list === undefined) {
    reading.faults.reportFile(file, { message: 'is of the wrong form', allowed: FORM })
    return []
  }
  const { positionOf } = source
  const start = { line: 1, column: 1, file }
  return list.items.map((node, index) => {
    const path: Path = ['clients', first + index]
    reading.faults.placeInItsFile(path, ['clients', index])
    return readValue({ node, schema: CLIENT, path, position: start }, { ...reading, positionOf })
  })
}

const CLIENT = CONFIG_SCHEMA.properties?.['clients']?.items ?? {}

function listIn({ root }: Source): YAMLSeq | undefined {
  if (isSeq(root)) return root
  const [pair, ...others] = isMap(root) ? root.items : []
  if (pair === undefined || others.length > 0 || !isScalar(pair.key) || pair.key.value !== 'clients') return undefined
  return isSeq(pair.value) ? pair.value : undefined
}
