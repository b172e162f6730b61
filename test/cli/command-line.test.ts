/** The command line itself: the version, and what wrong usage is told. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import manifest from '../../package.json' with { type: 'json' }

function run(...args: readonly string[]) {
  const cli = join(import.meta.dirname, '../../src/cli.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('the command line', () => {
  for (const option of ['--version', '-V']) {
    test(`${option} tells the version of the package`, () => {
      assert.deepEqual(run(option), { status: 0, stdout: `countersign ${manifest.version}\n`, stderr: '' })
    })
  }

  test('wrong usage: what is wrong, how the command begins, and where more is', () => {
    const { status, stdout, stderr } = run('keys', 'list', 'all')
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(
      stderr,
      /^countersign keys: keys list takes no words\.\n\nUsage: countersign keys list .*\n( {7}countersign keys .*\n)+countersign keys --help tells more\.\n$/,
    )
  })

  test('a command that does not exist: that, and where they are named', () => {
    const { status, stdout, stderr } = run('sevre')
    assert.deepEqual([status, stdout], [2, ''])
    const lines = [
      'countersign: there is no command "sevre"',
      '',
      'Usage: countersign COMMAND [--config countersign.yaml]',
    ]
    assert.equal(stderr, [...lines, 'countersign --help names them.', ''].join('\n'))
  })

  test('--help tells all of it, with exit status 0', () => {
    const { status, stdout, stderr } = run('keys', '--help')
    assert.deepEqual([status, stderr], [0, ''])
    assert.ok(stdout.split('\n').length > 10)
  })
})
