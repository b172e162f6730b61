/** `npm test`: sees to Chromium and PostgreSQL, runs the tests, and says what was left out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { LINES } from './record-reporter.ts'
import { endsStandStill } from './stand-still.ts'
import { installMissing, type Missing } from './test-requirements.ts'

const ROOT = join(import.meta.dirname, '..')
const OUTPUT = join(ROOT, 'test-output')
/** What record-reporter.ts writes. */
const RECORD = join(OUTPUT, 'record.txt')
const REPORT = 'report.json'
/** ms for one test */
const TEST_LIMIT = 180_000
/** ms for what is closed behind the last test, which has the limit of a test */
const AT_THE_END = TEST_LIMIT + 30_000

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
async function runTests(words: readonly string[]): Promise<number> {
  rmSync(OUTPUT, { recursive: true, force: true })
  mkdirSync(OUTPUT, { recursive: true })
  const reporters = [
    ['--test-reporter=spec', '--test-reporter-destination=stdout'],
    [`--test-reporter=${join(import.meta.dirname, 'record-reporter.ts')}`, `--test-reporter-destination=${RECORD}`],
  ]
  const report = ['--report-on-signal', `--report-directory=${OUTPUT}`, `--report-filename=${REPORT}`]
  // A socket that is still open when all has been said holds up nobody.
  const limited = ['--test-force-exit', `--test-timeout=${TEST_LIMIT}`]
  const options = [
    ...report,
    '--report-exclude-env',
    '--test',
    '--test-isolation=none',
    ...limited,
    ...reporters.flat(),
  ]
  const runner = spawn(process.execPath, [...options, ...patternsOf(words)], { cwd: ROOT, stdio: 'inherit' })
  const hasEnded = new AbortController()
  const limits = { limit: 2 * TEST_LIMIT, limitAtTheEnd: AT_THE_END }
  const watch = { recordFile: RECORD, reportFile: join(OUTPUT, REPORT), ...limits }
  const watching = endsStandStill(runner, watch, hasEnded.signal)
  const [status, signal] = await once(runner, 'exit')
  hasEnded.abort()
  const failed = recorded(LINES.failed)
  const ending = await watching
  if (ending === 'all_ended') return saySummary(failed)
  if (signal !== null && ending === 'ended') console.error(`The test runner was ended by ${signal}.`)
  // node:test tells of an `after` that failed, and counts it as nothing.
  return status === 0 && failed.length > 0 ? 1 : (status ?? 1)
}

/** What the runner itself would have said, had it come to its end. */
function saySummary(failed: readonly string[]): number {
  console.log('\nEvery test has ended, and the runner went on waiting: it was ended.')
  for (const one of failed) console.log(`✖ ${one}`)
  console.log(`${recorded(LINES.passed).length} passed, ${failed.length} failed`)
  return failed.length > 0 ? 1 : 0
}

/** The lines of the record that begin so, without that. */
function recorded(beginning: string): readonly string[] {
  const lines = existsSync(RECORD) ? readFileSync(RECORD, 'utf8').split('\n') : []
  return lines.filter((line) => line.startsWith(beginning)).map((line) => line.slice(beginning.length))
}

function sayLeftOut(missing: readonly Missing[], leftOut: readonly string[]): void {
  console.log('\nLeft out:')
  for (const { name, tests, reason } of missing) console.log(`  ${tests}: ${name} is not here, and ${reason}`)
  for (const line of leftOut) console.log(`  ${line}`)
}

const hasPaths = (words: readonly string[]): boolean => words.some((word) => !word.startsWith('-'))

/** Gives the exit status of `npm test`. */
async function main(words: readonly string[]): Promise<number> {
  const mustHaveAll = words.includes('--all') || isTrue(process.env['CI'])
  // A part of the tests asked for by name is run with what is here.
  const missing = hasPaths(words) ? [] : installMissing()
  if (mustHaveAll && missing.length > 0) {
    sayLeftOut(missing, [])
    console.error('Nothing may be left out here (CI is set, or --all was given), so no test was run.')
    return 1
  }
  const status = await runTests(words)
  const leftOut = recorded(LINES.leftOut)
  // Nothing left out, nothing said: then the runner's own summary is the last word.
  if (missing.length === 0 && leftOut.length === 0) return status
  sayLeftOut(missing, leftOut)
  if (!mustHaveAll) return status
  console.error('Nothing may be left out here (CI is set, or --all was given).')
  return 1
}

process.exit(await main(process.argv.slice(2)))
