/** `countersign account import`: many accounts from JSON lines; all of them, or none while one line is faulty. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type ImportedAccount, parseImportLine } from '../../accounts/account-import.ts'
import { passwordHasher } from '../../accounts/authenticators/password.ts'
import { conflictingAccount } from '../../accounts/new-account.ts'
import type { Account } from '../../storage/storage.ts'
import { CommandError, type Terminal } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import { type AccountStorage, type Opened, readOptions, type Subcommand, withStorage } from './subcommand.ts'

const OPTIONS = { ...CONFIG_OPTION, 'skip-faulty': { type: 'boolean' } } as const

interface Line extends ImportedAccount {
  readonly number: number
}

interface LineFault {
  readonly number: number
  readonly fault: string
}

export const importAccounts: Subcommand = (args, context) => {
  const { values, positionals } = readOptions(args, OPTIONS, ['the file (- for standard input)'])
  const { terminal } = context
  return withStorage(context, values.config, async (opened) => {
    const read = await readLines(terminal, opened, positionals[0] ?? '-')
    const conflicts = await findConflicts(opened.storage, read.lines)
    const faults = [...read.faults, ...conflicts].toSorted((a, b) => a.number - b.number)
    reportFaults(terminal, faults)
    const faulty = new Set(faults.map(({ number }) => number))
    if (faulty.size > 0 && !values['skip-faulty']) {
      throw new CommandError(`nothing was imported: ${faulty.size} of ${read.count} lines are faulty`)
    }
    const good = read.lines.filter(({ number }) => !faulty.has(number))
    const taken = await insertAll(terminal, opened, good)
    reportFaults(terminal, taken)
    const count = good.length - taken.length
    if (count > 0) await opened.record({ kind: 'accounts_imported', count })
    terminal.stdout.write(`Imported ${count} of ${read.count} accounts.\n`)
    return taken.length > 0 ? 1 : 0
  })
}

function reportFaults({ stderr }: Terminal, faults: readonly LineFault[]): void {
  for (const { number, fault } of faults) stderr.write(`line ${number}: ${fault}\n`)
}

async function readLines(terminal: Terminal, { config }: Opened, path: string) {
  const parsing = { now: terminal.clock.now(), random: terminal.random, memoryKib: config.passwordHashing.memoryKib }
  const lines: Line[] = []
  const faults: LineFault[] = []
  let number = 0
  let count = 0
  for await (const text of textLines(terminal, path)) {
    number++
    if (text.trim() === '') continue
    count++
    const parsed = parseImportLine(text, parsing)
    if ('faults' in parsed) for (const fault of parsed.faults) faults.push({ number, fault })
    else lines.push({ ...parsed, number })
  }
  return { lines, faults, count }
}

/** Throws CommandError when the file cannot be read. */
async function* textLines({ stdin }: Terminal, path: string): AsyncGenerator<string> {
  const input = path === '-' ? stdin : createReadStream(path)
  let isFirst = true
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      yield isFirst ? line.replace(/^\uFEFF/, '') : line
      isFirst = false
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new CommandError(`the file cannot be read: ${code}`)
  }
}

/** What is taken already, in the database or by an earlier line. */
async function findConflicts(storage: AccountStorage, lines: readonly Line[]): Promise<readonly LineFault[]> {
  const faults: LineFault[] = []
  const usernames = new Map<string, number>()
  const emails = new Map<string, number>()
  for (const { account, number } of lines) {
    const conflict = await conflictingAccount(storage.accounts, account)
    const fault = conflict?.reason ?? conflictInFile(account, usernames, emails)
    if (fault !== undefined) faults.push({ number, fault })
    else {
      usernames.set(account.usernameKey, number)
      if (account.emailKey !== undefined) emails.set(account.emailKey, number)
    }
  }
  return faults
}

function conflictInFile(
  { usernameKey, emailKey }: Account,
  usernames: ReadonlyMap<string, number>,
  emails: ReadonlyMap<string, number>,
): string | undefined {
  const same = usernames.get(usernameKey)
  if (same !== undefined) return `username is the same as in line ${same}`
  const addressee = emails.get(usernameKey)
  if (addressee !== undefined) return `username is the e-mail address in line ${addressee}`
  const namesake = emailKey === undefined ? undefined : usernames.get(emailKey)
  return namesake === undefined ? undefined : `email is the user name in line ${namesake}`
}

/** First every password is hashed, which takes long, then the accounts go in, which does not: stopped early, none is there. */
async function insertAll(
  terminal: Terminal,
  { config, storage }: Opened,
  lines: readonly Line[],
): Promise<LineFault[]> {
  const { concurrency } = config.passwordHashing
  const hasher = passwordHasher(config.passwordHashing, terminal)
  const accounts: { number: number; account: Account }[] = []
  for (let from = 0; from < lines.length; from += concurrency) {
    const batch = lines.slice(from, from + concurrency)
    const hashed = batch.map(async ({ account, number, password }) => ({
      number,
      account: password === undefined ? account : { ...account, passwordHash: await hasher.hash(password) },
    }))
    accounts.push(...(await Promise.all(hashed)))
  }
  const taken: LineFault[] = []
  for (const { account, number } of accounts) {
    if (!(await storage.accounts.insert(account))) taken.push({ number, fault: 'username is taken' })
  }
  return taken
}
