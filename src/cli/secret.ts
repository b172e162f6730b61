/** `countersign secret`: makes a client secret and the line that lets the configuration file do without it. */
import { sha256 } from '../base/hash.ts'
import { randomSecret } from '../base/random.ts'
import { type Command, UsageError } from './command.ts'

export const secret: Command = {
  name: 'secret',
  summary: 'Make a client secret, and its hash for the configuration file',
  usage: `countersign secret

Prints a new secret of 256 bits for the app, and the client_secret_hash line for
its entry in the configuration file. Nothing is stored: this is the only time it is shown.
The same kind of value serves as keys.sealing_key, and as an initial access token, whose sha256:… value
goes into registration.initial_access_tokens.`,
  async run(args, { random, stdout }) {
    if (args.length > 0) throw new UsageError(`unexpected ${args[0]}`)
    const value = randomSecret(random)
    stdout.write(`For the app (shown only now):
  client secret:      ${value}

For its entry under clients in the configuration file:
  client_secret_hash: sha256:${sha256(value)}
`)
    return 0
  },
}
