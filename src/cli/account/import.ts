/**
 * `countersign account import`: many accounts from files. Everything is read and checked first, and nothing is written while
 * something is faulty; then all of it is read again and written in portions, so that a run that was cut short is
 * taken up by running it once more (docs/decisions/0022).
 */

import { ownCost, passwordHasher } from '../../accounts/authenticators/password.ts'
import type { KeycloakOptions } from '../../accounts/moving/keycloak.ts'
import { counted } from '../../base/counted.ts'
import { CommandError, type Terminal, UsageError } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import {
  autheliaFile,
  bytesOf,
  dexFile,
  jsonLines,
  keycloakRealm,
  PEERS,
  type Peer,
  type Source,
} from '../import/sources.ts'
import { type Checked, checkAll, type ImportDeps, POLICIES, type Policy, type SourceFile } from './import-check.ts'
import { hashReport, remarkReport } from './import-report.ts'
import { writeAll } from './import-write.ts'
import { type Opened, type readOptions, readWords, type Subcommand, withStorage } from './subcommand.ts'

const OPTIONS = {
  ...CONFIG_OPTION,
  from: { type: 'string' },
  groups: { type: 'string' },
  identifiers: { type: 'string' },
  existing: { type: 'string' },
  'dry-run': { type: 'boolean' },
  'skip-faulty': { type: 'boolean' },
  'drop-unusable-hashes': { type: 'boolean' },
} as const

type Values = ReturnType<typeof readOptions<typeof OPTIONS>>['values']

export const importAccounts: Subcommand = (args, context) => {
  const { values, positionals } = readWords(args, OPTIONS)
  const files = sourceFiles(values, positionals, context.terminal)
  const policy = oneOf('--existing', values.existing ?? 'fail', POLICIES)
  return withStorage(context, values.config, async (opened) => {
    const deps = depsOf(context.terminal, opened, { ...values, policy })
    const checked = await checkAll(files, deps)
    const { faulty, read, remarks } = checked
    context.terminal.stderr.write(remarkReport(remarks))
    context.terminal.stderr.write(hashReport(checked.hashes))
    if (values['dry-run']) return tellOfDryRun(context.terminal, checked)
    if (faulty.size > 0 && !values['skip-faulty']) {
      throw new CommandError(`nothing was imported: ${faulty.size} of ${read} ${nounOf(files)} are faulty`)
    }
    const written = await writeAll(files, checked, deps)
    const count = written.imported + written.updated
    if (count > 0) await opened.record({ kind: 'accounts_imported', count })
    context.terminal.stdout.write(`${summary(written, checked, { read, wasUpdate: policy === 'update' })}\n`)
    return written.taken > 0 ? 1 : 0
  })
}

const nounOf = (files: readonly SourceFile[]): string => `${files[0]?.source.counts}s`

function summary(
  { imported, updated, unchanged, disabled }: Awaited<ReturnType<typeof writeAll>>,
  { skipped }: Checked,
  { read, wasUpdate }: { read: number; wasUpdate: boolean },
): string {
  const parts = [`Imported ${imported} of ${counted(read, 'account')}.`]
  if (skipped > 0) parts.push(`${counted(skipped, 'is', 'are')} none of a person.`)
  if (wasUpdate)
    parts.push(
      `Updated ${updated}, of which ${counted(disabled, 'is', 'are')} disabled from now on; ${counted(unchanged, 'was as it is', 'were as they are')}.`,
    )
  else if (unchanged > 0)
    parts.push(
      `${counted(unchanged, 'was there already and is as it was', 'were there already and are as they were')}.`,
    )
  return parts.join(' ')
}

function tellOfDryRun({ stdout }: Terminal, { faulty, read, existing, skipped }: Checked): number {
  const fresh = read - faulty.size - existing - skipped
  stdout.write(
    `Nothing was written. Of ${counted(read, 'account')} ${fresh} would be new, ${counted(existing, 'is', 'are')} there already, ${counted(faulty.size, 'is', 'are')} faulty.\n`,
  )
  return faulty.size > 0 ? 1 : 0
}

/** Before anything is opened, so that wrong usage is told as such. */
function sourceFiles(values: Values, paths: readonly string[], { stdin }: Terminal): readonly SourceFile[] {
  if (paths.length === 0) throw new UsageError('the file (- for standard input) is missing')
  if (paths.length > 1 && paths.includes('-')) throw new UsageError('standard input goes with no other file')
  const from = values.from === undefined ? undefined : oneOf('--from', values.from, PEERS)
  if (values.groups !== undefined && from !== 'keycloak') throw new UsageError('--groups goes with --from keycloak')
  if (values.identifiers !== undefined && from !== 'authelia') {
    throw new UsageError('--identifiers goes with --from authelia')
  }
  if (paths.includes('-') && from !== undefined && from !== 'keycloak') {
    throw new UsageError(`--from ${from} wants the name of a file`)
  }
  const groups = oneOf('--groups', values.groups ?? 'paths', ['paths', 'names'] as const)
  const keycloak = { groups, paths: new Map<string, string>() }
  const sourceOf = (path: string): Source =>
    sourceFrom(from, { path, bytes: bytesOf(path, stdin), keycloak, identifiers: values.identifiers })
  return paths.map((path) => ({ name: paths.length > 1 ? path : undefined, source: sourceOf(path) }))
}

function sourceFrom(
  from: Peer | undefined,
  of: {
    path: string
    bytes: () => AsyncIterable<Buffer>
    keycloak: KeycloakOptions
    identifiers: string | undefined
  },
): Source {
  switch (from) {
    case 'keycloak':
      return keycloakRealm(of.bytes, of.keycloak)
    case 'authelia':
      return autheliaFile(of.path, of.identifiers)
    case 'dex':
      return dexFile(of.path)
    default:
      return jsonLines(of.bytes)
  }
}

function oneOf<Word extends string>(option: string, value: string, words: readonly Word[]): Word {
  const word = words.find((one) => one === value)
  if (word === undefined) throw new UsageError(`${option} is one of ${words.join(', ')}`)
  return word
}

function depsOf(
  terminal: Terminal,
  { config, storage }: Opened,
  options: { policy: Policy; 'drop-unusable-hashes'?: boolean | undefined },
): ImportDeps {
  const hasher = passwordHasher(config.passwordHashing, terminal)
  return {
    storage,
    hasher,
    concurrency: config.passwordHashing.concurrency,
    policy: options.policy,
    clientIds: new Set(config.clients.map(({ id }) => id)),
    tell: (text) => terminal.stderr.write(`${text}\n`),
    reading: {
      now: terminal.clock.now(),
      random: terminal.random,
      memoryKib: config.passwordHashing.memoryKib,
      ownCost: ownCost(config.passwordHashing),
      dropsUnusableHashes: options['drop-unusable-hashes'] === true,
    },
  }
}
