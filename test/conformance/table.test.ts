/** docs/conformance.md and the tests know the same modules: those of the plans of the official suite. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PLANS } from './plans.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/conformance.md'), 'utf8')

/** The text below a heading, up to the next one. */
function section(heading: string): string {
  const found = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`))
  assert.ok(found, `no heading ${heading}`)
  return found
}

interface Row {
  readonly module: string
  readonly here: string
}

const rowsOf = (text: string): readonly Row[] =>
  [...text.matchAll(/^\| `(oidcc-[\w-]+)` \| [^|]+ \| ([^|]+) \|$/gm)].map(([, module = '', here = '']) => ({
    ...{ module, here },
  }))

for (const { heading, modules, files } of PLANS) {
  test(`docs/conformance.md, ${heading}: the modules of the plan, in its order, each with a word of ours`, () => {
    const rows = rowsOf(section(heading))
    assert.deepEqual(
      rows.map(({ module }) => module),
      modules,
    )
    for (const { module, here } of rows) assert.match(here, /^(met|skipped: |not met: )/, module)
  })

  test(`docs/conformance.md, ${heading}: what it calls met has a test with the module's name`, () => {
    const source = files.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('')
    for (const { module, here } of rowsOf(section(heading))) {
      const isTested = source.includes(`[${module}]`) || source.includes(`'${module}'`)
      assert.equal(isTested, !here.startsWith('not met'), `${module}: ${here}`)
    }
    const names = new Set([...source.matchAll(/[['](oidcc-[\w-]+)['\]]/g)].map(([, module = '']) => module))
    for (const module of names) assert.ok(modules.includes(module), `${module} is in no plan of ${heading}`)
  })
}
