/** `countersign account verify|unverify`: the operator vouches for an e-mail address, or doubts it. */
import { doubtAddress, proveAddress } from '../../accounts/proven-address.ts'
import { CommandError } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import { getAccount, goneError, readOptions, type Subcommand, withStorage } from './subcommand.ts'

export const verify: Subcommand = (args, context) => {
  const { values, positionals } = readOptions(args, CONFIG_OPTION, ['the user name or sub'])
  const { terminal } = context
  return withStorage(context, values.config, async ({ storage, record }) => {
    const account = await getAccount(storage, positionals[0] ?? '')
    const { username, claims } = account
    if (claims.email === undefined) throw new CommandError(`${username} has no e-mail address`)
    if (claims.email_verified === true) throw new CommandError(`${claims.email} of ${username} is verified already`)
    const change = await proveAddress(storage.accounts, { account, address: claims.email }, terminal.clock.now())
    if (change === 'address_taken') {
      throw new CommandError(
        `nothing was changed: another account has ${claims.email}, verified or as its user name (countersign account list ` +
          'shows which; countersign account unverify takes it from that one)',
      )
    }
    if (change === 'changed') throw goneError()
    await record({ kind: 'email_verified', accountId: account.id })
    terminal.stdout.write(
      `${claims.email} is verified: ${username} can sign in by it, and gets mails there, also for a new password.\n`,
    )
    return 0
  })
}

export const unverify: Subcommand = (args, context) => {
  const { values, positionals } = readOptions(args, CONFIG_OPTION, ['the user name or sub'])
  const { terminal } = context
  return withStorage(context, values.config, async ({ storage, record }) => {
    const account = await getAccount(storage, positionals[0] ?? '')
    const { username, claims } = account
    if (claims.email === undefined) throw new CommandError(`${username} has no e-mail address`)
    if (claims.email_verified !== true) throw new CommandError(`${claims.email} of ${username} is not verified`)
    if (!(await doubtAddress(storage.accounts, account, terminal.clock.now()))) throw goneError()
    await record({ kind: 'email_unverified', accountId: account.id })
    terminal.stdout.write(
      `${claims.email} is not verified any more: nobody signs in by it, and ${username} gets no mails there but to confirm it.\n`,
    )
    return 0
  })
}
