/** A PostgreSQL server of a proof's own, with the settings of a real one, to be crashed and started again on its files. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../fixtures/free-port.ts'
import { clusterOwner, findBinaries, type Owner, waitUntilReady } from '../fixtures/postgresql.ts'

export interface CrashingPostgresql {
  readonly url: string
  /** SIGKILL to the postmaster, or its immediate shutdown (SIGQUIT); resolves when it serves again. */
  crash(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void>
  stop(): Promise<void>
}

const ATTEMPTS = 100

/**
 * Undefined when there is no PostgreSQL here.
 * @param settings of the server; without any, it is as durable as PostgreSQL is by default
 */
export async function crashingPostgresql(
  settings: Readonly<Record<string, string>> = {},
): Promise<CrashingPostgresql | undefined> {
  const bin = findBinaries()
  if (bin === undefined) return undefined
  const owner = clusterOwner()
  const folder = newFolder(owner)
  const data = join(folder, 'data')
  execFileSync('cp', ['-a', emptyCluster(bin, owner), data])
  const port = await freePort()
  const url = `postgresql://countersign@127.0.0.1:${port}/postgres`
  const options = Object.entries({ max_connections: '200', ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const where = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder]

  const launch = (): ChildProcess =>
    spawn(join(bin, 'postgres'), [...where, ...options], { ...owner, cwd: folder, stdio: 'ignore' })

  /** The first attempts may find processes of the crashed server still at work on the files: then it refuses. */
  async function start(): Promise<ChildProcess> {
    for (let attempt = 1; ; attempt++) {
      const server = launch()
      try {
        await waitUntilReady(url, server)
        return server
      } catch (error) {
        await end(server, 'SIGKILL')
        if (attempt === ATTEMPTS) throw error
      }
      await delay(50)
    }
  }

  let server = await start()
  const killWithUs = (): boolean => server.kill('SIGKILL')
  process.once('exit', killWithUs)
  return {
    url,
    async crash(signal) {
      await end(server, signal)
      server = await start()
    },
    async stop() {
      process.off('exit', killWithUs)
      await end(server, 'SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Not TMPDIR: the server's own user must be able to reach the folder, and a socket's path is short. */
function newFolder({ uid, gid }: Owner): string {
  const folder = mkdtempSync('/tmp/countersign-proof-')
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  return folder
}

let empty: string | undefined

/** Made once: initdb takes longer than starting a server does. */
function emptyCluster(bin: string, owner: Owner): string {
  if (empty !== undefined) return empty
  const folder = newFolder(owner)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const data = join(folder, 'data')
  const initdb = ['-D', data, '-U', 'countersign', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(bin, 'initdb'), initdb, { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  empty = data
  return data
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exit = new Promise((resolve) => server.once('exit', resolve))
  server.kill(signal)
  await exit
}
