/** Tries the Dockerfile without Docker: its steps as scripts on folders, then the result as a user without rights. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { buildImage, type Image } from './dockerfile/build.ts'
import { parseDockerfile } from './dockerfile/parse.ts'
import { lockFolder, megabytes, NOBODY, sizeOfFolder, unlockFolder } from './dockerfile/tree.ts'

const ROOT = join(import.meta.dirname, '..')

/** As somebody would write it for the image: what is written goes to the volume. */
const configFor = (port: number): string => `issuer: http://localhost:${port}
listen: { host: 0.0.0.0, port: ${port} }
database: { url: 'file:/data/countersign.db' }
keys: { sealing_key_file: /data/sealing.key }
`

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'countersign-image-'))
  try {
    // The user of the image must be able to come here.
    chmodSync(scratch, 0o755)
    const dockerfile = parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))
    const image = buildImage(dockerfile, { context: ROOT, scratch })
    console.log(`-- the image holds ${megabytes(sizeOfFolder(image.root))} beside Node.js`)
    await tryImage(image)
  } finally {
    unlockFolder(scratch)
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Starts it with its own ENTRYPOINT and CMD, asks its HEALTHCHECK, and stops it with its STOPSIGNAL. */
async function tryImage(image: Image): Promise<void> {
  const port = await freePort()
  const config = join(image.root, 'etc/countersign/countersign.yaml')
  mkdirSync(join(image.root, 'etc/countersign'), { recursive: true })
  writeFileSync(config, configFor(port).replaceAll('/data/', `${image.root}/data/`))
  insist(image.user !== undefined && image.user !== 'root', 'the Dockerfile must say a USER other than root')
  insist(image.volumes.length > 0, 'the Dockerfile must say a VOLUME')
  for (const volume of image.volumes)
    insist(existsSync(join(image.root, volume)), `${volume} must be in the image, owned by its user`)
  lockFolder(image.root, { except: image.volumes })

  const server = start(image, [...image.entrypoint, ...image.command], 'inherit')
  try {
    const begun = Date.now()
    await ready(server, `http://127.0.0.1:${port}/readyz`)
    console.log(`-- ready after ${Date.now() - begun} ms, with nothing but ${image.volumes.join(', ')} to write to`)
    insist(
      (await statusOf(start(image, image.healthcheck, 'ignore'))) === 0,
      'the HEALTHCHECK must say that it is healthy',
    )
    await insistOnWork(image, port)
    const told = Date.now()
    server.kill(image.stopSignal)
    const status = await statusOf(server)
    insist(status === 0, `${image.stopSignal} must end it with status 0, not ${status}`)
    insist(Date.now() - told < 5000, `${image.stopSignal} must end it within 5 seconds`)
    console.log(`-- healthy; ended ${Date.now() - told} ms after ${image.stopSignal}, status 0`)
    insist(
      (await statusOf(start(image, image.healthcheck, 'ignore'))) === 1,
      'the HEALTHCHECK must notice that it is gone',
    )
  } finally {
    server.kill('SIGKILL')
  }
}

/** What the trimming could have taken away: the views, password hashing, and the writing side of the database. */
async function insistOnWork(image: Image, port: number): Promise<void> {
  for (const path of ['/', '/jwks', '/.well-known/openid-configuration']) {
    const { status } = await fetch(`http://127.0.0.1:${port}${path}`)
    insist(status === 200, `${path} must answer 200, not ${status}`)
  }
  const accounts = `${image.volumes[0]}/accounts.jsonl`
  writeFileSync(join(image.root, accounts), '{"username":"carol","password":"moth-lamp-river-stone"}\n')
  const words = ['account', 'import', '--config', '/etc/countersign/countersign.yaml', accounts]
  insist((await statusOf(start(image, [...image.entrypoint, ...words], 'inherit'))) === 0, 'an account must go in')
}

/** Runs words of the image in its tree: its absolute paths are folders of the tree. */
function start(image: Image, words: readonly string[], output: 'inherit' | 'ignore'): ChildProcess {
  const [program = '', ...args] = words.map((word) => (word.startsWith('/') ? join(image.root, word) : word))
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  return spawn(program === 'node' ? image.node : program, args, {
    ...user,
    cwd: join(image.root, image.workdir),
    env: image.environment,
    stdio: ['ignore', output, output],
  })
}

const statusOf = (child: ChildProcess): Promise<number | string | null> =>
  child.exitCode === null && child.signalCode === null
    ? new Promise((resolve) => child.once('exit', (status, signal) => resolve(status ?? signal)))
    : Promise.resolve(child.exitCode ?? child.signalCode)

async function ready(server: ChildProcess, url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    insist(server.exitCode === null && server.signalCode === null, 'the image must start; what it said is above')
    if ((await fetch(url).catch(() => undefined))?.ok) return
    await wait(50)
  }
  throw new Error('the image was not ready within 15 seconds')
}

function insist(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    }),
  )
}

try {
  await main()
} catch (error) {
  console.error(`The Dockerfile does not hold: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
