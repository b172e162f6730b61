/** `countersign account hashes`: how far the hashes that accounts came with have made way for ours. */
import { CONFIG_OPTION } from '../config.ts'
import { formatTable } from '../table.ts'
import { readOptions, type Subcommand, withStorage } from './subcommand.ts'

export const hashes: Subcommand = (args, context) => {
  const { values } = readOptions(args, { ...CONFIG_OPTION, json: { type: 'boolean' } }, [])
  return withStorage(context, values.config, async ({ storage }) => {
    const { costs } = await storage.accounts.importedHashes()
    const { stdout } = context.terminal
    if (values.json) stdout.write(`${JSON.stringify(costs, null, 2)}\n`)
    else if (costs.length === 0) stdout.write('No account came with a hash from elsewhere.\n')
    else {
      const rows = costs.map(({ cost, accounts, left }) => [cost, String(accounts), String(left)])
      stdout.write(formatTable([['HASH', 'CAME', 'LEFT'], ...rows]))
    }
    return 0
  })
}
