/** clients.d/: a configuration that is split. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration file’s own syntax.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { formatFaults } from '../../src/config/fault.ts'
import { loadConfig } from '../../src/config/load.ts'

const SECRET = 'client_secret: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
const entry = (id: string, more = `redirect_uris: ["https://${id}.example/cb"]`): string =>
  `- client_id: ${id}\n  ${SECRET}\n  ${more}\n`
const MAIN = `issuer: https://login.example\nname: Example\nclients:\n${entry('wiki')}`

describe('clients.d/', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-clients-'))
    mkdirSync(join(folder, 'clients.d'))
    writeFileSync(join(folder, 'countersign.yaml'), MAIN)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const put = (name: string, text: string): void => writeFileSync(join(folder, 'clients.d', name), text)
  const load = () => loadConfig(join(folder, 'countersign.yaml'), { env: { NAME: 'shop' } })
  const ids = () => {
    const loaded = load()
    assert.ok('config' in loaded, 'faults' in loaded ? formatFaults(loaded.faults) : '')
    return loaded.config.clients.map(({ id }) => id)
  }
  const faults = (): string => {
    const loaded = load()
    assert.ok('faults' in loaded, 'it was loaded without a fault')
    return formatFaults(loaded.faults).replaceAll(folder, '')
  }

  test('its clients come behind those of the file, by the names of their files', () => {
    put('b.yaml', entry('blog'))
    put('a.yml', `clients:\n${entry('${NAME}')}`)
    put('.hidden.yaml', entry('hidden'))
    put('notes.txt', 'no yaml: [')
    put('empty.yaml', '# nothing yet\n')
    assert.deepEqual(ids(), ['wiki', 'shop', 'blog'])
  })

  test('a file without clients of its own is enough', () => {
    writeFileSync(join(folder, 'countersign.yaml'), 'issuer: https://login.example\nname: Example\n')
    put('a.yaml', entry('blog'))
    assert.deepEqual(ids(), ['blog'])
  })

  test('a folder that cannot be looked into is a fault: its clients are not gone', () => {
    rmSync(join(folder, 'clients.d'), { recursive: true })
    assert.deepEqual(ids(), ['wiki'])
    // What permissions, too many open files or a network file system do is not to be had for every user; a circle is.
    symlinkSync('clients.d', join(folder, 'clients.d'))
    assert.match(faults(), /clients\.d: the folder cannot be read: symbolic links go round in circles/)
    rmSync(join(folder, 'clients.d'))
    writeFileSync(join(folder, 'clients.d'), 'a file')
    assert.match(faults(), /clients\.d: the folder does not exist: a part of its path is no directory/)
  })

  test('a fault names the file and the place that it stands in', () => {
    put('a.yaml', entry('shop'))
    put('b.yaml', `# a comment\n${entry('blog', 'redirect_uri: https://blog.example/cb')}`)
    assert.match(faults(), /^\/clients\.d\/b\.yaml:4:3: clients\[2\]\.redirect_uri: unknown key/m)
  })

  test('an id that is in two files is a fault of the second', () => {
    put('a.yaml', entry('wiki'))
    assert.match(faults(), /^\/clients\.d\/a\.yaml:1:14: clients\[1\]\.client_id: /m)
  })

  test('what is no YAML, and what is no list of clients', () => {
    put('a.yaml', '- client_id: [')
    put('b.yaml', 'issuer: https://other.example\n')
    put('c.yaml', 'just words')
    const text = faults()
    assert.match(text, /^\/clients\.d\/a\.yaml:1:15: /m)
    assert.match(text, /^\/clients\.d\/b\.yaml: is of the wrong form\n {4}allowed: a list of clients/m)
    assert.match(text, /^\/clients\.d\/c\.yaml: is of the wrong form/m)
  })

  test('a file that cannot be read', () => {
    mkdirSync(join(folder, 'clients.d/a.yaml'))
    assert.match(faults(), /^\/clients\.d\/a\.yaml: the file is a directory, not a file/m)
  })
})
