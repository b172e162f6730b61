import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { JsonStreamError, jsonElements } from '../../src/cli/import/json-elements.ts'
import { linesOf } from '../../src/cli/import/lines.ts'

/** The bytes of a text, `size` at a time. */
async function* pieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size))
}

const SIZES = [1, 2, 3, 7, 64, 100_000]

describe('the elements of arrays in a large object', () => {
  const elements = async (text: string, size = 5, most = 1000) => {
    const all: (readonly [string, unknown])[] = []
    for await (const { key, text: one } of jsonElements(pieces(text, size), ['users', 'clients'], most)) {
      all.push([key, one === undefined ? undefined : JSON.parse(one)])
    }
    return all
  }

  test('are those that JSON.parse finds, wherever the pieces begin', async () => {
    const value = {
      realm: 'a "users": [ {] \\',
      deep: { users: [1, 2], clients: { users: [3] } },
      users: [{ a: ']},{"', b: [1, { c: [] }] }, 'text, "with" ]', 5, null, [], {}, [[1], [2]], '\u00e9\\'],
      empty: [],
      clients: [{ users: [1] }],
      'us\u0065rs2': [1],
    }
    const expected = [...value.users.map((one) => ['users', one]), ...value.clients.map((one) => ['clients', one])]
    for (const indent of [undefined, 2]) {
      for (const size of SIZES) assert.deepEqual(await elements(JSON.stringify(value, null, indent), size), expected)
    }
  })

  test('are found with a byte order mark before them, and not in what is no array', async () => {
    assert.deepEqual(await elements('\uFEFF{"users": [1]}', 10), [['users', 1]])
    assert.deepEqual(await elements('{"users": {"users": [1]}, "x": [[1]]}'), [])
    assert.deepEqual(await elements('{"users": [], "clients": [ ]}'), [])
  })

  test('that are too long are read past', async () => {
    const text = JSON.stringify({ users: ['x'.repeat(50), 'y', ['z'.repeat(5000)], 2] })
    for (const size of SIZES) {
      assert.deepEqual(await elements(text, size, 20), [
        ['users', undefined],
        ['users', 'y'],
        ['users', undefined],
        ['users', 2],
      ])
    }
  })

  for (const text of ['', '[]', 'x', '{"users": [1', '{"users": ["', '{}}', '"text"', '{"a": "\\']) {
    test(`${text || 'nothing'} is told to be none`, async () => {
      await assert.rejects(elements(text), JsonStreamError)
    })
  }
})

describe('lines of a text in pieces', () => {
  const lines = async (text: string, size: number, most = 100) => {
    const all: (readonly [number, string | undefined])[] = []
    for await (const { number, text: one } of linesOf(pieces(text, size), most)) all.push([number, one])
    return all
  }

  test('end at \\n or \\r\\n, the last one at the end; only the first loses its byte order mark', async () => {
    for (const size of SIZES) {
      assert.deepEqual(await lines('\uFEFFa\r\n\n\u00e9\u2028b\n\uFEFFc', size), [
        [1, 'a'],
        [2, ''],
        [3, '\u00e9\u2028b'],
        [4, '\uFEFFc'],
      ])
      assert.deepEqual(await lines('a\n', size), [[1, 'a']])
      assert.deepEqual(await lines('', size), [])
    }
  })

  test('that are too long are read past', async () => {
    for (const size of SIZES) {
      assert.deepEqual(await lines(`a\n${'x'.repeat(101)}\nb`, size), [
        [1, 'a'],
        [2, undefined],
        [3, 'b'],
      ])
    }
  })
})
