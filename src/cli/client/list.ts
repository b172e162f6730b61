/** `countersign client list`: those of the configuration file, and those that registered themselves. */
import type { RegisteredClient, Storage } from '../../storage/storage.ts'
import { CONFIG_OPTION } from '../config.ts'
import { readWords, type Subcommand, withOpened } from './subcommand.ts'
import { clientJson, clientTable, type ListedClient } from './table.ts'

const OPTIONS = { ...CONFIG_OPTION, json: { type: 'boolean' } } as const
const PAGE = 500

export const list: Subcommand = (args, context) => {
  const { values } = readWords(args, OPTIONS, [])
  return withOpened(context, values.config, async ({ config, storage }) => {
    const inFile = new Set(config.clients.map(({ id }) => id))
    const registered = await listRegistered(storage)
    const clients: readonly ListedClient[] = [
      ...config.clients.map((client) => ({ source: 'file', client }) as const),
      ...registered.map((record) => ({ source: 'registration', record, isShadowed: inFile.has(record.id) }) as const),
    ]
    const { stdout } = context.terminal
    if (values.json) stdout.write(`${JSON.stringify(clients.map(clientJson), undefined, 2)}\n`)
    else if (clients.length === 0) stdout.write('There are no clients yet (countersign client add).\n')
    else stdout.write(clientTable(clients))
    return 0
  })
}

async function listRegistered({ registeredClients }: Pick<Storage, 'registeredClients'>) {
  const registered: RegisteredClient[] = []
  for (;;) {
    const page = await registeredClients.list({ after: registered.at(-1)?.id, limit: PAGE })
    registered.push(...page)
    if (page.length < PAGE) return registered
  }
}
