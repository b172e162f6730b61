/** `countersign doctor`: looks at everything that has to be right around a running Countersign, and says what to do. */
import { parseArgs } from 'node:util'
import { steadyClock } from '../base/clock.ts'
import { formatFault } from '../config/fault.ts'
import { loadConfig } from '../config/load.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { CONFIG_OPTION, CONFIG_OPTION_USAGE, configPath } from './config.ts'
import { checksFor } from './doctor/checks.ts'
import { type Check, type Finding, problem, unknown } from './doctor/finding.ts'
import { asJson, asText, countOf, type Section } from './doctor/report.ts'
import { openAsIs } from './open.ts'

export const doctor: Command = {
  name: 'doctor',
  summary: 'Look at everything around a running Countersign and say what to do',
  usage: `countersign doctor [--json] [--strict] [--config FILE]

Looks at: which processes serve which configuration, the public URL and what it gives, what the proxy
does to scheme, host and address, the certificate, the clock, the database, the chain of the audit log,
who may read files with secrets, the keys, the entries of clients, their use and the URLs in them, the mail
server, disk and memory. It changes nothing, and works also while the server or the database is away. Run it on the
machine of the server, as its user.

The exit status is 0 when nothing is wrong, 1 when there is a problem, 2 for wrong usage.

  --strict       1 for warnings, too
  --json         for programs
${CONFIG_OPTION_USAGE}`,
  async run(args, terminal) {
    const { config: option, json = false, strict = false } = readOptions(args)
    const { issuer, sections } = await examine(configPath(option, terminal), terminal)
    terminal.stdout.write(json ? asJson(issuer, sections) : asText(sections))
    return countOf(sections, 'problem') > 0 || (strict && countOf(sections, 'warning') > 0) ? 1 : 0
  },
}

async function examine(
  path: string,
  { env, clock, random }: Terminal,
): Promise<{ issuer?: string; sections: readonly Section[] }> {
  const loaded = loadConfig(path, { env })
  if ('faults' in loaded) {
    const todo =
      'Mend it first: nothing else can be looked at before. What runs keeps the configuration that it has, until its next start.'
    const findings = loaded.faults.map((fault) => problem(formatFault(fault), todo))
    return { sections: [{ name: 'Configuration', findings }] }
  }
  const { config, warnings } = loaded
  const storage = await openAsIs(config).catch((error: unknown) => {
    if (error instanceof CommandError) return error.message
    throw error
  })
  try {
    const input = { config, configPath: path, warnings, storage, clock, steady: steadyClock, random }
    const sections: Section[] = []
    // One after the other: what takes long here would make the database look slow.
    for (const check of await checksFor(input)) sections.push(await sectionOf(check))
    return { issuer: config.issuer, sections }
  } finally {
    if (typeof storage !== 'string') await storage.close()
  }
}

/** A check that fails stops no other. */
async function sectionOf({ name, run }: Check): Promise<Section> {
  try {
    return { name, findings: await run() }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'for no known reason'
    const finding: Finding = unknown(`could not be looked at: ${reason.slice(0, 300)}`)
    return { name, findings: [finding] }
  }
}

function readOptions(args: readonly string[]): { config?: string; json?: boolean; strict?: boolean } {
  try {
    const options = { ...CONFIG_OPTION, json: { type: 'boolean' }, strict: { type: 'boolean' } } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
