/** Loads configurations that are texts, with the files that they name in memory. */
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import type { Config } from '../../src/config/config.ts'
import type { Environment } from '../../src/config/environment.ts'
import { type Fault, formatFaults } from '../../src/config/fault.ts'
import { loadConfig } from '../../src/config/load.ts'

export interface Given {
  readonly env?: Environment
  /** By path, relative to the configuration file. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
}

export const DIRECTORY = '/etc/countersign'
export const SECRET = 'a-secret-that-is-long-enough-to-be-one-0'

/** What loading `text` gives. */
export function load(text: string | Uint8Array, { env = {}, files = {} }: Given = {}) {
  const readFile = (path: string) => {
    if (path === `${DIRECTORY}/countersign.yaml`) return Buffer.from(text)
    const name = Object.keys(files).find((one) => resolve(DIRECTORY, one) === path)
    if (name === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
    return Buffer.from(files[name] ?? '')
  }
  return loadConfig(`${DIRECTORY}/countersign.yaml`, { env, readFile })
}

/** The configuration that `text` makes; fails with its faults when there are any. */
export function configOf(text: string, given?: Given): Config {
  const loaded = load(text, given)
  assert.ok('config' in loaded, 'faults' in loaded ? formatFaults(loaded.faults) : '')
  return loaded.config
}

/** The faults of `text`; fails when there are none. */
export function faultsOf(text: string | Uint8Array, given?: Given): readonly Fault[] {
  const loaded = load(text, given)
  assert.ok('faults' in loaded, 'it was loaded without a fault')
  return loaded.faults
}

export function warningsOf(text: string, given?: Given): readonly Fault[] {
  const loaded = load(text, given)
  assert.ok('config' in loaded, 'faults' in loaded ? formatFaults(loaded.faults) : '')
  return loaded.warnings
}

const MARK = '▶'

/** `text` without its marks, and the line and column of each. */
export function unmark(text: string): { text: string; positions: readonly string[] } {
  const positions: string[] = []
  const lines = text.split('\n').map((line, index) => {
    let rest = line
    for (let at = rest.indexOf(MARK); at >= 0; at = rest.indexOf(MARK)) {
      positions.push(`${index + 1}:${at + 1}`)
      rest = rest.replace(MARK, '')
    }
    return rest
  })
  return { text: lines.join('\n'), positions }
}

/** One rule broken: `▶` stands where the fault must be reported. */
export interface Broken extends Given {
  readonly rule: string
  readonly text: string
  /** The key path of the fault. */
  readonly path: string
  /** What the fault must say, of everything that is printed. */
  readonly says: RegExp
}

/** Loads it and asserts that exactly the marked fault is reported, with these words. */
export function assertBroken({ text: marked, path, says, ...given }: Broken): void {
  const { text, positions } = unmark(marked)
  const faults = faultsOf(text, given)
  const printed = formatFaults(faults)
  assert.deepEqual(
    faults.map(({ line, column }) => `${line}:${column}`),
    positions,
    printed,
  )
  assert.deepEqual(
    faults.map((fault) => fault.path),
    positions.map(() => path),
    printed,
  )
  assert.match(printed, says)
}

/** A whole file with one client, whose entry begins with these lines. */
export const withClient = (...lines: readonly string[]): string =>
  ['issuer: https://sso.example', 'clients:', `  - ${lines.join('\n    ')}`, ''].join('\n')

/** The lines of a faultless confidential client. */
export const CONFIDENTIAL = ['client_id: wiki', 'redirect_uris: [https://wiki.example/cb]', `client_secret: ${SECRET}`]
/** The lines of a faultless public client. */
export const PUBLIC = ['client_id: app', 'redirect_uris: [https://app.example/cb]', 'token_endpoint_auth_method: none']
