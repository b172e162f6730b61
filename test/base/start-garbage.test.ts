import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

/** MiB of its heap that a process still has from V8 some time after 60 MiB of garbage. */
function heapAfterGarbage(isCollected: boolean): number {
  const program = `
    import { collectStartGarbage } from './src/base/start-garbage.ts'
    let garbage = Array.from({ length: 1_000_000 }, (_, i) => ({ i, text: String(i) }))
    garbage = undefined
    if (${isCollected}) collectStartGarbage()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    if (typeof globalThis.gc !== 'undefined') throw new Error('everybody can collect')
    console.log(process.memoryUsage().heapTotal / 1024 / 1024)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  return Number(stdout)
}

test('what a start leaves behind is given back', () => {
  const [collected, left] = [heapAfterGarbage(true), heapAfterGarbage(false)]
  assert.ok(collected > 0 && collected < left / 2, `${collected} MiB, and ${left} when nothing collects`)
})
