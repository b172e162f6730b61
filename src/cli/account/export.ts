/** `countersign account export`: every account with everything that is known of it, for this or any other provider. */
import { counted } from '../../base/counted.ts'
import type { Account, AccountStore } from '../../storage/storage.ts'
import { CONFIG_OPTION } from '../config.ts'
import { accountRecord } from '../export/account-record.ts'
import { writeNewFile } from '../export/new-file.ts'
import { readOptions, type Subcommand, withStorage } from './subcommand.ts'

const OPTIONS = { ...CONFIG_OPTION, 'without-hashes': { type: 'boolean' } } as const
const PAGE = 500

export const exportAccounts: Subcommand = (args, context) => {
  const { values, positionals } = readOptions(args, OPTIONS, ['the file (- for standard output)'])
  const { terminal } = context
  const path = positionals[0] ?? '-'
  const withHashes = values['without-hashes'] !== true
  return withStorage(context, values.config, async ({ storage }) => {
    let count = 0
    const written = (accounts: number) => {
      count += accounts
    }
    await writeNewFile(path, linesOf(storage.accounts, withHashes, written), terminal)
    const where = path === '-' ? '' : ` into ${path}`
    const secret = withHashes ? ' It holds password hashes: keep it as safe as the database.' : ''
    terminal.stderr.write(`Exported ${counted(count, 'account')}${where}.${secret}\n`)
    return 0
  })
}

async function* linesOf(
  accounts: Pick<AccountStore, 'list'>,
  withHashes: boolean,
  counted: (accounts: number) => void,
) {
  let last: Account | undefined
  for (;;) {
    const page = await accounts.list({ after: last?.usernameKey, limit: PAGE })
    counted(page.length)
    yield page.map((account) => `${JSON.stringify(accountRecord(account, withHashes))}\n`).join('')
    last = page.at(-1)
    if (page.length < PAGE) return
  }
}
