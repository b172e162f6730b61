/** `countersign account unlink`: a provider signs nobody in to an account any more. */
import { CommandError } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import { confirm } from './confirm.ts'
import { getAccount, readOptions, type Subcommand, withStorage } from './subcommand.ts'

export const unlink: Subcommand = (args, context) => {
  const options = { ...CONFIG_OPTION, yes: { type: 'boolean', short: 'y' } } as const
  const { values, positionals } = readOptions(args, options, ['the user name or sub', 'the provider'])
  const [who = '', provider = ''] = positionals
  return withStorage(context, values.config, async ({ config, storage, record, tell }) => {
    const account = await getAccount(storage, who)
    const issuer = config.upstream.find(({ id }) => id === provider)?.issuer ?? provider
    const linked = await storage.upstreamIdentities.ofAccount(account.id)
    const those = linked.filter((identity) => identity.issuer === issuer)
    if (those.length === 0) {
      const known = linked.map(({ issuer: one }) => config.upstream.find((each) => each.issuer === one)?.id ?? one)
      const others = known.length === 0 ? 'to no provider' : `to ${[...new Set(known)].join(', ')}`
      throw new CommandError(`${account.username} is not linked to that provider, but ${others}`)
    }
    const question = `Unlink ${provider} from ${account.username}? Who has no other way to sign in can’t any more.`
    if (!values.yes && !(await confirm(context.terminal, question))) throw new CommandError('nothing was unlinked')
    for (const { id } of those) {
      if (!(await storage.upstreamIdentities.unlink(id, account.id))) continue
      const event = { kind: 'upstream_unlinked', accountId: account.id, provider } as const
      await record(event)
      await tell(event, account)
    }
    context.terminal.stdout.write(
      `${provider} signs nobody in to ${account.username} any more. Sessions go on: countersign account sign-out ends them.\n`,
    )
    return 0
  })
}
