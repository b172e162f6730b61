/** Who may read the files that hold secrets. */

import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { counted } from '../../base/counted.ts'
import type { Config } from '../../config/config.ts'
import type { SecretPlaces } from '../../config/secret-places.ts'
import { type Finding, fine, problem, warning } from './finding.ts'

export interface FilesInput {
  readonly config: Pick<Config, 'keys'>
  readonly configPath: string
  /** Of each file of the configuration, by its absolute path. */
  readonly places: ReadonlyMap<string, SecretPlaces>
  /** Of SQLite. */
  readonly databasePath: string | undefined
  /** Otherwise that of this process. */
  readonly platform?: NodeJS.Platform
}

interface Private {
  readonly what: string
  readonly path: string
}

export function checkFiles(input: FilesInput): readonly Finding[] {
  // There the folders' access lists decide, which mode bits say nothing of.
  if ((input.platform ?? process.platform) === 'win32') return [fine('file modes mean nothing on Windows')]
  const files = privateFiles(input)
  const findings = [...files.flatMap(readersOf), ...changeableFolders(files)]
  const written = [...input.places].flatMap(([path, places]) => namesIn(input, path, places))
  if (written.length > 0) {
    findings.push(
      warning(
        `the configuration holds secrets itself: ${listed(written)}`,
        'Whoever sees the file, its backups or its history in git has them. Take them from files (…_file) or the environment, or write client_secret_hash alone (countersign secret).',
      ),
    )
  }
  return findings.length > 0
    ? findings
    : [fine(`${counted(files.length, 'file')} with secrets, readable by nobody else`)]
}

/** Of a file of clients.d/ with the name of that. */
function namesIn({ configPath }: FilesInput, path: string, { written }: SecretPlaces): readonly string[] {
  if (path === resolve(configPath)) return written
  return written.map((name) => `${name} in ${relative(dirname(resolve(configPath)), path)}`)
}

function privateFiles({ config, configPath, places, databasePath }: FilesInput): readonly Private[] {
  const folder = dirname(resolve(configPath))
  const { sealingKey } = config.keys
  const database = databasePath === undefined ? [] : databaseFiles(databasePath)
  return [
    ...[...places]
      .filter(([, { written }]) => written.length > 0)
      .map(([path]) => ({ what: 'the configuration, with secrets in it,', path })),
    ...[...places.values()]
      .flatMap(({ files }) => files)
      .map(({ at, name }) => ({ what: at, path: resolve(folder, name) })),
    ...(sealingKey.kind === 'file' ? [{ what: 'the sealing key', path: resolve(sealingKey.path) }] : []),
    ...database.map((path) => ({ what: 'the database, with password hashes in it,', path })),
  ]
}

/** With what SQLite writes beside it, and the copies that were made before migrations. */
function databaseFiles(path: string): readonly string[] {
  try {
    return readdirSync(dirname(path))
      .filter((name) => name.startsWith(basename(path)))
      .map((name) => join(dirname(path), name))
  } catch {
    return []
  }
}

function readersOf({ what, path }: Private): Finding[] {
  const status = statusOf(path)
  // That it is missing is for others to say.
  if (status === undefined) return []
  const mode = status.mode & 0o777
  const shown = mode.toString(8).padStart(4, '0')
  const todo = `Run: chmod 600 ${quoted(path)}`
  if ((mode & 0o002) !== 0) return [problem(`${what} can be changed by everybody (${path}, mode ${shown})`, todo)]
  if ((mode & 0o004) !== 0 && !isBehindClosedFolder(path)) {
    return [problem(`${what} can be read by everybody on this machine (${path}, mode ${shown})`, todo)]
  }
  if ((mode & 0o020) !== 0) return [warning(`${what} can be changed by its group (${path}, mode ${shown})`, todo)]
  return []
}

/** Whoever may change the folder can put another file in its place. */
function changeableFolders(files: readonly Private[]): Finding[] {
  const folders = new Set(files.filter(({ path }) => statusOf(path) !== undefined).map(({ path }) => dirname(path)))
  return [...folders].flatMap((folder) => {
    const mode = statusOf(folder)?.mode ?? 0
    const isOpen = (mode & 0o002) !== 0 && (mode & 0o1000) === 0
    if (!isOpen) return []
    const found = `everybody on this machine can put other files in place of those in ${folder}`
    return [problem(found, `Run: chmod o-w ${quoted(folder)}`)]
  })
}

/** Nobody else gets to a file in a folder that only its owner or group may enter. */
function isBehindClosedFolder(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const status = statusOf(folder)
    if (status !== undefined && (status.mode & 0o001) === 0) return true
    if (folder === dirname(folder)) return false
  }
}

function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? statSync(path) : lstatSync(path)
  } catch {
    return undefined
  }
}

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`

function listed(names: readonly string[]): string {
  const more = names.length - 6
  return more > 0 ? `${names.slice(0, 6).join(', ')} and ${more} more` : names.join(', ')
}
