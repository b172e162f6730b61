import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

/** Half a second of objects that live for a while, in a process of its own; the MiB of its young generation afterwards. */
function youngGenerationAfterLoad(isKept: boolean, ...options: readonly string[]): number {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { keepYoungGenerationSmall } from './src/base/young-generation.ts'
    if (${isKept}) keepYoungGenerationSmall(process)
    let kept = []
    for (let turn = 0; turn < 120; turn++) {
      for (let i = 0; i < 50_000; i++) kept.push({ i })
      if (turn % 24 === 23) kept = []
      // As in a server: the event loop turns meanwhile.
      await new Promise((resolve) => setTimeout(resolve, turn < 40 ? 20 : 0))
    }
    console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 1024 / 1024)`
  const { stdout, stderr } = spawnSync(process.execPath, [...options, '--input-type=module', '--eval', program], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  return Number(stdout)
}

test('the young generation stays small under load, and only when asked to', () => {
  const [kept, alone] = [youngGenerationAfterLoad(true), youngGenerationAfterLoad(false)]
  assert.ok(kept > 0 && kept <= 64, `${kept} MiB`)
  assert.ok(alone > kept, `${alone} MiB when left alone, ${kept} when kept small`)
})

test('who set a size on the command line gets it', () => {
  const set = youngGenerationAfterLoad(true, '--min-semi-space-size=48', '--max-semi-space-size=48')
  assert.ok(set > 64, `${set} MiB`)
})
