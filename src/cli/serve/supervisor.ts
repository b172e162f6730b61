/** `countersign serve --workers N`: opens nothing itself, but starts the workers, replaces those that die, and ends them. */
import cluster, { type Worker } from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { steadyClock } from '../../base/clock.ts'
import { type Duration, MINUTE, SECOND } from '../../base/duration.ts'
import type { Log } from '../../base/log.ts'
import type { Config } from '../../config/config.ts'
import { STOPS_WITHIN, sayReady, serverLog } from '../../main.ts'
import { MetricsError } from '../../telemetry/metrics/metrics-error.ts'
import { CommandError, type Terminal } from '../command.ts'
import { handedOver } from './handed-over.ts'
import { onHangUp } from './hang-up.ts'
import { RELOAD, readMessage, STOP, WORKER_NUMBER } from './messages.ts'
import { type Scraping, scrapeWorkers } from './metrics.ts'

/** A worker that lived for this long did not die of its start. */
const LIVED: Duration = MINUTE
const FIRST_PAUSE: Duration = 100
const LONGEST_PAUSE: Duration = 30 * SECOND
/** For workers that hang beyond the time that they have to end. */
const KILL_AFTER: Duration = 2 * SECOND

type Start = { readonly kind: 'ready'; readonly address: string } | { readonly kind: 'failed'; readonly why: string }

interface Started {
  readonly number: number
  readonly worker: Worker
  /** Settles once: it serves, or it ended before it did. */
  readonly start: Promise<Start>
  /** The exit status, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

interface Supervision {
  readonly config: Config
  readonly log: Log
  /** Aborted when all are to end. */
  readonly stopping: AbortSignal
  /** The workers that live. */
  readonly living: Set<Started>
  /** Undefined: nothing is measured. */
  readonly scraping: Scraping | undefined
}

/** Resolves with the exit status when all have ended; throws CommandError when they could not be started. */
export async function superviseWorkers(
  config: Config,
  { workers, terminal }: { workers: number; terminal: Pick<Terminal, 'stderr'> },
): Promise<number> {
  // Connections in turns: workers that accept for themselves leave all of a burst to the one that wakes first.
  cluster.schedulingPolicy = cluster.SCHED_RR
  const stop = new AbortController()
  const log = serverLog(config)
  const scraping = config.metrics && (await scrapeWorkers(config.metrics, log).catch(asCommandError))
  const supervision: Supervision = { config, log, stopping: stop.signal, living: new Set(), scraping }
  const within = config.listen.shutdownDelay + STOPS_WITHIN + 2 * KILL_AFTER
  const skip = onHangUp(() => tellAll(supervision, RELOAD))
  const grace = closeWithGrace({ delay: within, logger: false, skip }, async ({ err }) => {
    if (err) terminal.stderr.write(`Countersign stops after an error: ${err.stack ?? err.message}\n`)
    stop.abort()
    const statuses = await endAll(supervision)
    await scraping?.close()
    log.info({}, 'Countersign has stopped')
    if (statuses.some((status) => status !== 0)) throw new Error('a worker did not end well')
  })
  try {
    const started = await startAll(supervision, workers)
    if (!stop.signal.aborted) sayReady(log, config, { address: started.address, workers })
    await Promise.all(started.workers.map((each) => keepAlive(each, supervision)))
  } catch (error) {
    if (!stop.signal.aborted) {
      stop.abort()
      await endAll(supervision)
      await scraping?.close()
      grace.uninstall()
      throw error
    }
  }
  // Told to end: `grace` ends this process, with its exit status.
  return new Promise(() => {})
}

/** Before anything is started: there is nothing to end yet. */
function asCommandError(error: unknown): never {
  throw error instanceof MetricsError ? new CommandError(error.message) : error
}

/** One alone first: it makes the tables and keys of an empty database, and a fault that all would have is said once. */
async function startAll(supervision: Supervision, count: number) {
  const first = launch(1, supervision)
  const { address } = await readyOrThrow(first)
  const others = Array.from({ length: count - 1 }, (_, index) => launch(index + 2, supervision))
  await Promise.all(others.map(readyOrThrow))
  return { address, workers: [first, ...others] }
}

async function readyOrThrow({ start }: Started): Promise<Extract<Start, { kind: 'ready' }>> {
  const how = await start
  if (how.kind === 'failed') throw new CommandError(how.why)
  return how
}

function launch(number: number, { living, scraping }: Supervision): Started {
  const worker = cluster.fork({ [WORKER_NUMBER]: String(number) })
  const connection = handedOver(worker.process)
  let ready: (how: Start) => void = () => {}
  const start = new Promise<Start>((resolve) => {
    ready = resolve
  })
  let why: string | undefined
  worker.on('message', (received: unknown) => {
    const message = readMessage(received)
    if (message?.kind === 'ready') {
      ready(message)
      scraping?.add(worker)
    } else if (message?.kind === 'start_fault') why = message.message
  })
  // A message to one that is just going; its end is what counts.
  worker.on('error', () => {})
  const ended = new Promise<number | string>((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) => {
      living.delete(started)
      connection.end()
      const status = code ?? signal ?? 'neither'
      ready({ kind: 'failed', why: why ?? `A worker ended at its start (exit status ${status}).` })
      resolve(status)
    })
  })
  const started: Started = { number, worker, start, ended }
  living.add(started)
  return started
}

/** Replaces it, and its successors, until all are to end. */
async function keepAlive(first: Started, supervision: Supervision): Promise<void> {
  const { log, stopping } = supervision
  let current = first
  for (let failures = 0; ; ) {
    const began = steadyClock.now()
    const how = await current.start
    const status = await current.ended
    if (stopping.aborted) return
    failures = steadyClock.now() - began < LIVED ? failures + 1 : 0
    const pause = failures === 0 ? 0 : Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)
    const why = how.kind === 'failed' ? { why: how.why } : {}
    log.error({ worker: current.number, status, ...why, pause }, 'a worker ended; it is replaced')
    await delay(pause, undefined, { signal: stopping }).catch(() => undefined)
    if (stopping.aborted) return
    current = launch(current.number, supervision)
  }
}

function tellAll({ living }: Pick<Supervision, 'living'>, word: typeof STOP | typeof RELOAD): void {
  for (const { worker } of living) if (worker.isConnected()) worker.send(word)
}

async function endAll({ config, living }: Supervision): Promise<readonly (number | string)[]> {
  const all = [...living]
  tellAll({ living }, STOP)
  const kill = setTimeout(
    () => {
      for (const { worker } of living) worker.process.kill('SIGKILL')
    },
    config.listen.shutdownDelay + STOPS_WITHIN + KILL_AFTER,
  )
  const statuses = await Promise.all(all.map(({ ended }) => ended))
  clearTimeout(kill)
  return statuses
}
