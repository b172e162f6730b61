/** `countersign serve`: runs until it is told to stop. */
import closeWithGrace from 'close-with-grace'
import { SealingKeyError } from '../keys/sealing-key.ts'
import { SigningKeyError } from '../keys/signing-key.ts'
import { serve as start } from '../main.ts'
import { StorageError } from '../storage/prisma/database-url.ts'
import { type Command, CommandError } from './command.ts'
import { loadConfigOrFail } from './config.ts'
import { splitConfigOption } from './open.ts'

const USAGE = `countersign serve [--config FILE]

Serves the login until it gets SIGTERM or SIGINT; then it finishes what is under way and ends.
`

export const serve: Command = {
  name: 'serve',
  summary: 'Run Countersign',
  usage: USAGE,
  async run(args, terminal) {
    const config = await loadConfigOrFail(splitConfigOption(args).path, terminal)
    const running = await start(config).catch((error: unknown) => {
      throw startFault(error, config.listen)
    })
    return new Promise((done) => {
      const grace = closeWithGrace({ delay: 10_000, logger: false }, async ({ err }) => {
        if (err) terminal.stderr.write(`Countersign stops after an error: ${err.stack ?? err.message}\n`)
        await running.stop()
        grace.uninstall()
        done(err ? 1 : 0)
      })
    })
  },
}

/** What the operator can mend is said in words; the rest keeps its stack. */
function startFault(error: unknown, { host, port }: { host: string; port: number }): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return new CommandError(`Port ${port} on ${host} is taken. End what listens there, or change listen.port.`)
  }
  if (code === 'EACCES')
    return new CommandError(`Port ${port} on ${host} may not be opened by this user. Change listen.port.`)
  if (code === 'EADDRNOTAVAIL') return new CommandError(`${host} is no address of this machine. Change listen.host.`)
  const isForOperators = [StorageError, SealingKeyError, SigningKeyError].some((kind) => error instanceof kind)
  return isForOperators ? new CommandError(error.message, { cause: error }) : error
}
