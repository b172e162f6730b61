/** One of several processes that serve together: does as its supervisor says, and ends when that is gone. */
import cluster from 'node:cluster'
import closeWithGrace from 'close-with-grace'
import { collectStartGarbage } from '../../base/start-garbage.ts'
import type { Config } from '../../config/config.ts'
import { type Running, type Source, STOPS_WITHIN, serve } from '../../main.ts'
import { CommandError } from '../command.ts'
import { type FromWorker, isMetricsQuestion, RELOAD, STOP, WORKER_NUMBER } from './messages.ts'

/**
 * A terminal sends them to the whole group, and a service manager to every process: so they come beside the supervisor's
 * word, and each may come more than once. All mean the same: end well.
 */
const ENDS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const

interface WorkerSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stderr: NodeJS.WritableStream
  startFault(error: unknown, listen: Config['listen']): unknown
}

/** `open` reads the configuration: it may have got faults since the supervisor has read it. */
export async function runWorker(open: () => Source, { env, stderr, startFault }: WorkerSurroundings): Promise<number> {
  let isServing = false
  const told = whenToldToEnd(() => isServing)
  const source = await orEnd(async () => open())
  const running = await orEnd(() =>
    serve(source, { worker: Number(env[WORKER_NUMBER]) }).catch((error: unknown) => {
      throw startFault(error, source.config.listen)
    }),
  )
  isServing = true
  collectStartGarbage()
  process.on('message', (message) => {
    if (message === RELOAD) running.reload()
    else if (isMetricsQuestion(message)) void answerMetrics(running, message.question, message.shared)
  })
  const ended = endWell(running, { told, stderr, within: source.config.listen.shutdownDelay + STOPS_WITHIN })
  await say({ kind: 'ready', address: running.address })
  return ended
}

/** What the operator can mend is said by the supervisor, which tries again. Its channel would keep this process alive. */
async function orEnd<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    await say({ kind: 'start_fault', message: error.message })
    return process.exit(1)
  }
}

function endWell(
  running: Running,
  { told, stderr, within }: { told: Promise<void>; stderr: NodeJS.WritableStream; within: number },
): Promise<number> {
  return new Promise((done) => {
    let isEnding = false
    const grace = closeWithGrace({ delay: within, logger: false, skip: [...ENDS, 'SIGHUP'] }, async ({ err }) => {
      isEnding = true
      if (err) stderr.write(`A worker of Countersign stops after an error: ${err.stack ?? err.message}\n`)
      await running.stop()
      grace.uninstall()
      done(err ? 1 : 0)
    })
    void told.then(() => isEnding || grace.close())
  })
}

/** By a signal, by the supervisor, or by its death: a worker without one would serve for ever. */
function whenToldToEnd(isServing: () => boolean): Promise<void> {
  const { worker } = cluster
  return new Promise((resolve) => {
    for (const signal of ENDS) process.on(signal, () => resolve())
    // For the supervisor to understand: it tells each worker what was meant.
    process.on('SIGHUP', () => {})
    worker?.once('disconnect', () => {
      // Otherwise Node ends this process at once, as is right for one that has nothing under way.
      worker.exitedAfterDisconnect = isServing()
      resolve()
    })
    process.on('message', (message) => {
      if (message !== STOP) return
      // A supervisor that goes away while its workers end was told so twice: then at once is right.
      worker?.once('disconnect', () => process.exit(1))
      resolve()
    })
  })
}

async function answerMetrics(running: Running, question: number, shared: boolean): Promise<void> {
  const snapshot = await running.metrics(shared).catch(() => undefined)
  await say({ kind: 'metrics', question, snapshot })
}

/** Resolves when it is on its way; a supervisor that is gone hears nothing, and `disconnect` tells us. */
function say(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve()
    process.send(message, undefined, undefined, () => resolve())
  })
}
