/** The examples as a reader starts them: their own configuration file and programs, on ports and with secrets of the test's. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parse } from 'yaml'
import { countersignInstallation, freePort, type Installation, newClientSecret } from '../fixtures/countersign.ts'
import { type Program, startProgram } from '../interop/program.ts'

export const EXAMPLES = join(import.meta.dirname, '../../examples')

export const ALICE = {
  username: 'alice',
  password: 'correct horse battery staple',
  name: 'Alice Adams',
  email: 'alice@example.org',
}

/** The ports of examples/countersign.yaml. */
const PORTS = { issuer: 9500, expressApp: 9501, singlePageApp: 9502, api: 9503, goService: 9504, staticSite: 9505 }
export type Place = keyof typeof PORTS

export interface ExamplesWorld {
  readonly installation: Installation
  /** `http://localhost:…` of each. */
  readonly origins: Readonly<Record<Place, string>>
  /** By the name of its variable in the file. */
  readonly secrets: Readonly<Record<string, string>>
  /** Starts a program of an example with the environment that its README names; resolves when it listens. */
  start(place: Place, command: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Program>
  close(): Promise<void>
}

/** Close it in `after`. */
export async function examplesWorld(): Promise<ExamplesWorld> {
  const ports = Object.fromEntries(
    await Promise.all(Object.keys(PORTS).map(async (place) => [place, await freePort()])),
  )
  const secrets: Record<string, string> = {}
  const text = Object.entries(PORTS)
    .reduce((all, [place, port]) => all.replaceAll(`localhost:${port}`, `localhost:${ports[place]}`), configText())
    .replace(/\$\{(\w+)\}/g, (_all, name: string) => (secrets[name] ??= newClientSecret()))
  const { issuer, name, apis, clients } = parse(text)
  const origins = Object.fromEntries(Object.entries(ports).map(([place, port]) => [place, `http://localhost:${port}`]))
  const installation = await countersignInstallation({ issuer, clients, config: { name, apis } })
  const programs: Program[] = []
  try {
    await installation.addAccounts({ ...ALICE, email_verified: true })
    await installation.start({ port: ports['issuer'] })
  } catch (error) {
    await installation.remove()
    throw error
  }
  return {
    ...{ installation, origins: origins as Record<Place, string>, secrets },
    async start(place, command, environment = {}) {
      const origin = origins[place] ?? ''
      const program = startProgram(command, { ISSUER: issuer, ORIGIN: origin, ...secrets, ...environment })
      programs.push(program)
      await listens(origin, program)
      return program
    },
    async close() {
      await Promise.all(programs.map((program) => program.end()))
      await installation.remove()
    },
  }
}

const configText = (): string => readFileSync(join(EXAMPLES, 'countersign.yaml'), 'utf8')

/** Any answer will do. */
async function listens(origin: string, program: Program): Promise<void> {
  let hasEnded = false
  void program.ended.then(() => {
    hasEnded = true
  })
  for (;;) {
    const answer = await fetch(origin, { redirect: 'manual' }).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer !== undefined) return
    if (hasEnded) throw new Error(`it has ended: ${program.output()}`)
    await delay(25)
  }
}
