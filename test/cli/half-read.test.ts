/** `countersign export - | head`: whoever reads the output may have seen enough. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

test('a reader that goes away ends a command quietly', () => {
  const cli = join(import.meta.dirname, '../../src/cli.ts')
  const command = `("${process.execPath}" "${cli}" help; echo "status $?" >&2) | true`
  const { stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
  assert.equal(stderr, 'status 0\n')
})
