#!/usr/bin/env node
/** The command line: finds the command, runs it, and turns what it throws into words and an exit status. */
import { systemClock } from './base/clock.ts'
import { ownVersion } from './base/own-version.ts'
import { systemRandom } from './base/random.ts'
import { type Command, CommandError, type Terminal, UsageError } from './cli/command.ts'
import { DatabaseUnavailable } from './storage/storage.ts'

const OLDEST_NODE = [22, 18] as const

const USAGE = 'Usage: countersign COMMAND [--config countersign.yaml]\n'

const terminal: Terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  clock: systemClock,
  random: systemRandom,
}

// Whoever reads the output has seen enough, as `head` has after ten lines.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--version' || name === '-V') {
    terminal.stdout.write(`countersign ${ownVersion()}\n`)
    return 0
  }
  // Loaded only now: an older Node would fail on it before it could say what to do.
  const { commands } = await import('./cli/index.ts')
  const help = name === undefined || name === 'help' || name === '--help' || name === '-h'
  const wanted = (help ? args[0] : name) ?? ''
  const command = Object.hasOwn(commands, wanted) ? await commands[wanted]?.() : undefined
  if (command && (help || args.includes('--help') || args.includes('-h'))) {
    terminal.stdout.write(`${command.usage.trimEnd()}\n`)
    return 0
  }
  if (command) return run(command, args)
  if (!help) {
    terminal.stderr.write(
      `countersign: there is no command ${JSON.stringify(name)}\n\n${USAGE}countersign --help names them.\n`,
    )
    return 2
  }
  terminal.stdout.write(overview(await Promise.all(Object.values(commands).map((load) => load()))))
  return 0
}

async function run(command: Command, args: readonly string[]): Promise<number> {
  try {
    return await command.run(args, terminal)
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.stderr.write(`countersign ${command.name}: ${error.message}\n\n${shortUsage(command)}`)
      return 2
    }
    if (error instanceof CommandError || error instanceof DatabaseUnavailable) {
      terminal.stderr.write(`countersign ${command.name}: ${error.message}\n`)
      return 1
    }
    throw error
  }
}

/** What its usage begins with, up to the first empty line: all of it would push what is wrong off the screen. */
function shortUsage({ name, usage }: Command): string {
  const [line = ''] = usage.trim().split('\n\n')
  return `Usage: ${line.replaceAll('\n', '\n       ')}\ncountersign ${name} --help tells more.\n`
}

function overview(commands: readonly Command[]): string {
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`)
  return `${USAGE}\n${lines.join('\n')}\n\ncountersign COMMAND --help tells more; countersign --version tells the version.\n`
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  terminal.stderr.write(
    `Countersign needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.versions.node}. ` +
      'Inside a clone of the project npm brings the right one (npm start, npx countersign); elsewhere install it.\n',
  )
  process.exitCode = 1
} else {
  process.exitCode = await main(process.argv.slice(2))
}
