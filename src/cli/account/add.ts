/** `countersign account add`: one account, with its claims from options and its password from the terminal. */

import { readClaimText } from '../../accounts/account-claims.ts'
import { passwordHasher } from '../../accounts/authenticators/password.ts'
import { isBreached } from '../../accounts/breach-check.ts'
import { conflictingAccount, newAccount } from '../../accounts/new-account.ts'
import { passwordFault } from '../../accounts/password-rules.ts'
import type { Account } from '../../storage/storage.ts'
import { CommandError, type Terminal, UsageError } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import { readPassword } from './read-password.ts'
import { type Opened, readOptions, type Subcommand, withStorage } from './subcommand.ts'

/** Options that are a claim each; the rest comes with --claim. */
const TEXT_CLAIMS: Readonly<Record<string, string>> = {
  name: 'name',
  'given-name': 'given_name',
  'family-name': 'family_name',
  email: 'email',
  phone: 'phone_number',
}

const OPTIONS = {
  ...CONFIG_OPTION,
  name: { type: 'string' },
  'given-name': { type: 'string' },
  'family-name': { type: 'string' },
  email: { type: 'string' },
  'email-verified': { type: 'boolean' },
  phone: { type: 'string' },
  'phone-verified': { type: 'boolean' },
  group: { type: 'string', multiple: true },
  claim: { type: 'string', multiple: true },
  disabled: { type: 'boolean' },
  'password-stdin': { type: 'boolean' },
  'no-password': { type: 'boolean' },
} as const

export const add: Subcommand = async (args, context) => {
  const { values, positionals } = readOptions(args, OPTIONS, ['the user name'])
  if (values['no-password'] && values['password-stdin']) {
    throw new UsageError('--no-password and --password-stdin contradict each other')
  }
  const { terminal } = context
  const made = newAccount(
    {
      username: positionals[0] ?? '',
      claims: readClaims(values),
      passwordHash: undefined,
      isDisabled: values.disabled === true,
    },
    { now: terminal.clock.now(), random: terminal.random },
  )
  if ('faults' in made)
    throw new CommandError(`nothing was added:\n${made.faults.map((fault) => `  ${fault}`).join('\n')}`)
  return withStorage(context, values.config, async (opened) => {
    const conflict = await conflictingAccount(opened.storage.accounts, made.account)
    if (conflict) throw new CommandError(`nothing was added: ${conflict.reason} (${conflict.account.username})`)
    const passwordHash = values['no-password'] ? undefined : await newPasswordHash(terminal, opened, made.account)
    // Asked again by the database itself: someone may have added the same name while the password was typed.
    const isInserted = await opened.storage.accounts.insert({ ...made.account, passwordHash })
    if (!isInserted) throw new CommandError('nothing was added: username is taken')
    await opened.record({ kind: 'account_added', accountId: made.account.id })
    terminal.stdout.write(`Added ${made.account.username} (sub ${made.account.id}).\n`)
    const { email, email_verified: isVerified } = made.account.claims
    if (email !== undefined && isVerified !== true) terminal.stdout.write(`${UNVERIFIED}\n`)
    return 0
  })
}

const UNVERIFIED =
  'The e-mail address is not verified, so nobody signs in by it and apps are told so: if you know that it is right, say ' +
  'countersign account verify, or --email-verified at once.'

/** Reads a new password for `account` and hashes it; throws CommandError when the rules refuse it. */
export async function newPasswordHash(
  terminal: Terminal,
  { config }: Opened,
  account: Pick<Account, 'username' | 'claims'>,
): Promise<string> {
  const password = await readPassword(terminal, `New password for ${account.username}: `)
  const context = { email: account.claims.email, installation: config.name }
  const fault = passwordFault(password, account.username, context)
  if (fault !== undefined) throw new CommandError(`the password ${fault}`)
  await refuseBreached(terminal, config, password)
  return passwordHasher(config.passwordHashing, terminal).hash(password)
}

/** Only where the configuration names somebody to ask. */
async function refuseBreached({ stderr }: Terminal, config: Opened['config'], password: string): Promise<void> {
  const { breachCheckUrl } = config.passwords
  if (breachCheckUrl === undefined) return
  const { createEgress, egressPolicy } = await import('../../egress/egress.ts')
  const log = { warn: (_fields: object, message: string): void => void stderr.write(`${message}\n`) }
  const deps = { egress: createEgress({ policy: egressPolicy(config) }), log }
  if (await isBreached(deps, breachCheckUrl, password)) throw new CommandError(`the password ${BREACHED}`)
}

const BREACHED = 'is in a list of stolen passwords: whoever guesses tries those first, so choose another one'

type Values = ReturnType<typeof readOptions<typeof OPTIONS>>['values']

/** The claims by their wire names; throws UsageError for what is not `key=value` and for a claim that is given twice. */
function readClaims(values: Values): Record<string, unknown> {
  const given: [string, unknown][] = []
  for (const [option, claim] of Object.entries(TEXT_CLAIMS)) {
    const value = values[option as keyof Values]
    if (value !== undefined) given.push([claim, value])
  }
  if (values['email-verified']) given.push(['email_verified', true])
  if (values['phone-verified']) given.push(['phone_number_verified', true])
  if (values.group) given.push(['groups', values.group])
  for (const text of values.claim ?? []) given.push(readClaim(text))
  const names = given.map(([name]) => name)
  const twice = names.find((name, position) => names.indexOf(name) !== position)
  if (twice !== undefined) throw new UsageError(`the claim ${twice} is given twice`)
  return Object.fromEntries(given)
}

function readClaim(text: string): [string, unknown] {
  const separator = text.indexOf('=')
  if (separator < 1) throw new UsageError('--claim wants KEY=VALUE')
  const name = text.slice(0, separator)
  const value = readClaimText(name, text.slice(separator + 1))
  if (value === undefined) throw new UsageError(`--claim ${name}=… wants JSON`)
  return [name, value]
}
