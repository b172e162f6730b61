/** That the files of a configuration have changed is noticed, however they are changed. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { ReadFile } from '../../src/config/read-file.ts'
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
    'made unreadable': () => chmodSync(at('secret'), 0),
    'clients.d/ comes': () => mkdirSync(at('clients.d')),
    'the same size, and the time set back to what it was': () => {
      const { atime, mtime } = statSync(at('secret'))
      writeFileSync(at('secret'), 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb')
      utimesSync(at('secret'), atime, mtime)
    },
    'by one that is older, as when a backup is copied back': () => {
      writeFileSync(at('older'), readFileSync(at('secret')))
      utimesSync(at('older'), 1, 1)
      renameSync(at('older'), at('secret'))
    },
    'by the clock set back': () => {
      writeFileSync(at('secret'), 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb')
      utimesSync(at('secret'), 1, 1)
    },
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

  test('a change: clients.d/ goes, comes back, and is swapped by a link, as a mounted ConfigMap is', () => {
    const ids = (): readonly string[] => {
      const { loaded } = files.load()
      return 'config' in loaded ? loaded.config.clients.map(({ id }) => id) : []
    }
    let seen = files.print()
    const isChanged = (): boolean => {
      const before = seen
      seen = files.print()
      return before !== seen
    }
    for (const version of ['..1', '..2']) {
      mkdirSync(at(`clients.d/${version}`), { recursive: true })
      writeFileSync(at(`clients.d/${version}/shop.yaml`), client(`shop${version}`, 'client_secret_file: secret'))
    }
    symlinkSync('..1', at('clients.d/..data'))
    symlinkSync('..data/shop.yaml', at('clients.d/shop.yaml'))
    assert.deepEqual([isChanged(), ids()], [true, ['wiki', 'shop..1']])
    seen = files.print()
    symlinkSync('..2', at('clients.d/..data_tmp'))
    renameSync(at('clients.d/..data_tmp'), at('clients.d/..data'))
    assert.deepEqual([isChanged(), ids()], [true, ['wiki', 'shop..2']])
    seen = files.print()
    renameSync(at('clients.d'), at('elsewhere'))
    assert.deepEqual([isChanged(), ids()], [true, ['wiki']])
    seen = files.print()
    renameSync(at('elsewhere'), at('clients.d'))
    assert.deepEqual([isChanged(), ids()], [true, ['wiki', 'shop..2']])
  })

  test('what editors leave beside the files is no change', () => {
    mkdirSync(at('clients.d'))
    writeFileSync(at('clients.d/shop.yaml'), client('shop', 'client_secret_file: secret'))
    const { loaded } = files.load()
    assert.ok('config' in loaded)
    for (const name of ['.shop.yaml.swp', 'shop.yaml~', '#shop.yaml#', '4913', 'shop.yaml.bak', '.tmp.yaml']) {
      writeFileSync(at(`clients.d/${name}`), 'no: [yaml')
    }
    symlinkSync('somebody@host.17', at('clients.d/.#shop.yaml'))
    const after = files.load().loaded
    assert.ok('config' in after)
    assert.deepEqual(after.config, loaded.config)
  })

  describe('which are changed at bad moments', () => {
    /** Reads through `change`, which is called before each read with the name of the file. */
    const readingThrough = (change: (name: string) => void): void => {
      const readFile: ReadFile = (name) => {
        change(name)
        return readFileSync(name)
      }
      files = configFiles(at('countersign.yaml'), {}, readFile)
    }

    test('one is replaced after another was read: all of them are read again', () => {
      mkdirSync(at('one'))
      mkdirSync(at('two'))
      for (const version of ['one', 'two']) {
        writeFileSync(at(`${version}/countersign.yaml`), `issuer: https://login.example\nname: ${version}\n`)
        mkdirSync(at(`${version}/clients.d`))
        writeFileSync(at(`${version}/clients.d/a.yaml`), client(version, `client_secret: ${'a'.repeat(40)}`))
      }
      symlinkSync('one', at('current'))
      let isSwapped = false
      const readFile: ReadFile = (name) => {
        if (name.endsWith('a.yaml') && !isSwapped) {
          isSwapped = true
          symlinkSync('two', at('next'))
          renameSync(at('next'), at('current'))
        }
        return readFileSync(name)
      }
      files = configFiles(at('current/countersign.yaml'), {}, readFile)
      const { loaded, print } = files.load()
      assert.ok('config' in loaded)
      assert.deepEqual([loaded.config.name, loaded.config.clients[0]?.id], ['two', 'two'])
      assert.equal(files.print(), print)
    })

    test('one that is written all the time: it is not read for ever, and the next look finds the change', () => {
      let writes = 0
      readingThrough((name) => {
        if (name.endsWith('secret')) writeFileSync(at('secret'), `${'a'.repeat(40)}${++writes}`)
      })
      const { loaded, print } = files.load()
      assert.ok('config' in loaded)
      assert.notEqual(files.print(), print)
    })

    test('two changes within one step of the file system’s clock, of the same size', () => {
      let secret = 'a'.repeat(40)
      files = configFiles(at('countersign.yaml'), {}, (name) =>
        name.endsWith('secret') ? Buffer.from(secret) : readFileSync(name),
      )
      const { print } = files.load()
      assert.equal(files.print(), print)
      // Nothing but what is in it tells of the change.
      secret = 'b'.repeat(40)
      assert.notEqual(files.print(), print)
    })

    test('once its times are old enough to tell, a file is not read to look at it', () => {
      const reads: string[] = []
      readingThrough((name) => void reads.push(name))
      files.load()
      for (let look = 0; look < 10; look++) files.print()
      reads.length = 0
      files.print()
      assert.deepEqual(reads, [])
      writeFileSync(at('secret'), 'b'.repeat(40))
      files.print()
      assert.deepEqual(reads, [at('secret')])
    })

    test('one that may not be read is a fault, is tried at each look, and read as soon as it may be', () => {
      let isDenied = false
      readingThrough((name) => {
        if (isDenied && name.endsWith('secret')) throw Object.assign(new Error('EACCES'), { code: 'EACCES' })
      })
      files.load()
      isDenied = true
      const { loaded, print } = files.load()
      assert.ok('faults' in loaded)
      assert.match(String(loaded.faults[0]?.message), /permission denied/)
      for (let look = 0; look < 20; look++) assert.equal(files.print(), print)
      // The right to read may come back without any trace at the file itself.
      isDenied = false
      assert.notEqual(files.print(), print)
      assert.ok('config' in files.load().loaded)
    })

    test('a pipe is not read to look at it: what it gives is gone then, and whoever looks would wait', () => {
      unlinkSync(at('secret'))
      execFileSync('mkfifo', [at('secret')])
      let reads = 0
      files = configFiles(at('countersign.yaml'), {}, (name) => {
        if (!name.endsWith('secret')) return readFileSync(name)
        reads++
        return Buffer.from('a'.repeat(40))
      })
      const { loaded, print } = files.load()
      assert.ok('config' in loaded)
      assert.equal(files.print(), print)
      assert.equal(reads, 1)
    })
  })
})
