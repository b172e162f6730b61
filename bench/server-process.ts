/** A server under measurement: a process of its own, on a core of its own, that says what it has used. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { BenchError } from './bench-error.ts'

const REPORT_USAGE = fileURLToPath(new URL('./report-usage.js', import.meta.url))

/** Milliseconds until the first answer, at most; and how often it is tried. */
const START_PATIENCE = 30_000
const START_PAUSE = 5
const STOP_PATIENCE = 10_000

export interface Usage {
  /** Of all its threads since it began, in microseconds. */
  readonly cpu: number
  /** In bytes. */
  readonly rss: number
}

export interface ServerProcess {
  /** From the start of the process to its first answer, in milliseconds. */
  readonly firstAnswer: number
  usage(): Promise<Usage>
  stop(): Promise<void>
}

/** For all of them, as the README's unit and the Dockerfile have it: glibc otherwise keeps a heap for each thread. */
const ENVIRONMENT = { NODE_ENV: 'production', MALLOC_ARENA_MAX: '2' }

const CORES = { server: 0, load: 1 } as const
const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-c', String(CORES.server), 'true']).status === 0

/** Takes the load, which is this process, off the servers' core. */
export function pinLoad(): boolean {
  return canPin && spawnSync('taskset', ['-a', '-c', '-p', String(CORES.load), String(process.pid)]).status === 0
}

/** Starts `node ARGS` and waits for an answer with status 200 from `url`. What it says goes to `logPath`. */
export async function startServer(
  args: readonly string[],
  { url, logPath, environment = {} }: { url: string; logPath: string; environment?: Readonly<Record<string, string>> },
): Promise<ServerProcess> {
  const command = [process.execPath, '--import', REPORT_USAGE, ...args]
  const [program = '', ...rest] = canPin ? ['taskset', '-c', String(CORES.server), ...command] : command
  const log = openSync(logPath, 'w')
  const begun = performance.now()
  const child = spawn(program, rest, {
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...process.env, ...ENVIRONMENT, ...environment },
  })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  if (!(await isAnswering(url, child))) {
    child.kill('SIGKILL')
    throw new BenchError(`${args.join(' ')} did not start:\n${readFileSync(logPath, 'utf8').slice(-2000)}`)
  }
  return { firstAnswer: performance.now() - begun, usage: () => usageOf(child), stop: () => stop(child, ended) }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

async function isAnswering(url: string, child: ChildProcess): Promise<boolean> {
  for (const begun = performance.now(); performance.now() - begun < START_PATIENCE && !hasEnded(child); ) {
    const answer = await fetch(url, { headers: { connection: 'close' } }).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return true
    await wait(START_PAUSE)
  }
  return false
}

function usageOf(child: ChildProcess): Promise<Usage> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new BenchError('a server has ended by itself'))
    if (hasEnded(child)) return onExit()
    child.once('exit', onExit)
    child.once('message', (usage: Usage) => {
      child.off('exit', onExit)
      resolve(usage)
    })
    child.send('usage')
  })
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (!hasEnded(child)) child.kill('SIGTERM')
  await Promise.race([ended, wait(STOP_PATIENCE, undefined, { ref: false })])
  if (!hasEnded(child)) child.kill('SIGKILL')
  await ended
}

/** A port that nobody listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
