/** Notices that the files of a configuration have changed. */
import { createHash } from 'node:crypto'
import { type BigIntStats, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CLIENT_FILES, clientFiles } from './client-files.ts'
import type { Environment } from './environment.ts'
import { type LoadedConfig, loadConfig } from './load.ts'
import { type ReadFile, readFileUpTo, reasonOf } from './read-file.ts'

/** A configuration as it was loaded, and what its files looked like when they were read. */
export interface Reading {
  readonly loaded: LoadedConfig
  readonly print: string
}

export interface ConfigFiles {
  readonly path: string
  /** Reads it all anew; once more when somebody changed a file meanwhile: it is to be one state of them, not half of two. */
  load(): Reading
  /**
   * What the files look like, those that were missing too: alike as long as nobody has changed one. Links are followed,
   * so that the swap of a mounted ConfigMap and an editor's rename are changes as well. A few microseconds a file.
   */
  print(): string
}

/** Whoever changes the files all the time is not waited for: the next look finds the last change. */
const MOST_READS = 3

/** @param path of the configuration file; the others are found by what was read last */
export function configFiles(path: string, env: Environment, readFile: ReadFile = readFileUpTo): ConfigFiles {
  const [main, directory] = [resolve(path), dirname(resolve(path))]
  const looks = openLooks(readFile)
  let files: readonly string[] = [main]

  function read(): Reading {
    const seen = new Map([main, join(directory, CLIENT_FILES)].map((file) => [file, looks.at(file)]))
    const recording: ReadFile = (name, limit) => {
      const file = resolve(name)
      // Before it is read: a change in between is seen at the next look.
      if (!seen.has(file)) seen.set(file, looks.at(file))
      return readFile(name, limit)
    }
    const loaded = loadConfig(path, { env, readFile: recording })
    files = [...seen.keys()]
    looks.forgetAllBut(seen)
    return { loaded, print: printed(seen) }
  }

  const print = (): string =>
    printed(new Map([...files, ...clientFiles(directory)].map((file) => [file, looks.at(file)])))
  return {
    path,
    print,
    load() {
      for (let reads = 1; ; reads++) {
        const reading = read()
        if (reads === MOST_READS || print() === reading.print) return reading
      }
    },
  }
}

const printed = (seen: ReadonlyMap<string, string>): string =>
  [...seen]
    .map(([path, look]) => `${path} ${look}`)
    .toSorted()
    .join('\n')

const LARGEST = 4 * 1024 * 1024
/** The times of some file systems count in steps of two seconds; a look comes every second. */
const BELIEVES_TIMES_AFTER = 5

/**
 * What files look like. Two changes in one step of a file system's clock give a file the same times, and perhaps the
 * same size: so what is in it is looked at, too, until its times are old enough to tell.
 */
function openLooks(readFile: ReadFile) {
  const known = new Map<string, { readonly stat: string; readonly content: string; readonly looks: number }>()
  return {
    at(path: string): string {
      const stat = statOf(path)
      if (typeof stat === 'string') {
        known.delete(path)
        return stat
      }
      // The time of the last change of anything: of the mode, too, or when the other time was set back.
      const words = `${stat.dev} ${stat.ino} ${stat.mode} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`
      // What a pipe gives is gone when it was read.
      if (!stat.isFile()) return words
      const before = known.get(path)
      const isAsBefore = before?.stat === words
      if (isAsBefore && before.looks >= BELIEVES_TIMES_AFTER) return `${words} ${before.content}`
      const { content, isRead } = contentOf(path, readFile)
      // One that cannot be read is tried at each look: what was in the way may go without a trace.
      const looks = isRead && isAsBefore && before.content === content ? before.looks + 1 : 0
      known.set(path, { stat: words, content, looks })
      return `${words} ${content}`
    },
    forgetAllBut(paths: ReadonlyMap<string, unknown>): void {
      for (const path of known.keys()) if (!paths.has(path)) known.delete(path)
    },
  }
}

/** Or why there is none: its folder lets nobody in, say, or links go round in circles; reading it says so. */
function statOf(path: string): BigIntStats | string {
  try {
    return statSync(path, { throwIfNoEntry: false, bigint: true }) ?? 'is not there'
  } catch (error) {
    return reasonOf(error)
  }
}

function contentOf(path: string, readFile: ReadFile): { content: string; isRead: boolean } {
  try {
    const content = createHash('sha256').update(readFile(path, LARGEST)).digest('base64url')
    return { content, isRead: true }
  } catch (error) {
    return { content: reasonOf(error), isRead: false }
  }
}
