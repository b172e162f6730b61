/** `countersign account passkey …`: what passkeys an account has, and taking away one that is lost. */
import { passkeyLabel, removePasskey } from '../../accounts/passkeys.ts'
import type { Passkey } from '../../storage/storage.ts'
import { CommandError, UsageError } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import { formatTable, toIso } from '../table.ts'
import { confirm } from './confirm.ts'
import { getAccount, readOptions, type Subcommand, withStorage } from './subcommand.ts'

export const passkey: Subcommand = (args, context) => {
  const [verb, ...rest] = args
  if (verb === 'list') return list(rest, context)
  if (verb === 'remove') return remove(rest, context)
  throw new UsageError('account passkey wants list or remove')
}

const list: Subcommand = (args, context) => {
  const options = { ...CONFIG_OPTION, json: { type: 'boolean' } } as const
  const { values, positionals } = readOptions(args, options, ['the user name or sub'])
  return withStorage(context, values.config, async ({ storage }) => {
    const account = await getAccount(storage, positionals[0] ?? '')
    const passkeys = await storage.passkeys.ofAccount(account.id)
    const { stdout } = context.terminal
    if (values.json) stdout.write(`${JSON.stringify(passkeys.map(passkeyJson), null, 2)}\n`)
    else if (passkeys.length === 0) stdout.write(`${account.username} has no passkeys.\n`)
    else stdout.write(formatTable([HEADINGS, ...passkeys.map(rowOf)]))
    return 0
  })
}

const HEADINGS = ['PASSKEY', 'NAME', 'SYNCED', 'CREATED', 'LAST USED']

const rowOf = (one: Passkey): readonly string[] => [
  passkeyLabel(one),
  one.name,
  one.isBackupEligible ? 'yes' : 'no',
  toIso(one.createdAt),
  toIso(one.lastUsedAt),
]

const passkeyJson = (one: Passkey) => ({
  passkey: passkeyLabel(one),
  name: one.name,
  aaguid: one.aaguid,
  synced: one.isBackupEligible,
  backed_up: one.isBackedUp,
  transports: one.transports,
  created_at: toIso(one.createdAt),
  last_used_at: one.lastUsedAt === undefined ? null : toIso(one.lastUsedAt),
})

const remove: Subcommand = (args, context) => {
  const options = { ...CONFIG_OPTION, yes: { type: 'boolean', short: 'y' } } as const
  const { values, positionals } = readOptions(args, options, ['the user name or sub', 'the passkey'])
  const [name = '', label = ''] = positionals
  const { terminal } = context
  return withStorage(context, values.config, async ({ storage, record }) => {
    const account = await getAccount(storage, name)
    const found = (await storage.passkeys.ofAccount(account.id)).find((one) => passkeyLabel(one) === label)
    if (found === undefined) {
      throw new CommandError(`${account.username} has no such passkey (countersign account passkey list)`)
    }
    const question = `Take the passkey “${found.name}” of ${account.username} away? Be sure that it is them who asks.`
    if (!values.yes && !(await confirm(terminal, question))) throw new CommandError('nothing was removed')
    const removed = await removePasskey({ storage, clock: terminal.clock }, { account, id: found.id, byForce: true })
    if (removed !== 'removed') throw new CommandError('it was removed meanwhile')
    await record({ kind: 'passkey_removed', accountId: account.id, passkey: label })
    terminal.stdout.write(
      `The passkey no longer signs ${account.username} in. Whoever is signed in by it stays so: account sign-out ends that.\n`,
    )
    return 0
  })
}
