/** Keys of one client, changed in the file: whatever the file looks like, the rest of it stays to the byte. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration file's own syntax.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { changeClient, clientKeys } from '../../../src/config/edit/change-client.ts'

const FILE = `clients:
  - client_id: other
    client_secret: "\${OTHER}"
  # the wiki
  - client_id: wiki      # its id
    client_secret: \${WIKI}   # from the environment
    scope: openid

lifetimes: {}
`

const ROTATION = [
  { kind: 'replace', key: 'client_secret', by: 'client_secret_hash', value: 'sha256:new' },
  { kind: 'insert', after: 'client_secret_hash', key: 'client_secret_previous_hash', value: 'sha256:old' },
] as const

describe('the keys of a client', () => {
  test('are told as they are written', () => {
    assert.deepEqual([...(clientKeys(FILE, 'wiki') ?? [])].slice(0, 2), [
      ['client_id', 'wiki'],
      ['client_secret', '${WIKI}'],
    ])
    assert.equal(clientKeys(FILE, 'nobody'), undefined)
  })

  test('are replaced and inserted where they stand', () => {
    assert.equal(
      changeClient(FILE, 'wiki', ROTATION),
      FILE.replace(
        'client_secret: ${WIKI}   # from the environment\n',
        'client_secret_hash: sha256:new   # from the environment\n    client_secret_previous_hash: sha256:old\n',
      ),
    )
  })

  test('are removed with their line', () => {
    const changed = changeClient(FILE, 'wiki', ROTATION)
    assert.equal(
      changeClient(changed, 'wiki', [{ kind: 'remove', key: 'client_secret_previous_hash' }]),
      FILE.replace('client_secret: ${WIKI}', 'client_secret_hash: sha256:new'),
    )
  })

  for (const [name, text] of [
    ['behind the dash', 'clients:\n  - client_secret: x # c\n    client_id: wiki\nissuer: y\n'],
    ['at the end without a line break', 'clients:\n  - client_id: wiki\n    client_secret: x'],
    ['over several lines', 'clients:\n  - client_id: wiki\n    client_secret: |\n      x\n    scope: openid\n'],
    ['in braces', 'clients: [{client_id: wiki, client_secret: x}]\n'],
    ['first in braces', 'clients: [{client_secret: x, client_id: wiki}]\n'],
    ['in JSON', JSON.stringify({ clients: [{ client_id: 'wiki', client_secret: 'x' }], issuer: 'y' }, null, 2)],
    ['in a file of clients.d/', '- client_id: wiki\n  client_secret: x\n'],
    ['with other line breaks', 'clients:\r\n  - client_id: wiki\r\n    client_secret: x\r\n'],
  ] as const) {
    test(`change ${name}`, () => {
      const listIn = (yaml: string) => [parse(yaml)].flatMap((root) => (Array.isArray(root) ? root : root.clients))
      const changed = changeClient(text, 'wiki', ROTATION)
      const { client_secret: _, ...rest } = listIn(text)[0]
      const hashes = { client_secret_hash: 'sha256:new', client_secret_previous_hash: 'sha256:old' }
      assert.deepEqual(listIn(changed), [{ ...rest, ...hashes }])
      assert.equal(/[^\r]\n/.test(changed), /[^\r]\n/.test(text))
      for (const key of ['client_secret_previous_hash', 'client_secret_hash'] as const) {
        const { [key]: __, ...left } = listIn(changed)[0]
        assert.deepEqual(listIn(changeClient(changed, 'wiki', [{ kind: 'remove', key }])), [left])
      }
    })
  }
})
