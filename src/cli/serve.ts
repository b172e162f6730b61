/** `countersign serve`: runs until it is told to stop, as one process or several. */
import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { collectStartGarbage } from '../base/start-garbage.ts'
import { SealingKeyError } from '../keys/sealing-key.ts'
import { SigningKeyError } from '../keys/signing-key.ts'
import { type Source, STOPS_WITHIN, serve as start } from '../main.ts'
import { StorageError } from '../storage/prisma/database-url.ts'
import { MetricsError } from '../telemetry/metrics/metrics-error.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { openConfigOrFail } from './config.ts'
import { splitConfigOption } from './open.ts'
import { onHangUp } from './serve/hang-up.ts'
import { superviseWorkers } from './serve/supervisor.ts'
import { runWorker } from './serve/worker.ts'

const MOST_WORKERS = 64

const USAGE = `countersign serve [--workers N] [--config FILE]

Serves the login until it gets SIGTERM or SIGINT; then it finishes what is under way and ends.
It follows its configuration by itself; SIGHUP makes it look at once.

--workers N  Serves with N processes (1 to ${MOST_WORKERS}) on one address and one database, so that it can use
             several cores; auto: as many as there are. One that dies is replaced. Without it,
             one process serves.
`

export const serve: Command = {
  name: 'serve',
  summary: 'Run Countersign',
  usage: USAGE,
  async run(args, terminal) {
    const { path, rest } = splitConfigOption(args)
    const workers = readWorkers(rest)
    const open = () => openConfigOrFail(path, terminal)
    if (cluster.isWorker) return runWorker(open, { env: terminal.env, stderr: terminal.stderr, startFault })
    const source = open()
    return workers > 1 ? superviseWorkers(source.config, { workers, terminal }) : runAlone(source, terminal)
  },
}

/** Throws UsageError. */
function readWorkers(args: readonly string[]): number {
  const options = { workers: { type: 'string', default: '1' } } as const
  const word = parseOrFail(() => parseArgs({ args: [...args], options }).values.workers)
  const count = word === 'auto' ? Math.min(availableParallelism(), MOST_WORKERS) : Number(word)
  if (/^(auto|\d+)$/.test(word) && count >= 1 && count <= MOST_WORKERS) return count
  throw new UsageError(`--workers takes a number from 1 to ${MOST_WORKERS}, or auto; not ${JSON.stringify(word)}.`)
}

function parseOrFail<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

async function runAlone(source: Source, terminal: Terminal): Promise<number> {
  const running = await start(source).catch((error: unknown) => {
    throw startFault(error, source.config.listen)
  })
  collectStartGarbage()
  const within = source.config.listen.shutdownDelay + STOPS_WITHIN
  const skip = onHangUp(() => running.reload())
  return new Promise((done) => {
    const grace = closeWithGrace({ delay: within, logger: false, skip }, async ({ err }) => {
      if (err) terminal.stderr.write(`Countersign stops after an error: ${err.stack ?? err.message}\n`)
      await running.stop()
      grace.uninstall()
      done(err ? 1 : 0)
    })
  })
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
  const isForOperators = [StorageError, SealingKeyError, SigningKeyError, MetricsError].some(
    (kind) => error instanceof kind,
  )
  return isForOperators ? new CommandError(error.message, { cause: error }) : error
}
