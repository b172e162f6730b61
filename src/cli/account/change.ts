/** `countersign account set-password|sign-out|disable|enable|remove`: changes to one account; all but enable end its sessions. */

import {
  type CutOff,
  changePassword,
  disableAccount,
  removeAccount,
  signOutEverywhere,
} from '../../accounts/account-changes.ts'
import { counted } from '../../base/counted.ts'
import { CommandError } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import { newPasswordHash } from './add.ts'
import { confirm } from './confirm.ts'
import { getAccount, goneError, readOptions, type Subcommand, withStorage } from './subcommand.ts'

export const setPassword: Subcommand = (args, context) => {
  const options = { ...CONFIG_OPTION, 'password-stdin': { type: 'boolean' } } as const
  const { values, positionals } = readOptions(args, options, ['the user name or sub'])
  const { terminal } = context
  return withStorage(context, values.config, async (opened) => {
    const account = await getAccount(opened.storage, positionals[0] ?? '')
    const passwordHash = await newPasswordHash(terminal, opened, account)
    const change = { accountId: account.id, passwordHash }
    const ended = await changePassword(opened.storage, change, terminal.clock.now())
    if (!ended) throw goneError()
    const event = { kind: 'password_changed', accountId: account.id, ...ended } as const
    await opened.record(event)
    await opened.tell(event, account)
    terminal.stdout.write(`${account.username} has a new password; ${describe(ended)}.\n`)
    return 0
  })
}

export const signOut: Subcommand = (args, context) => {
  const { values, positionals } = readOptions(args, CONFIG_OPTION, ['the user name or sub'])
  const { terminal } = context
  return withStorage(context, values.config, async ({ storage, record }) => {
    const account = await getAccount(storage, positionals[0] ?? '')
    const ended = await signOutEverywhere(storage, account.id, terminal.clock.now())
    await record({ kind: 'signed_out_everywhere', accountId: account.id, ...ended })
    terminal.stdout.write(`${account.username} is signed out everywhere; ${describe(ended)}.\n`)
    return 0
  })
}

export const disable: Subcommand = (args, context) => {
  const { values, positionals } = readOptions(args, CONFIG_OPTION, ['the user name or sub'])
  const { terminal } = context
  return withStorage(context, values.config, async ({ storage, record }) => {
    const account = await getAccount(storage, positionals[0] ?? '')
    const ended = await disableAccount(storage, account.id, terminal.clock.now())
    if (!ended) throw goneError()
    await record({ kind: 'account_disabled', accountId: account.id, ...ended })
    terminal.stdout.write(`${account.username} is disabled; ${describe(ended)}.\n`)
    return 0
  })
}

export const enable: Subcommand = (args, context) => {
  const { values, positionals } = readOptions(args, CONFIG_OPTION, ['the user name or sub'])
  const { terminal } = context
  return withStorage(context, values.config, async ({ storage, record }) => {
    const account = await getAccount(storage, positionals[0] ?? '')
    const isChanged = await storage.accounts.setDisabled(account.id, undefined, terminal.clock.now())
    if (!isChanged) throw goneError()
    await record({ kind: 'account_enabled', accountId: account.id })
    terminal.stdout.write(`${account.username} is enabled.\n`)
    return 0
  })
}

export const remove: Subcommand = (args, context) => {
  const options = { ...CONFIG_OPTION, yes: { type: 'boolean', short: 'y' } } as const
  const { values, positionals } = readOptions(args, options, ['the user name or sub'])
  const { terminal } = context
  return withStorage(context, values.config, async ({ storage, record, tell }) => {
    const account = await getAccount(storage, positionals[0] ?? '')
    const question = `Remove ${account.username} for good? Apps will not know this person again.`
    if (!values.yes && !(await confirm(terminal, question))) throw new CommandError('nothing was removed')
    const ended = await removeAccount(storage, account.id, terminal.clock.now())
    if (!ended) throw goneError()
    const event = { kind: 'account_removed', accountId: account.id, ...ended } as const
    await record(event)
    await tell(event, account)
    terminal.stdout.write(`${account.username} is removed; ${describe(ended)}.\n`)
    return 0
  })
}

const describe = ({ sessions, grants }: CutOff): string =>
  `${counted(sessions, 'session')} ended, ${counted(grants, 'grant')} revoked`
