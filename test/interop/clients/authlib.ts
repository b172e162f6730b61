/** Python's Authlib in a Flask app: a confidential client with PKCE. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onServer } from '../client.ts'
import { cacheFolder, lastLine, run, startWebApp } from '../program.ts'

const FOLDER = join(import.meta.dirname, 'authlib')
const REQUIREMENTS = join(FOLDER, 'requirements.txt')

const environment = (): string => join(cacheFolder('python'), 'environment')
const pythonOf = (folder: string): string => join(folder, 'bin/python')

export const authlib = onServer({
  name: 'authlib',
  entry: {},
  unavailable: () => prepare(environment()),
  start: (registration) => startWebApp([pythonOf(environment()), join(FOLDER, 'app.py')], registration),
})

/** A virtual environment with what requirements.txt says; gives why there is none. */
function prepare(folder: string): string | undefined {
  const wanted = readFileSync(REQUIREMENTS, 'utf8')
  const done = join(folder, 'installed.txt')
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return undefined
  if (!run('python3', ['--version']).isDone) return 'no python3 on this machine'
  const made = run('python3', ['-m', 'venv', '--clear', folder])
  if (!made.isDone) return `python3 makes no virtual environment (Debian: python3-venv): ${lastLine(made.output)}`
  const installed = run(pythonOf(folder), ['-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS])
  if (!installed.isDone) return `pip cannot install it: ${lastLine(installed.output)}`
  writeFileSync(done, wanted)
  return undefined
}
