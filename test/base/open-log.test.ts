/** Lines wait for the end of their turn, and for nothing longer. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { openLog } from '../../src/base/open-log.ts'

const LOG = join(import.meta.dirname, '../../src/base/open-log.ts')

function recorded() {
  const writes: string[] = []
  return { log: openLog('info', { write: (lines) => void writes.push(lines) }), writes }
}

const linesOf = (text: string | undefined): string[] =>
  (text ?? '').split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).msg]))

/** What a process prints that logs, and then does `code`. */
function printed(code: string): { lines: string[]; status: number | null } {
  const program = `import { openLog } from ${JSON.stringify(LOG)}; const log = openLog('info'); ${code}`
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program])
  return { lines: linesOf(stdout.toString()), status }
}

describe('the log', () => {
  test('the lines of one turn are one write, those of the next another', async () => {
    const { log, writes } = recorded()
    log.info('a')
    log.child({ reqId: 'x' }).warn('b')
    log.debug('below the level')
    assert.deepEqual(writes, [])
    await turn()
    assert.deepEqual(writes.map(linesOf), [['a', 'b']])
    log.info('c')
    await turn()
    assert.deepEqual(writes.map(linesOf), [['a', 'b'], ['c']])
  })

  test('a turn without a line writes nothing, and much in one turn does not wait', async () => {
    const { log, writes } = recorded()
    await turn()
    assert.deepEqual(writes, [])
    for (let i = 0; i < 1000; i++) log.info('a line of some length, as lines are')
    assert.ok(writes.length > 1)
    await turn()
    assert.equal(writes.flatMap(linesOf).length, 1000)
  })

  test('process.exit loses no line', () => {
    assert.deepEqual(printed(`log.info('a'); log.info('b'); process.exit(3)`), { lines: ['a', 'b'], status: 3 })
  })

  test('an uncaught error loses no line', () => {
    assert.deepEqual(printed(`log.info('a'); throw new Error('x')`), { lines: ['a'], status: 1 })
  })

  test('more than its buffer holds arrives whole and in order', () => {
    const { lines } = printed(`for (let i = 0; i < 5000; i++) log.info(String(i))`)
    assert.deepEqual(
      lines,
      Array.from({ length: 5000 }, (_, i) => String(i)),
    )
  })
})
