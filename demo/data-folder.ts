/** demo/data/: everything that belongs to this machine. Made at the first run, used again by the next ones. */
import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEFAULT_ISSUER_PORT } from './apps.ts'

export interface DemoAccount {
  readonly username: string
  readonly password: string
  readonly name: string
  readonly given_name: string
  readonly family_name: string
  readonly email: string
  readonly email_verified: boolean
  readonly groups: readonly string[]
}

export interface DataFolder {
  readonly path: string
  readonly configPath: string
  readonly accountsPath: string
  readonly logPath: string
  readonly accounts: readonly DemoAccount[]
  /** Whether an earlier run has put the accounts into the database. */
  readonly isSeeded: boolean
  markSeeded(): void
  secretOf(clientId: string): string | undefined
  sessionsPathOf(clientId: string): string
}

const TEMPLATE = fileURLToPath(new URL('./countersign.yaml', import.meta.url))

export function prepareDataFolder(path: string, issuerPort: number): DataFolder {
  const within = (name: string): string => join(path, name)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  for (const client of ['wiki', 'shop'])
    writeOnce(within(`${client}.secret`), () => randomBytes(32).toString('base64url'))
  writeOnce(within('accounts.jsonl'), () => newAccounts().map(toLine).join(''))
  writeFileSync(within('countersign.yaml'), configFor(issuerPort))
  return {
    path,
    configPath: within('countersign.yaml'),
    accountsPath: within('accounts.jsonl'),
    logPath: within('countersign.log'),
    accounts: readFileSync(within('accounts.jsonl'), 'utf8').trimEnd().split('\n').map(fromLine),
    isSeeded: existsSync(within('seeded')) && existsSync(within('countersign.db')),
    markSeeded: () => writeFileSync(within('seeded'), 'The accounts of accounts.jsonl are in the database.\n'),
    secretOf: (clientId) =>
      existsSync(within(`${clientId}.secret`)) ? readFileSync(within(`${clientId}.secret`), 'utf8') : undefined,
    sessionsPathOf: (clientId) => within(`${clientId}.sessions.json`),
  }
}

/** For this machine's eyes only, and never written twice: what it protects would be lost. */
function writeOnce(path: string, contents: () => string): void {
  if (!existsSync(path)) writeFileSync(path, contents(), { mode: 0o600, flag: 'wx' })
}

/** The committed template; its four ports follow when Countersign is moved to another one. */
const configFor = (issuerPort: number): string =>
  readFileSync(TEMPLATE, 'utf8').replace(/\b940[0-3]\b/g, (port) =>
    String(Number(port) - DEFAULT_ISSUER_PORT + issuerPort),
  )

/** The format of `countersign account import`. */
const toLine = (account: DemoAccount): string => `${JSON.stringify(account)}\n`
const fromLine = (line: string): DemoAccount => JSON.parse(line)

const newAccounts = (): readonly DemoAccount[] => [
  account('Alice', 'Adams', ['staff', 'editors']),
  account('Bob', 'Brown', ['staff']),
]

const account = (given: string, family: string, groups: readonly string[]): DemoAccount => ({
  username: given.toLowerCase(),
  password: newPassword(),
  name: `${given} ${family}`,
  given_name: given,
  family_name: family,
  email: `${given.toLowerCase()}@example.com`,
  email_verified: true,
  groups,
})

/** Three words of four letters that are easy to read and to type: 54 bits. */
function newPassword(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz'
  const word = (): string => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')
  return `${word()}-${word()}-${word()}`
}
