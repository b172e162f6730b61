/** `npm run build` where no install script ran: a fresh clone after `npm ci --ignore-scripts`. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import manifest from '../package.json' with { type: 'json' }

describe('npm run build', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-build-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const generated = (database: string): void => {
    const path = join(folder, 'src/storage/prisma/generated', database)
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, 'client.ts'), '')
  }

  /** Which programs the script calls, with stand-ins for them that do nothing else. */
  function build({ npmFails = false } = {}) {
    const programs = join(folder, 'bin')
    mkdirSync(programs)
    for (const name of ['npm', 'tsc']) {
      const status = name === 'npm' && npmFails ? 1 : 0
      const text = `#!/bin/sh\necho "${name} $*" >> "${folder}/calls"\nexit ${status}\n`
      writeFileSync(join(programs, name), text, { mode: 0o755 })
    }
    const env = { PATH: `${programs}:/usr/bin:/bin` }
    const { status } = spawnSync('/bin/sh', ['-c', manifest.scripts.build], { cwd: folder, env })
    const calls = join(folder, 'calls')
    return { status, calls: existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [] }
  }

  const GENERATE = 'npm run generate:prisma'
  const COMPILE = 'tsc -p tsconfig.build.json'

  test('it makes the clients of the databases when they are missing', () => {
    assert.deepEqual(build(), { status: 0, calls: [GENERATE, COMPILE] })
  })

  test('it makes them when one of the two is missing', () => {
    generated('sqlite')
    assert.deepEqual(build(), { status: 0, calls: [GENERATE, COMPILE] })
  })

  test('it is quick when they are there', () => {
    for (const database of ['sqlite', 'postgresql']) generated(database)
    assert.deepEqual(build(), { status: 0, calls: [COMPILE] })
  })

  test('it stops when they cannot be made', () => {
    assert.deepEqual(build({ npmFails: true }), { status: 1, calls: [GENERATE] })
  })
})
