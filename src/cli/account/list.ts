/** `countersign account list` and `countersign account show`: what is known, without any password. */
import type { Account, AccountStore } from '../../storage/storage.ts'
import { CONFIG_OPTION } from '../config.ts'
import { accountJson, accountTable, accountText } from './account-view.ts'
import { getAccount, readOptions, type Subcommand, withStorage } from './subcommand.ts'

const OPTIONS = { ...CONFIG_OPTION, json: { type: 'boolean' } } as const
const PAGE = 500

export const list: Subcommand = (args, context) => {
  const { values } = readOptions(args, OPTIONS, [])
  return withStorage(context, values.config, async ({ storage }) => {
    const accounts = await listAll(storage.accounts)
    const { stdout } = context.terminal
    if (values.json) stdout.write(`${JSON.stringify(accounts.map(accountJson), null, 2)}\n`)
    else if (accounts.length === 0) stdout.write('There are no accounts yet (countersign account add).\n')
    else stdout.write(accountTable(accounts))
    return 0
  })
}

export const show: Subcommand = (args, context) => {
  const { values, positionals } = readOptions(args, OPTIONS, ['the user name'])
  return withStorage(context, values.config, async ({ storage }) => {
    const account = await getAccount(storage, positionals[0] ?? '')
    const text = values.json ? `${JSON.stringify(accountJson(account), null, 2)}\n` : accountText(account)
    context.terminal.stdout.write(text)
    return 0
  })
}

async function listAll(accounts: Pick<AccountStore, 'list'>): Promise<readonly Account[]> {
  const all: Account[] = []
  for (;;) {
    const page = await accounts.list({ after: all.at(-1)?.usernameKey, limit: PAGE })
    all.push(...page)
    if (page.length < PAGE) return all
  }
}
