/** `countersign account list` and `countersign account show`: what is known, without any password. */
import type { Account, AccountStore } from '../../storage/storage.ts'
import { CONFIG_OPTION } from '../config.ts'
import {
  accountJson,
  accountTable,
  accountText,
  linkedJson,
  type SecondFactorShown,
  secondFactorJson,
} from './account-view.ts'
import { type AccountStorage, getAccount, readOptions, readWords, type Subcommand, withStorage } from './subcommand.ts'
import { subjectAt } from './subject-at.ts'

const OPTIONS = { ...CONFIG_OPTION, json: { type: 'boolean' } } as const
const SHOW_OPTIONS = { ...OPTIONS, client: { type: 'string' } } as const
const PAGE = 500

export const list: Subcommand = (args, context) => {
  const { values, positionals: names } = readWords(args, OPTIONS)
  return withStorage(context, values.config, async ({ storage }) => {
    const accounts =
      names.length === 0
        ? await listAll(storage.accounts)
        : await Promise.all([...new Set(names)].map((name) => getAccount(storage, name)))
    const { stdout } = context.terminal
    if (values.json) stdout.write(`${JSON.stringify(accounts.map(accountJson), null, 2)}\n`)
    else if (accounts.length === 0) stdout.write('There are no accounts yet (countersign account add).\n')
    else stdout.write(accountTable(accounts))
    return 0
  })
}

export const show: Subcommand = (args, context) => {
  const { values, positionals } = readOptions(args, SHOW_OPTIONS, ['the user name or sub'])
  return withStorage(context, values.config, async ({ config, storage }) => {
    const account = await getAccount(storage, positionals[0] ?? '')
    const { terminal } = context
    const known = values.client && { [values.client]: await subjectAt(values.client, account, { config, terminal }) }
    const secondFactor = await secondFactorOf(storage, account)
    const linked = await storage.upstreamIdentities.ofAccount(account.id)
    const text = values.json
      ? `${JSON.stringify({ ...accountJson(account), ...secondFactorJson(secondFactor), ...linkedJson(linked), ...(known && { sub_at: known }) }, null, 2)}\n`
      : accountText(account, { known: known || {}, secondFactor, linked })
    context.terminal.stdout.write(text)
    return 0
  })
}

async function secondFactorOf(
  { totps, recoveryCodes, passkeys }: Pick<AccountStorage, 'totps' | 'recoveryCodes' | 'passkeys'>,
  { id }: Account,
): Promise<SecondFactorShown> {
  const [totp, keys, codes] = await Promise.all([totps.find(id), passkeys.ofAccount(id), recoveryCodes.count(id)])
  return { totpSince: totp?.createdAt, passkeys: keys.length, recoveryCodesLeft: codes.left }
}

async function listAll(accounts: Pick<AccountStore, 'list'>): Promise<readonly Account[]> {
  const all: Account[] = []
  for (;;) {
    const page = await accounts.list({ after: all.at(-1)?.usernameKey, limit: PAGE })
    all.push(...page)
    if (page.length < PAGE) return all
  }
}
