/** `npm run demo`: Countersign and three apps that trust it, on this machine alone. */
import type { Server } from 'node:http'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type App, appsBeside, DEFAULT_ISSUER_PORT, issuerAt } from './apps.ts'
import { DemoError, runCountersign, startCountersign } from './countersign-process.ts'
import { type DataFolder, prepareDataFolder } from './data-folder.ts'
import { listen } from './listen.ts'
import { takenAmong } from './ports.ts'
import type { RelyingParty } from './relying-party.ts'
import { openSessionStore } from './session-store.ts'
import { signOnAt } from './sign-on.ts'

const USAGE = `Usage: npm run demo [-- --port PORT] [--data FOLDER]

  --port PORT    where Countersign listens; the apps take the next three ports (${DEFAULT_ISSUER_PORT})
  --data FOLDER  where the database and the secrets are kept (demo/data)`

interface Options {
  readonly port: number
  readonly dataPath: string
}

function readOptions(args: string[]): Options | undefined {
  const { values } = parseDemoArgs(args)
  if (values.help) return undefined
  const port = Number(values.port ?? DEFAULT_ISSUER_PORT)
  if (!Number.isInteger(port) || port < 1 || port > 65532) throw new DemoError('--port is a number from 1 to 65532.')
  return { port, dataPath: resolve(values.data ?? fileURLToPath(new URL('./data', import.meta.url))) }
}

function parseDemoArgs(args: string[]) {
  try {
    return parseArgs({
      args,
      options: { port: { type: 'string' }, data: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
  } catch (error) {
    throw new DemoError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  }
}

async function run({ port, dataPath }: Options, stop: AbortSignal): Promise<void> {
  const issuer = issuerAt(port)
  const apps = appsBeside(port)
  await insistOnFreePorts([port, ...apps.map((app) => app.port)])

  const data = prepareDataFolder(dataPath, port)
  console.log(data.isSeeded ? `Using the data of earlier runs in ${dataPath}` : `Preparing ${dataPath}`)
  await seedAccounts(data)
  stop.throwIfAborted()
  console.log('Starting Countersign')
  const countersign = await startCountersign(data, issuer, stop)
  const servers: Server[] = []
  try {
    for (const app of apps) servers.push(await listen(relyingParty(app, apps, issuer, data)))
    console.log(welcome(issuer, apps, data))
    await Promise.race([aborted(stop), countersign.ended])
    stop.throwIfAborted()
    throw new DemoError(`Countersign has ended by itself. Its log says why: ${data.logPath}`)
  } finally {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
    await countersign.stop()
  }
}

const relyingParty = (app: App, apps: readonly App[], issuer: string, data: DataFolder): RelyingParty => ({
  app,
  issuer,
  others: apps.filter((other) => other !== app),
  sessions: openSessionStore(data.sessionsPathOf(app.id)),
  signOn: signOnAt(issuer, app, data.secretOf(app.id)),
})

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolveAborted) => {
    if (signal.aborted) resolveAborted()
    else signal.addEventListener('abort', () => resolveAborted(), { once: true })
  })

/** Aborted by the first signal; those that follow change nothing, since everything is ending already. */
function signalToStop(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) console.log('\nStopping')
      stop.abort()
    })
  }
  return stop.signal
}

async function insistOnFreePorts(ports: readonly number[]): Promise<void> {
  const taken = await takenAmong(ports)
  if (taken.length === 0) return
  const [are, them] = taken.length === 1 ? ['Port', 'is'] : ['Ports', 'are']
  throw new DemoError(
    `${are} ${taken.join(', ')} ${them} taken by another program (an earlier demo that is still running?).\n` +
      `End that program (\`lsof -i :${taken[0]}\` or \`ss -ltnp\` shows it), or choose other ports: npm run demo -- --port 9500`,
  )
}

/** By the same command that fills a real installation. */
async function seedAccounts(data: DataFolder): Promise<void> {
  if (data.isSeeded) return
  console.log(`Creating the database and the accounts ${data.accounts.map(({ username }) => username).join(' and ')}`)
  // Skipping: those that a first run put in before it was interrupted stay as they are.
  await runCountersign(['account', 'import', '--config', data.configPath, '--skip-faulty', data.accountsPath])
  data.markSeeded()
}

const welcome = (issuer: string, apps: readonly App[], data: DataFolder): string => `
Countersign runs at ${issuer}

  1. Open ${apps[0]?.origin} (${apps[0]?.name}), and sign in as one of

${data.accounts.map(({ username, password }) => `       user name  ${username.padEnd(8)} password  ${password}`).join('\n')}

  2. Open the other two: you are signed in there without being asked.

${apps
  .slice(1)
  .map((app) => `       ${app.origin} (${app.name})`)
  .join('\n')}

Configuration and log: ${data.configPath} and countersign.log beside it. Ctrl-C ends everything.`

const stop = signalToStop()
try {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) console.log(USAGE)
  else await run(options, stop)
  process.exit(0)
} catch (error) {
  if (stop.aborted) {
    console.log('Everything has ended. Run it again to go on with the same accounts and sessions.')
    process.exit(0)
  }
  console.error(
    `\n${error instanceof DemoError ? error.message : error instanceof Error ? error.stack : String(error)}`,
  )
  process.exit(1)
}
