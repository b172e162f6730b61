import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import TypeBox from 'typebox'
import Type from '../../src/config/schema/type.ts'

/** One schema with everything that the configuration uses, made with either. */
const schemaWith = (type: typeof Type) =>
  type.Object(
    {
      text: type.String({ minLength: 1, 'x-allowed': 'anything' }),
      maybe: type.Optional(type.Integer({ minimum: 0 })),
      flag: type.Boolean({ default: true }),
      list: type.Optional(type.Array(type.Enum(['a', 'b']), { default: [], uniqueItems: true })),
      section: type.Object({ only: type.Optional(type.String()) }, { default: {} }),
    },
    { title: 'all', additionalProperties: false },
  )

test('the words for the schema give what TypeBox gives', () => {
  assert.equal(JSON.stringify(schemaWith(Type)), JSON.stringify(schemaWith(TypeBox)))
})

test('the server does not load TypeBox', () => {
  const script = `
    import { registerHooks } from 'node:module'
    registerHooks({ load(url, context, next) { if (/typebox/.test(url)) console.log(url); return next(url, context) } })
    await import('./src/cli/serve.ts')`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: `${import.meta.dirname}/../..`,
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  assert.equal(status, 0)
  assert.equal(stdout, '')
})
