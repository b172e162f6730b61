/** `npm test`: sees to Chromium and PostgreSQL, runs the tests, and says what was left out. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { installMissing, type Missing } from './test-requirements.ts'

const ROOT = join(import.meta.dirname, '..')
const LEFT_OUT = join(ROOT, 'test-output/left-out.txt')

const isTrue = (value: string | undefined): boolean => value !== undefined && !['', '0', 'false'].includes(value)

/** Folders become the tests below them; options of `node --test` go through as they are. */
function patternsOf(words: readonly string[]): readonly string[] {
  const options = words.filter((word) => word.startsWith('-') && word !== '--all')
  const patterns = words
    .filter((word) => !word.startsWith('-'))
    .map((path) => (statSync(path, { throwIfNoEntry: false })?.isDirectory() ? `${path}/**/*.test.ts` : path))
  return [...options, ...(patterns.length > 0 ? patterns : ['test/**/*.test.ts'])]
}

/** Gives the runner's exit status. One process: the files load what they share once. */
function runTests(words: readonly string[]): number {
  mkdirSync(join(ROOT, 'test-output'), { recursive: true })
  rmSync(LEFT_OUT, { force: true })
  const reporters = [
    ['--test-reporter=spec', '--test-reporter-destination=stdout'],
    [`--test-reporter=${join(import.meta.dirname, 'left-out-reporter.ts')}`, `--test-reporter-destination=${LEFT_OUT}`],
  ]
  const options = ['--test', '--test-isolation=none', '--test-timeout=180000', ...reporters.flat()]
  const { status, signal } = spawnSync(process.execPath, [...options, ...patternsOf(words)], {
    cwd: ROOT,
    stdio: 'inherit',
  })
  if (signal !== null) console.error(`The test runner was ended by ${signal}.`)
  return status ?? 1
}

function readLeftOut(): readonly string[] {
  try {
    return readFileSync(LEFT_OUT, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

function sayLeftOut(missing: readonly Missing[], leftOut: readonly string[]): void {
  console.log('\nLeft out:')
  for (const { name, tests, reason } of missing) console.log(`  ${tests}: ${name} is not here, and ${reason}`)
  for (const line of leftOut) console.log(`  ${line}`)
}

const hasPaths = (words: readonly string[]): boolean => words.some((word) => !word.startsWith('-'))

/** Gives the exit status of `npm test`. */
function main(words: readonly string[]): number {
  const mustHaveAll = words.includes('--all') || isTrue(process.env['CI'])
  // A part of the tests asked for by name is run with what is here.
  const missing = hasPaths(words) ? [] : installMissing()
  if (mustHaveAll && missing.length > 0) {
    sayLeftOut(missing, [])
    console.error('Nothing may be left out here (CI is set, or --all was given), so no test was run.')
    return 1
  }
  const status = runTests(words)
  const leftOut = readLeftOut()
  // Nothing left out, nothing said: then the runner's own summary is the last word.
  if (missing.length === 0 && leftOut.length === 0) return status
  sayLeftOut(missing, leftOut)
  if (!mustHaveAll) return status
  console.error('Nothing may be left out here (CI is set, or --all was given).')
  return 1
}

process.exit(main(process.argv.slice(2)))
