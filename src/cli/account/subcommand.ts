/** What a subcommand of `countersign account` is, and what all of them share: options, opening the storage, finding an account. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { isPossibleKey, usernameKey } from '../../accounts/username.ts'
import type { AuditEvent } from '../../audit/event.ts'
import type { Config } from '../../config/config.ts'
import type {
  Account,
  AccountStore,
  DeliveryStore,
  GrantStore,
  OneTimeCodeStore,
  PasskeyStore,
  RecoveryCodeStore,
  RememberedDeviceStore,
  SessionStore,
  ThrottleStore,
  TotpStore,
  UpstreamIdentityStore,
} from '../../storage/storage.ts'
import { CommandError, type Terminal, UsageError } from '../command.ts'
import type { RecordChange } from '../record.ts'

export interface AccountStorage {
  readonly accounts: AccountStore
  readonly sessions: Pick<SessionStore, 'endByAccount'>
  readonly grants: Pick<GrantStore, 'revokeByAccount'>
  readonly totps: Pick<TotpStore, 'find' | 'remove'>
  readonly passkeys: Pick<PasskeyStore, 'find' | 'ofAccount' | 'remove'>
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'count' | 'replace'>
  readonly rememberedDevices: Pick<RememberedDeviceStore, 'forgetAll'>
  readonly upstreamIdentities: Pick<UpstreamIdentityStore, 'ofAccount' | 'unlink'>
  /** Of invitations. */
  readonly oneTimeCodes: OneTimeCodeStore
  readonly deliveries: Pick<DeliveryStore, 'insert'>
  readonly throttles: Pick<ThrottleStore, 'fill' | 'takeBack'>
}

export interface Opened {
  readonly config: Pick<
    Config,
    | 'passwordHashing'
    | 'passwords'
    | 'egress'
    | 'issuer'
    | 'name'
    | 'clients'
    | 'keys'
    | 'languages'
    | 'mail'
    | 'signUp'
    | 'throttling'
    | 'upstream'
  >
  readonly storage: AccountStorage
  readonly record: RecordChange
  /** By mail, as far as mails are sent. `account`: as it was before. */
  tell(event: AuditEvent, account: Account): Promise<void>
  close(): Promise<void>
}

export interface AccountContext {
  readonly terminal: Terminal
  /** `configPath`: the option `--config`, as far as it was given. */
  open(configPath: string | undefined): Promise<Opened>
}

/** `args` are the words after the subcommand's name; gives the exit status. */
export type Subcommand = (args: readonly string[], context: AccountContext) => Promise<number>

/** Options that someone may try to put a password into. */
const PASSWORD_OPTION = /^-(?:p|-(?:pass(?:word|wd|phrase)?|pwd?|secret)(?:=|$))/i

/**
 * Reads the options, and exactly as many other words as `words` names. Throws UsageError; a stray word is not repeated,
 * for it may be a password, which no argument ever is: arguments are in the shell's history and in the process list.
 */
export function readOptions<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  words: readonly string[],
) {
  const parsed = readWords(args, options)
  if (parsed.positionals.length < words.length) {
    throw new UsageError(`${words.slice(parsed.positionals.length).join(' and ')} is missing`)
  }
  if (parsed.positionals.length > words.length) {
    throw new UsageError('there is a word too many (a password is never an argument)')
  }
  return parsed
}

/** The same for any number of other words. */
export function readWords<const Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  const { before, subs, after } = apart(args, options)
  if ([...before, ...after].some((arg) => PASSWORD_OPTION.test(arg))) {
    throw new UsageError('a password is never an argument: it is asked for, or read from standard input')
  }
  return parseWords(subs.length + after.length === 0 ? before : [...before, '--', ...subs, ...after], options)
}

/** As they are made here; one of 64 begins with a hyphen and is no option. A stray one is not repeated, as any word. */
const HYPHENATED_SUB = /^-[\w-]{21}$/

/** `after`: what stands behind `--`. */
function apart(args: readonly string[], options: ParseArgsOptionsConfig) {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const isSub = (word: string): boolean => HYPHENATED_SUB.test(word) && !Object.hasOwn(options, word.slice(2))
  const words = args.slice(0, end)
  return { before: words.filter((word) => !isSub(word)), subs: words.filter(isSub), after: args.slice(end + 1) }
}

function parseWords<const Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    // Its first sentence says it; the second is about `--`, which nobody needs here.
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong options')
  }
}

/** Opens what the command works on, and closes it again whatever happens. */
export async function withStorage(
  context: AccountContext,
  configPath: string | undefined,
  work: (opened: Opened) => Promise<number>,
): Promise<number> {
  const opened = await context.open(configPath)
  try {
    return await work(opened)
  } finally {
    await opened.close()
  }
}

/**
 * The account with this user name, however it is spelled, or with exactly this `sub`. Throws CommandError when there is none,
 * or when these are two: nothing is done to the wrong one.
 */
export async function getAccount({ accounts }: { accounts: FindAccount }, text: string): Promise<Account> {
  const key = usernameKey(text)
  const named = isPossibleKey(key) ? await accounts.findByUsername(key) : undefined
  const bySub = isPossibleKey(text) ? await accounts.find(text) : undefined
  if (named !== undefined && bySub !== undefined && named.id !== bySub.id) throw ambiguous(named, bySub)
  const account = named ?? bySub
  if (!account) throw new CommandError('there is no account with this user name or sub (countersign account list)')
  return account
}

type FindAccount = Pick<AccountStore, 'find' | 'findByUsername'>

const ambiguous = (named: Account, bySub: Account): CommandError =>
  new CommandError(
    `that is the user name of the account with the sub ${named.id}, and the sub of ${bySub.username}: say ${named.id} or ${bySub.username}`,
  )

/** It was removed by someone else between reading and changing. */
export const goneError = (): CommandError => new CommandError('the account was removed meanwhile')
