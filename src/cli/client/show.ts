/** `countersign client show`: one client as it is served, or what to tell its app. */
import { CommandError } from '../command.ts'
import { CONFIG_OPTION, loadConfigOrFail } from '../config.ts'
import { clientInForce, clientText } from './in-force.ts'
import { readWords, type Subcommand, withOpened } from './subcommand.ts'
import { clientJson } from './table.ts'

const OPTIONS = { ...CONFIG_OPTION, json: { type: 'boolean' }, for: { type: 'string' } } as const

export const show: Subcommand = async (args, context) => {
  const { values, positionals } = readWords(args, OPTIONS, ['the client_id'])
  const id = positionals[0] ?? ''
  const { stdout } = context.terminal
  const client = loadConfigOrFail(values.config, context.terminal).clients.find((one) => one.id === id)
  if (client !== undefined) {
    stdout.write(values.json ? `${JSON.stringify(clientInForce(client), undefined, 2)}\n` : clientText(client))
    return 0
  }
  return withOpened(context, values.config, async ({ storage }) => {
    const record = await storage.registeredClients.find(id)
    if (record === undefined) throw new CommandError('there is no client with this client_id (countersign client list)')
    const shown = clientJson({ source: 'registration', record, isShadowed: false })
    stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`)
    return 0
  })
}
