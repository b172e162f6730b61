/** Notices that the files of a configuration have changed. */
import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CLIENT_FILES, clientFiles } from './client-files.ts'
import type { Environment } from './environment.ts'
import { type LoadedConfig, loadConfig } from './load.ts'
import { type ReadFile, readFileUpTo, reasonOf } from './read-file.ts'

/** A configuration as it was loaded, and what its files looked like just before. */
export interface Reading {
  readonly loaded: LoadedConfig
  readonly print: string
}

export interface ConfigFiles {
  readonly path: string
  /** Reads it all anew. */
  load(): Reading
  /**
   * What the files look like, those that were missing too: alike as long as nobody has changed one. Links are followed,
   * so that the swap of a mounted ConfigMap and an editor's rename are changes as well. A few microseconds a file.
   */
  print(): string
}

/** @param path of the configuration file; the others are found by what was read last */
export function configFiles(path: string, env: Environment, readFile: ReadFile = readFileUpTo): ConfigFiles {
  const directory = dirname(resolve(path))
  let files: readonly string[] = [resolve(path)]

  const print = (): string =>
    [...files, join(directory, CLIENT_FILES), ...clientFiles(directory)].map(lookOf).join('\n')
  return {
    path,
    print,
    load() {
      const read = new Set<string>([resolve(path)])
      const recording: ReadFile = (name, limit) => {
        read.add(resolve(name))
        return readFile(name, limit)
      }
      // Before reading: a change in between is seen at the next look.
      const before = print()
      const loaded = loadConfig(path, { env, readFile: recording })
      const known = files.length
      files = [...read]
      return { loaded, print: files.length === known ? before : print() }
    },
  }
}

function lookOf(path: string): string {
  try {
    const seen = statSync(path, { throwIfNoEntry: false, bigint: true })
    if (seen === undefined) return `${path} is not there`
    // The time of the last change of anything: of the mode, too, or when the other time was set back.
    return `${path} ${seen.dev} ${seen.ino} ${seen.size} ${seen.mtimeNs} ${seen.ctimeNs}`
  } catch (error) {
    // Its folder lets nobody in, or links go round in circles: reading it says so.
    return `${path} ${reasonOf(error)}`
  }
}
