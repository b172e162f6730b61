/** Installing with apt-get, where this machine lets us. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export const searchPath: readonly string[] = (process.env['PATH'] ?? '').split(delimiter)

export const isOnPath = (program: string): boolean => searchPath.some((folder) => isExecutable(join(folder, program)))

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Gives why they are not here now; undefined when they were installed. `why` begins what is said before: “The tests need”. */
export function installPackages(packages: readonly string[], why: string): string | undefined {
  const root = rootPrefix()
  if (typeof root === 'string') return root
  console.log(`${why} ${packages.join(' and ')}. Installing with apt-get; this takes a minute or two.`)
  return install(root, packages) ? undefined : 'apt-get could not install it'
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
