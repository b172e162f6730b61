/** Where accounts come from: files of JSON lines or of another provider, read one account at a time. */
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { LineCounter, parseDocument } from 'yaml'
import { type ImportRecord, MAX_LINE_LENGTH, parseImportLine } from '../../accounts/account-import.ts'
import { groupNameFault, type KeycloakOptions, keycloakUser } from '../../accounts/moving/keycloak.ts'
import type { MovedAccount } from '../../accounts/moving/moved-account.ts'
import { autheliaSubjects, autheliaUsers, dexUsers } from '../../accounts/moving/yaml-users.ts'
import { CommandError } from '../command.ts'
import { JsonStreamError, jsonElements } from './json-elements.ts'
import { linesOf } from './lines.ts'

export const PEERS = ['keycloak', 'authelia', 'dex'] as const
export type Peer = (typeof PEERS)[number]

/** One account of a source: at its place, what it says or what is wrong with it. */
export interface Sourced {
  /** The line, or which user of the file it is. */
  readonly number: number
  readonly record: ImportRecord | undefined
  readonly fault?: string
  readonly remarks: readonly string[]
}

export interface Source {
  /** `line` or `user`: what the numbers count. */
  readonly counts: string
  /** From the beginning, each time it is called. */
  read(): AsyncGenerator<Sourced>
}

/** Users have been seen with hundreds of attributes. */
const MAX_USER_BYTES = 1024 * 1024
/** Of a YAML file, which is read as a whole. */
const MAX_YAML_BYTES = 64 * 1024 * 1024

/** Standard input comes only once: its bytes are kept, so that they can be read twice. */
export function bytesOf(path: string, stdin: AsyncIterable<Buffer | string>): () => AsyncIterable<Buffer> {
  if (path !== '-') return () => fileBytes(path)
  const kept: Buffer[] = []
  let isRead = false
  return async function* () {
    if (isRead) yield* kept
    else {
      for await (const chunk of stdin) {
        const bytes = Buffer.from(chunk)
        kept.push(bytes)
        yield bytes
      }
      isRead = true
    }
  }
}

async function* fileBytes(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) yield Buffer.from(chunk)
  } catch (error) {
    throw unreadable(error)
  }
}

function unreadable(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  return code === undefined ? error : new CommandError(`the file cannot be read: ${code}`, { cause: error })
}

export function jsonLines(bytes: () => AsyncIterable<Buffer>): Source {
  return {
    counts: 'line',
    async *read() {
      for await (const { number, text } of linesOf(bytes(), 4 * MAX_LINE_LENGTH)) {
        if (text?.trim() === '') continue
        const parsed = text === undefined ? `is longer than ${MAX_LINE_LENGTH} characters` : parseImportLine(text)
        yield typeof parsed === 'string'
          ? { number, record: undefined, fault: parsed, remarks: [] }
          : { number, record: parsed, remarks: [] }
      }
    },
  }
}

/** The whole realm in one file, or one of `REALM-users-N.json`. */
export function keycloakRealm(bytes: () => AsyncIterable<Buffer>, options: KeycloakOptions): Source {
  return {
    counts: 'user',
    async *read() {
      let number = 0
      try {
        for await (const { text } of jsonElements(bytes(), ['users', 'federatedUsers'], MAX_USER_BYTES)) {
          number++
          const user = text === undefined ? `is longer than ${MAX_USER_BYTES} bytes` : userOf(text)
          const fault = typeof user === 'string' ? user : groupNameFault(user, options)
          if (typeof user === 'string' || fault !== undefined) {
            yield { number, record: undefined, ...(fault !== undefined && { fault }), remarks: [] }
          } else yield { number, ...keycloakUser(user, options) }
        }
      } catch (error) {
        throw error instanceof JsonStreamError
          ? new CommandError(`the file is no realm export: ${error.message}`)
          : error
      }
    },
  }
}

function userOf(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : 'is not a JSON object'
  } catch {
    return 'is not JSON'
  }
}

/** @param identifiers the file that `authelia storage user identifiers export` wrote */
export function autheliaFile(path: string, identifiers: string | undefined): Source {
  return yamlUsers(async () => {
    const subs = identifiers === undefined ? new Map<string, string>() : autheliaSubjects(await readYaml(identifiers))
    return autheliaUsers(await readYaml(path), subs)
  })
}

export const dexFile = (path: string): Source => yamlUsers(async () => dexUsers(await readYaml(path)))

const yamlUsers = (load: () => Promise<readonly MovedAccount[]>): Source => ({
  counts: 'user',
  async *read() {
    let number = 0
    for (const moved of await load()) yield { number: ++number, ...moved }
  },
})

async function readYaml(path: string): Promise<unknown> {
  try {
    if ((await stat(path)).size > MAX_YAML_BYTES) throw new CommandError('the file is larger than 64 MiB')
    const lineCounter = new LineCounter()
    const document = parseDocument(await readFile(path, 'utf8'), { lineCounter })
    const [first] = document.errors
    if (first === undefined) return document.toJS({ maxAliasCount: 0 })
    const { line, col } = lineCounter.linePos(first.pos[0])
    // Its message would quote the line, which may hold a secret.
    throw new CommandError(`${path}:${line}:${col}: it is not YAML (${first.code})`)
  } catch (error) {
    throw error instanceof CommandError ? error : unreadable(error)
  }
}
