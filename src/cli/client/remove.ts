/** `countersign client remove`: takes out a client that registered itself. */
import { confirm } from '../account/confirm.ts'
import { CommandError } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import { readWords, type Subcommand, withOpened } from './subcommand.ts'

const OPTIONS = { ...CONFIG_OPTION, yes: { type: 'boolean', short: 'y' } } as const

export const remove: Subcommand = (args, context) => {
  const { values, positionals } = readWords(args, OPTIONS, ['the client_id'])
  const id = positionals[0] ?? ''
  return withOpened(context, values.config, async ({ config, storage, record }) => {
    if (config.clients.some((listed) => listed.id === id)) {
      throw new CommandError('this client is in the configuration file: take its entry out there')
    }
    const found = await storage.registeredClients.find(id)
    if (found === undefined) throw new CommandError('no client with this id has registered (countersign client list)')
    const question = `Remove ${id} for good? Nobody can sign in to it any more.`
    if (!values.yes && !(await confirm(context.terminal, question))) throw new CommandError('nothing was removed')
    if (!(await storage.registeredClients.remove(id))) throw new CommandError('the client was removed meanwhile')
    await record({ kind: 'client_removed', clientId: id })
    context.terminal.stdout.write(`${id} is removed; its tokens are refused.\n`)
    return 0
  })
}
