/** Countersign as the demo runs it: the real command line, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DataFolder } from './data-folder.ts'

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

/** Something that the person at the terminal can mend: printed without a stack. */
export class DemoError extends Error {}

export interface CountersignProcess {
  /** Resolves when it has ended, by itself or because it was told to. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Runs `countersign ARGS` to its end. */
export async function runCountersign(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const status = await new Promise((resolve) => child.once('close', resolve))
  if (status !== 0) throw new DemoError(`countersign ${args.slice(0, 2).join(' ')} failed:\n${Buffer.concat(output)}`)
}

/** Starts `countersign serve` and waits until it is ready. Its log goes to demo/data/countersign.log. */
export async function startCountersign(
  data: DataFolder,
  issuer: string,
  signal: AbortSignal,
): Promise<CountersignProcess> {
  const log = openSync(data.logPath, 'a', 0o600)
  const begunAt = readFileSync(data.logPath).length
  const child = spawn(process.execPath, [CLI, 'serve', '--config', data.configPath], { stdio: ['ignore', log, log] })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  const said = (): string => readFileSync(data.logPath).subarray(begunAt).toString().split('\n').slice(-15).join('\n')
  if (!(await isReady(issuer, child, signal))) {
    await stop(child, ended)
    throw new DemoError(`Countersign did not start. It said (${data.logPath}):\n${said()}`)
  }
  return { ended, stop: () => stop(child, ended) }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** False when it ended, or nobody wants it any more, or it is not ready within a minute. */
async function isReady(issuer: string, child: ChildProcess, signal: AbortSignal): Promise<boolean> {
  for (let attempt = 0; attempt < 600 && !signal.aborted && child.pid !== undefined && !hasEnded(child); attempt++) {
    const answer = await fetch(`${issuer}/readyz`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return true
    await wait(100)
  }
  return false
}

/**
 * Ends it. A Ctrl-C reaches it from the terminal as well, and a second signal would cut its leave-taking short: so it
 * gets a moment to have heard before it is told.
 */
async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const within = (milliseconds: number): Promise<unknown> =>
    Promise.race([ended, wait(milliseconds, undefined, { ref: false })])
  if (child.pid === undefined) return
  await within(500)
  if (!hasEnded(child)) child.kill('SIGTERM')
  await within(10_000)
  if (!hasEnded(child)) child.kill('SIGKILL')
  await ended
}
