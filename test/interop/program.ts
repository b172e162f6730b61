/** Apps in other languages: programs beside the tests, in processes of their own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Registration, RelyingParty } from './relying-party.ts'
import { webApp } from './web-app.ts'

/** Where environments and programs of the clients are kept between runs; not in git. */
const CACHE = join(import.meta.dirname, '../../.interop')

export function cacheFolder(name: string): string {
  const folder = join(CACHE, name)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Runs it to its end; gives what it wrote, and whether it was there and succeeded. */
export function run(program: string, args: readonly string[], cwd?: string): { isDone: boolean; output: string } {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', ...(cwd && { cwd }) })
  return { isDone: status === 0, output: error ? String(error) : `${stdout}${stderr}`.trim() }
}

/** The last line: of what an installer writes, the one that says what was wrong. */
export const lastLine = (output: string): string => output.split('\n').at(-1) ?? ''

/** Everything on this machine. */
const NO_PROXY = { NO_PROXY: '127.0.0.1,localhost', no_proxy: '127.0.0.1,localhost' }

/** Starts an app that says its version as JSON when it listens. */
export async function startWebApp(command: readonly string[], registration: Registration): Promise<RelyingParty> {
  const { issuer, clientId, clientSecret, origin, scope, browser } = registration
  const app = startProgram(command, {
    ISSUER: issuer,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    ORIGIN: origin,
    SCOPE: scope,
  })
  const { version } = JSON.parse(await app.firstLine)
  return webApp({ version, origin, browser, log: app.output, close: app.end })
}

export interface Program {
  /** Of its standard output; rejects with all that it said when it ends before. */
  readonly firstLine: Promise<string>
  readonly ended: Promise<void>
  /** All that it wrote so far. */
  output(): string
  /** SIGTERM. */
  end(): Promise<void>
}

export function startProgram(
  [program = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
): Program {
  const child: ChildProcess = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...NO_PROXY, ...environment },
  })
  let output = ''
  const keep = (chunk: Buffer): void => {
    output += chunk
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  // Whatever becomes of this run, it does not outlive it.
  const endWithUs = (): boolean => child.kill('SIGTERM')
  process.once('exit', endWithUs)
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      output += error
      resolve()
    })
    child.once('close', () => resolve())
  }).then(() => void process.off('exit', endWithUs))
  const firstLine = new Promise<string>((resolve, reject) => {
    if (child.stdout) createInterface(child.stdout).once('line', resolve)
    void ended.then(() => reject(new Error(`${program} has ended: ${output}`)))
  })
  firstLine.catch(() => {})
  return {
    ...{ firstLine, ended },
    output: () => output,
    async end() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
