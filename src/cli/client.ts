/** `countersign client …`: which apps there are, entries for new ones, their secrets, and what to tell each app. */
import { add } from './client/add.ts'
import { importClients } from './client/import.ts'
import { list } from './client/list.ts'
import { remove } from './client/remove.ts'
import { secret } from './client/secret.ts'
import { show } from './client/show.ts'
import type { ClientContext, Subcommand } from './client/subcommand.ts'
import { type Command, UsageError } from './command.ts'
import { CONFIG_OPTION_USAGE } from './config.ts'
import { type Open, openAt } from './open.ts'

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = { add, list, show, secret, remove, import: importClients }

const USAGE = `countersign client SUBCOMMAND [--config FILE]

  add [CLIENT_ID]         an entry for a new app, with a new secret; what is missing is asked for on a terminal
      --type TYPE         web (keeps a secret; the default), spa, native, or service (acts for itself, nobody signs in)
      --redirect-uri URI  where its sign-ins return to; once for each
      --post-logout-redirect-uri URI
      --name TEXT  --scope SCOPES  --refresh  --first-party  --auth-method METHOD  --jwks-uri URI
      --write             puts it into the configuration file, whose comments and lines stay as they are
      --file              puts it into a file of its own in clients.d/
      --json
  list [--json]           every client: those of the configuration file, and those that registered themselves
  show CLIENT_ID [--json] one client as it is served, with every default, without its secret
      --for APP           the settings to paste into that app; --for alone names the apps
  secret CLIENT_ID        another secret, beside the one that the app has, so that it can change without an outage
      --write             puts its hash into the file, and that of the secret before
      --end-previous      with --write: the secret before is refused from then on
      --again             makes another one in place of the newer, where that was lost
      --json
  remove CLIENT_ID [--yes] takes out a client that registered itself; its tokens are refused from then on, within a
                          second by every process. One of the file is taken out of the file.
  import --from keycloak FILE
                          prints the entries for the clients of a Keycloak realm export, with what is left to decide as
                          comments; secrets become their hashes, and nothing is written

Nothing is written that countersign check would refuse.
A client that registered itself is removed when nobody has used it for registration.expires_after.
An initial access token, which lets clients register, is made by countersign secret: the app that registers gets
the secret, and its sha256: value goes into registration.initial_access_tokens.

${CONFIG_OPTION_USAGE}`

/** `open` is given by tests. */
export function clientCommand(open: Open): Command {
  return {
    name: 'client',
    summary: 'Add, list, show and remove clients, and change their secrets',
    usage: USAGE,
    async run([name = '', ...args], terminal) {
      const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined
      if (!subcommand) throw new UsageError(`client wants one of ${Object.keys(SUBCOMMANDS).join(', ')}`)
      const context: ClientContext = { terminal, open: (configPath) => open(configPath, terminal) }
      return subcommand(args, context)
    },
  }
}

export const client: Command = clientCommand(openAt)
