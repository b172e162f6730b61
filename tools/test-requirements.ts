/** What the tests need beside Node.js: whether it is here, and how it comes here where it may. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasModAuthOpenidc } from '../test/fixtures/apache.ts'
import { findChromium } from '../test/fixtures/chromium.ts'
import { installPackages, isExecutable, isOnPath, searchPath } from './debian-packages.ts'

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
  {
    name: 'Apache with mod_auth_openidc',
    tests: 'the example of a static site behind Apache',
    debianPackage: 'libapache2-mod-auth-openidc',
    isHere: hasModAuthOpenidc,
  },
]

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
  const packages = wanted.map(({ debianPackage }) => debianPackage)
  const fault = installPackages(packages, 'The tests need')
  const reason = fault ?? 'it is not where apt-get was expected to put it'
  return wanted.filter(({ isHere }) => !isHere()).map((requirement) => ({ ...requirement, reason }))
}
