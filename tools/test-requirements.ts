/** What the tests need beside Node.js: whether it is here, and how it comes here where it may. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { findChromium } from '../test/fixtures/chromium.ts'

interface Requirement {
  readonly name: string
  /** The tests that need it. */
  readonly tests: string
  readonly debianPackage: string
  isHere(): boolean
}

export interface Missing {
  readonly name: string
  readonly tests: string
  readonly reason: string
}

const requirements: readonly Requirement[] = [
  {
    name: 'Chromium',
    tests: 'the tests in a browser',
    debianPackage: 'chromium',
    isHere: () => findChromium() !== undefined,
  },
  {
    name: 'the PostgreSQL server',
    tests: 'the tests on PostgreSQL',
    debianPackage: 'postgresql',
    isHere: () => Boolean(process.env['COUNTERSIGN_TEST_POSTGRESQL']) || hasPostgresql(),
  },
  {
    name: 'strace',
    tests: 'the test that no answer is sent before its write is on the disk',
    debianPackage: 'strace',
    isHere: () => isOnPath('strace'),
  },
]

const searchPath = (process.env['PATH'] ?? '').split(delimiter)

const isOnPath = (program: string): boolean => searchPath.some((folder) => isExecutable(join(folder, program)))

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Debian keeps the server's programs off the PATH, in one folder for each version. */
function hasPostgresql(): boolean {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
  const folders = [...versions.map((version) => `/usr/lib/postgresql/${version}/bin`), ...searchPath]
  return folders.some((folder) => isExecutable(join(folder, 'initdb')) && isExecutable(join(folder, 'postgres')))
}

/** Installs what is missing, if this machine lets us; gives what is still missing, and why. */
export function installMissing(): readonly Missing[] {
  const wanted = requirements.filter(({ isHere }) => !isHere())
  if (wanted.length === 0) return []
  const root = rootPrefix()
  if (typeof root === 'string') return wanted.map((requirement) => ({ ...requirement, reason: root }))
  const packages = wanted.map(({ debianPackage }) => debianPackage)
  console.log(`The tests need ${packages.join(' and ')}. Installing with apt-get; this takes a minute or two.`)
  const isInstalled = install(root, packages)
  const reason = isInstalled ? 'it is not where apt-get was expected to put it' : 'apt-get could not install it'
  return wanted.filter(({ isHere }) => !isHere()).map((requirement) => ({ ...requirement, reason }))
}

/** The words before a command that make it run as root, or why nothing may be installed here. */
function rootPrefix(): readonly string[] | string {
  if (!isOnPath('apt-get')) return 'it can be installed here by hand only (this is neither Debian nor Ubuntu)'
  if (process.getuid?.() === 0) return []
  if (isOnPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return ['sudo', '-n']
  return 'installing it takes root, or sudo without a password'
}

/** The tests start servers of their own: Debian's package is told to make and start none, for as long as this takes. */
const INSTALL = `
set -e
export DEBIAN_FRONTEND=noninteractive
quiet=/etc/postgresql-common/createcluster.d/countersign-tests.conf
mkdir -p "$(dirname "$quiet")"
echo 'create_main_cluster = false' > "$quiet"
trap 'rm -f "$quiet"' EXIT
apt-get -qq update || true
apt-get -qq -y install --no-install-recommends "$@"
`

function install(root: readonly string[], packages: readonly string[]): boolean {
  const [program = 'sh', ...args] = [...root, 'sh', '-c', INSTALL, 'install', ...packages]
  const { status, stdout, stderr } = spawnSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
  if (status !== 0) console.error(`${stdout}${stderr}`.trimEnd().split('\n').slice(-15).join('\n'))
  return status === 0
}
