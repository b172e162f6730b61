/** clients.d/: a configuration that is split. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration file’s own syntax.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
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
    assert.match(faults(), /^\/clients\.d\/b\.yaml:4:3: clients\[0\]\.redirect_uri: unknown key/m)
  })

  test('an id that is in two files is a fault of the second, which tells where the first is', () => {
    put('a.yaml', entry('wiki'))
    put('b.yaml', `${entry('shop')}${entry('blog')}`)
    put('c.yaml', `clients:\n${entry('mail')}${entry('blog')}`)
    assert.equal(
      faults(),
      [
        '/clients.d/a.yaml:1:14: clients[0].client_id: "wiki" is already in /countersign.yaml:4:14',
        '    allowed: a client_id of its own for each client',
        '/clients.d/c.yaml:5:14: clients[1].client_id: "blog" is already in /clients.d/b.yaml:4:14',
        '    allowed: a client_id of its own for each client',
      ].join('\n'),
    )
  })

  test('files are named as the configuration file was', () => {
    put('a.yaml', entry('wiki'))
    const loaded = loadConfig(relative(process.cwd(), join(folder, 'countersign.yaml')), { env: {} })
    assert.ok('faults' in loaded)
    const text = formatFaults(loaded.faults).replaceAll(`${relative(process.cwd(), folder)}/`, '')
    assert.match(text, /^clients\.d\/a\.yaml:1:14: .* is already in countersign\.yaml:4:14$/m)
  })

  test('what no single value breaks is told of the index in its own file, too', () => {
    put(
      'a.yaml',
      `- client_id: app\n  token_endpoint_auth_method: none\n  ${SECRET}\n  redirect_uris: ["https://app.example/cb"]\n`,
    )
    assert.match(faults(), /^\/clients\.d\/a\.yaml:3:18: clients\[0\]\.client_secret: /m)
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
