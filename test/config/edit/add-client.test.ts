/** Another client in a file: whatever the file looks like, the rest of it stays to the byte. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration file's own syntax.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { addClient } from '../../../src/config/edit/add-client.ts'
import { EditError } from '../../../src/config/edit/splice.ts'

const ENTRY = { client_id: 'new', redirect_uris: ['https://new.example/cb'] }

/** The file with the entry, read back; every line that was there is still there, in its order. */
function added(text: string, entry: object = ENTRY): string {
  const after = addClient(text, entry as Record<string, unknown>)
  const document = parse(after)
  const list = Array.isArray(document) ? document : document.clients
  assert.deepEqual(list.at(-1), entry)
  const before = parse(text)
  if (before !== null && !Array.isArray(before))
    assert.deepEqual({ ...document, clients: 0 }, { ...before, clients: 0 })
  const old: readonly unknown[] = Array.isArray(before) ? before : (before?.clients ?? [])
  assert.deepEqual(list.slice(0, -1), old)
  return after
}

describe('a client is added', () => {
  test('behind the last one, with its column, and nothing else moves', () => {
    const text = `# top
issuer: https://a.example    # aligned
clients:
    # first
    - client_id: a   # the id
      redirect_uris: [ "https://a.example/" ]
      # require_pkce: false

    # - client_id: out
lifetimes: {}
`
    assert.equal(
      added(text),
      `# top
issuer: https://a.example    # aligned
clients:
    # first
    - client_id: a   # the id
      redirect_uris: [ "https://a.example/" ]
      # require_pkce: false

    - client_id: new
      redirect_uris:
        - https://new.example/cb

    # - client_id: out
lifetimes: {}
`,
    )
  })

  test('without an empty line where there are none between the others', () => {
    const text = 'clients:\n- client_id: a\n- client_id: b\n'
    assert.equal(added(text), `${text}- client_id: new\n  redirect_uris:\n    - https://new.example/cb\n`)
  })

  test('with an empty line where there is one between the others', () => {
    assert.match(added('clients:\n- client_id: a\n\n# of b\n- client_id: b\n'), /client_id: b\n\n- client_id: new/)
  })

  test('to the example, of which every other byte stays', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../countersign.example.yaml'), 'utf8')
    const after = added(text)
    const at = after.indexOf('  - client_id: new')
    assert.ok(at > 0)
    const piece = '\n  - client_id: new\n    redirect_uris:\n      - https://new.example/cb\n'
    assert.equal(after.replace(piece, ''), text)
  })

  for (const [name, text] of [
    ['a file that does not end in a line break', 'issuer: x\nclients:\n  - client_id: a'],
    ['a file without clients', 'issuer: x # the end\n'],
    ['a file whose last comment has no line break', 'issuer: x\n# the end'],
    ['an empty list', 'clients: []\nissuer: x\n'],
    ['an empty list with a comment', 'clients: []   # none yet\nissuer: x\n'],
    ['an empty list on a line of its own', 'clients:\n  []\nissuer: x\n'],
    ['a last value of several lines', 'clients:\n  - client_id: a\n    client_name: |\n      A\n      B\nissuer: x\n'],
    ['JSON', JSON.stringify({ issuer: 'x', clients: [{ client_id: 'a' }] })],
    ['JSON over several lines', JSON.stringify({ issuer: 'x', clients: [{ client_id: 'a' }], y: 1 }, null, 2)],
    ['JSON without clients', JSON.stringify({ issuer: 'x' }, null, 2)],
    ['JSON with an empty list', JSON.stringify({ clients: [], issuer: 'x' })],
    ['a list in brackets', 'clients: [{client_id: a}, {client_id: b}]\n'],
    ['a file of clients.d/', '# mine\n- client_id: a\n'],
    ['an empty file of clients.d/', ''],
  ] as const) {
    test(`to ${name}`, () => void added(text))
  }

  test('with the line breaks of the file', () => {
    const after = added('issuer: x\r\nclients:\r\n  - client_id: a\r\n')
    assert.doesNotMatch(after, /[^\r]\n/)
  })

  test('whose texts are texts: no variable, no number, no boolean', () => {
    const after = addClient('issuer: x\n', {
      client_id: '1e5',
      client_name: '${HOME} # "yes"',
      redirect_uris: ['true'],
    })
    const [entry] = parse(after).clients
    // `$${` is the file's own way to write `${`.
    assert.deepEqual(entry, { client_id: '1e5', client_name: '$${HOME} # "yes"', redirect_uris: ['true'] })
  })
})

for (const [name, text] of [
  ['no YAML', 'clients: [\n'],
  ['a text alone', 'hello'],
  ['clients without a value', 'clients:\nissuer: x\n'],
] as const) {
  test(`${name} is left to people`, () => assert.throws(() => addClient(text, ENTRY), EditError))
}
