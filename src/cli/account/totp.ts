/** `countersign account totp remove`: for who has lost the phone and the recovery codes. */
import { removeTotp } from '../../accounts/second-factor.ts'
import { CommandError, UsageError } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import { confirm } from './confirm.ts'
import { getAccount, readOptions, type Subcommand, withStorage } from './subcommand.ts'

export const totp: Subcommand = (args, context) => {
  const [verb, ...rest] = args
  if (verb !== 'remove') throw new UsageError('account totp wants remove')
  const options = { ...CONFIG_OPTION, yes: { type: 'boolean', short: 'y' } } as const
  const { values, positionals } = readOptions(rest, options, ['the user name or sub'])
  const { terminal } = context
  return withStorage(context, values.config, async ({ storage, record, tell }) => {
    const account = await getAccount(storage, positionals[0] ?? '')
    if ((await storage.totps.find(account.id)) === undefined) {
      throw new CommandError(`${account.username} has no authenticator app`)
    }
    const question = `Take the authenticator app of ${account.username} away? Be sure that it is them who asks.`
    if (!values.yes && !(await confirm(terminal, question))) throw new CommandError('nothing was removed')
    const isRemoved = await removeTotp(storage, account.id, terminal.clock.now())
    if (!isRemoved) throw new CommandError('it was removed meanwhile')
    const event = { kind: 'second_factor_removed', accountId: account.id, factor: 'totp' } as const
    await record(event)
    await tell(event, account)
    terminal.stdout.write(
      `${account.username} has no authenticator app and no recovery codes any more; the password alone is asked for, ` +
        'or where a second factor is required, a new one is set up at the next sign-in.\n',
    )
    return 0
  })
}
