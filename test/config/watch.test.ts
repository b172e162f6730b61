/** That the files of a configuration have changed is noticed, however they are changed. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { type ConfigFiles, configFiles } from '../../src/config/watch.ts'

const MAIN = 'issuer: https://login.example\nname: Example\n'
const client = (id: string, secret: string): string =>
  `- client_id: ${id}\n  ${secret}\n  redirect_uris: ["https://${id}.example/cb"]\n`

describe('the files of a configuration', () => {
  let folder: string
  let files: ConfigFiles
  const at = (name: string): string => join(folder, name)
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-watch-'))
    writeFileSync(at('secret'), 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')
    writeFileSync(at('countersign.yaml'), `${MAIN}clients:\n${client('wiki', 'client_secret_file: secret')}`)
    files = configFiles(at('countersign.yaml'), {})
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const changes: Readonly<Record<string, () => void>> = {
    'written in place': () => writeFileSync(at('countersign.yaml'), `${MAIN}# longer\n`),
    'replaced by a rename, as editors do': () => {
      writeFileSync(at('.swap'), MAIN)
      renameSync(at('.swap'), at('countersign.yaml'))
    },
    gone: () => unlinkSync(at('countersign.yaml')),
    'a secret in a file of its own': () => writeFileSync(at('secret'), 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'),
    'made readable': () => chmodSync(at('secret'), 0o640),
    'clients.d/ comes': () => mkdirSync(at('clients.d')),
  }
  for (const [name, change] of Object.entries(changes)) {
    test(`a change: ${name}`, () => {
      const { print } = files.load()
      assert.equal(files.print(), print, 'without a change they look the same')
      change()
      assert.notEqual(files.print(), print)
    })
  }

  test('a change: a file that cannot be looked at, and nothing is thrown', () => {
    const { print } = files.load()
    unlinkSync(at('secret'))
    symlinkSync('secret', at('secret'))
    assert.notEqual(files.print(), print)
    assert.ok('faults' in files.load().loaded)
  })

  test('a change: a file of clients.d/ comes, changes and goes', () => {
    mkdirSync(at('clients.d'))
    let { print } = files.load()
    const isChanged = (): boolean => {
      const before = print
      print = files.load().print
      return before !== print
    }
    writeFileSync(at('clients.d/shop.yaml'), client('shop', 'client_secret_file: secret'))
    assert.equal(isChanged(), true)
    writeFileSync(at('clients.d/shop.yaml'), '# nothing any more\n')
    assert.equal(isChanged(), true)
    unlinkSync(at('clients.d/shop.yaml'))
    assert.equal(isChanged(), true)
    assert.equal(isChanged(), false)
  })

  test('a change: the links of a mounted ConfigMap are swapped', () => {
    for (const version of ['..1', '..2']) {
      mkdirSync(at(version))
      writeFileSync(at(`${version}/countersign.yaml`), MAIN)
    }
    symlinkSync('..1', at('..data'))
    unlinkSync(at('countersign.yaml'))
    symlinkSync('..data/countersign.yaml', at('countersign.yaml'))
    const { print } = files.load()
    symlinkSync('..2', at('..data_tmp'))
    renameSync(at('..data_tmp'), at('..data'))
    assert.notEqual(files.print(), print)
  })

  test('a file that is missing is looked for: mended is changed', () => {
    unlinkSync(at('secret'))
    const { loaded, print } = files.load()
    assert.ok('faults' in loaded)
    writeFileSync(at('secret'), 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')
    assert.notEqual(files.print(), print)
    assert.ok('config' in files.load().loaded)
  })
})
