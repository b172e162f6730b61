/** `countersign client`: which apps there are, those that registered themselves among them, and taking one of these out. */
import type { RegisteredClient } from '../storage/storage.ts'
import { confirm } from './account/confirm.ts'
import { importClients } from './client/import.ts'
import { clientJson, clientTable, type ListedClient } from './client/table.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { CONFIG_OPTION_USAGE } from './config.ts'
import { type Open, type Opened, openAt, splitConfigOption } from './open.ts'

const USAGE = `countersign client list [--json] [--config FILE]
countersign client remove ID [--yes] [--config FILE]
countersign client import --from keycloak FILE

list    Shows every client: those of the configuration file, and those that registered themselves.
remove  Takes out a client that registered itself. Its tokens are refused from then on, within a second by every
        process. One of the file is taken out of the file.
import  Prints the entries for the clients of a Keycloak realm export, with what is left to decide as comments. Secrets
        become their hashes. Nothing is written.

A client that registered itself is removed when nobody has used it for registration.expires_after.
An initial access token, which lets clients register, is made by countersign secret: the app that registers gets
the secret, and its sha256: value goes into registration.initial_access_tokens.

${CONFIG_OPTION_USAGE}`

/** `open` is given by tests. */
export function clientCommand(open: Open): Command {
  return {
    name: 'client',
    summary: 'List the clients, and remove those that registered themselves',
    usage: USAGE,
    async run(args, terminal) {
      if (args[0] === 'import') return importClients(args.slice(1), { terminal })
      const { path, rest } = splitConfigOption(args)
      const words = readWords(rest)
      const opened = await open(path, terminal)
      try {
        return words.verb === 'list' ? await list(opened, words.json, terminal) : await remove(opened, words, terminal)
      } finally {
        await opened.close()
      }
    },
  }
}

export const client: Command = clientCommand(openAt)

type Words =
  | { readonly verb: 'list'; readonly json: boolean }
  | { readonly verb: 'remove'; readonly id: string; readonly yes: boolean }

/** Before anything is opened, so that wrong usage is told as such on any machine. */
function readWords(rest: readonly string[]): Words {
  const [verb, ...words] = rest
  const options = new Set(words.filter((word) => /^--?[a-z]+$/.test(word)))
  const [id, ...more] = words.filter((word) => !options.has(word))
  const refuseOthers = (...known: readonly string[]): void => {
    const unknown = [...options].find((option) => !known.includes(option))
    if (unknown !== undefined) throw new UsageError(`client ${verb} knows no ${unknown}`)
  }
  if (verb === 'list') {
    refuseOthers('--json')
    if (id !== undefined) throw new UsageError('client list takes no id.')
    return { verb, json: options.has('--json') }
  }
  if (verb !== 'remove') throw new UsageError('client list, remove or import?')
  refuseOthers('--yes', '-y')
  if (id === undefined || more.length > 0) throw new UsageError('client remove needs one client_id.')
  return { verb, id, yes: options.has('--yes') || options.has('-y') }
}

const PAGE = 500

async function list({ config, storage }: Opened, json: boolean, { stdout }: Terminal): Promise<number> {
  const all: ListedClient[] = config.clients.map((listed) => ({ source: 'file', client: listed }))
  const registered: RegisteredClient[] = []
  for (;;) {
    const page = await storage.registeredClients.list({ after: registered.at(-1)?.id, limit: PAGE })
    registered.push(...page)
    if (page.length < PAGE) break
  }
  const clients = [...all, ...registered.map((record): ListedClient => ({ source: 'registration', record }))]
  if (json) stdout.write(`${JSON.stringify(clients.map(clientJson), undefined, 2)}\n`)
  else if (clients.length === 0) stdout.write('There are no clients yet (clients in the configuration file).\n')
  else stdout.write(clientTable(clients))
  return 0
}

async function remove(
  { config, storage }: Opened,
  { id, yes }: Extract<Words, { verb: 'remove' }>,
  terminal: Terminal,
): Promise<number> {
  if (config.clients.some((listed) => listed.id === id)) {
    throw new CommandError('this client is in the configuration file: take its entry out there')
  }
  const found = await storage.registeredClients.find(id)
  if (found === undefined) throw new CommandError('no client with this id has registered (countersign client list)')
  const question = `Remove ${id} for good? Nobody can sign in to it any more.`
  if (!yes && !(await confirm(terminal, question))) throw new CommandError('nothing was removed')
  if (!(await storage.registeredClients.remove(id))) throw new CommandError('the client was removed meanwhile')
  terminal.stdout.write(`${id} is removed; its tokens are refused.\n`)
  return 0
}
