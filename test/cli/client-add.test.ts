/** countersign client add: what it prints and writes passes `countersign check`, and nothing else changes. */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { parse } from 'yaml'
import { sha256 } from '../../src/base/hash.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import { createFile, replaceFile } from '../../src/cli/replace-file.ts'
import { CONFIG_TEXT, clientFiles } from '../fixtures/client-files.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'

let files: ReturnType<typeof clientFiles>
beforeEach(() => {
  files = clientFiles()
})
afterEach(() => files.remove())

const URI = ['--redirect-uri', 'https://new.example/cb']

describe('client add', () => {
  test('prints the entry and the secret once, and leaves the file alone', async () => {
    const { out, status } = await files.run(['add', 'new', ...URI, '--name', 'New'])
    assert.equal(status, 0)
    const secret = /client secret: {2}(\S{43}) {3}\(shown only now\)/.exec(out)?.[1] ?? ''
    const [entry] = parse(/^- client_id[\s\S]*?\n\n/m.exec(out)?.[0] ?? '')
    assert.deepEqual(entry, {
      client_id: 'new',
      client_name: 'New',
      redirect_uris: ['https://new.example/cb'],
      client_secret_hash: `sha256:${sha256(secret)}`,
    })
    assert.equal(files.text(), CONFIG_TEXT)
  })

  test('--json, for programs', async () => {
    const { out } = await files.run(['add', 'new', ...URI, '--json'])
    const { issuer, client_id, client_secret, entry } = JSON.parse(out)
    assert.deepEqual([issuer, client_id], ['https://login.example', 'new'])
    assert.equal(entry.client_secret_hash, `sha256:${sha256(client_secret)}`)
  })

  test('--write puts it behind the others; comments and the rest stay to the byte', async () => {
    const { out } = await files.run(['add', 'new', ...URI, '--write'])
    assert.doesNotMatch(out, /client_secret_hash/)
    const secret = /client secret: {2}(\S+)/.exec(out)?.[1] ?? ''
    const piece = files.text().slice(CONFIG_TEXT.indexOf('\n# nothing'), -'\n# nothing below\n'.length)
    assert.equal(files.text().replace(piece, ''), CONFIG_TEXT)
    assert.deepEqual(files.config().clients[1]?.secretHashes, [sha256(secret)])
    // Of the secret the file has only the hash.
    assert.ok(!files.text().includes(secret))
    assert.deepEqual(files.names(), ['countersign.yaml'])
  })

  for (const [type, more, expected] of [
    ['web', ['--refresh'], { grant_types: ['authorization_code', 'refresh_token'] }],
    ['spa', [], { token_endpoint_auth_method: 'none' }],
    ['native', [], { token_endpoint_auth_method: 'none', application_type: 'native' }],
  ] as const) {
    test(`${type}: its entry passes the check`, async () => {
      await files.run(['add', 'new', ...URI, '--type', type, ...more, '--write'])
      const { metadata, isPublic, secretHashes } = files.config().clients[1] ?? assert.fail('it is not there')
      assert.deepEqual({ ...metadata, ...expected }, metadata)
      assert.equal(secretHashes.length, isPublic ? 0 : 1)
    })
  }

  test('service: nobody signs in to it', async () => {
    const { out } = await files.run(['add', 'new', '--type', 'service', '--scope', 'orders:read', '--write'])
    assert.doesNotMatch(out, /--for/, 'client show --for refuses services')
    const { metadata } = files.config().clients[1] ?? assert.fail('it is not there')
    assert.deepEqual([metadata.grant_types, metadata.scope], [['client_credentials'], ['orders:read']])
    await assert.rejects(files.run(['add', 'x', '--type', 'service', ...URI]), UsageError)
  })

  test('[OIDC Core 9] client_secret_jwt needs the secret itself, and it is said that the file has it', async () => {
    const { out } = await files.run(['add', 'new', ...URI, '--auth-method', 'client_secret_jwt', '--write'])
    assert.match(out, /the file holds it/)
    assert.equal(files.config().clients[1]?.sharedSecret, /client secret: {2}(\S+)/.exec(out)?.[1])
  })

  test('private_key_jwt gets no secret', async () => {
    const keys = ['--auth-method', 'private_key_jwt', '--jwks-uri', 'https://new.example/jwks']
    const { out } = await files.run(['add', 'new', ...URI, ...keys, '--write'])
    assert.doesNotMatch(out, /client secret/)
    assert.deepEqual(files.config().clients[1]?.secretHashes, [])
  })

  for (const [name, args, message] of [
    ['an id that is taken', ['wiki', ...URI], /client_id/],
    ['plain http', ['new', '--redirect-uri', 'http://new.example/cb'], /redirect_uris\[0\]: is plain http/],
    ['an unknown method', ['new', ...URI, '--auth-method', 'basic'], /token_endpoint_auth_method/],
    ['a faulty scope', ['new', ...URI, '--scope', 'a  b'], /scope/],
    ['keys that are missing', ['new', ...URI, '--auth-method', 'private_key_jwt'], /jwks/],
  ] as const) {
    test(`${name} is refused as countersign check does, and nothing is written`, async () => {
      await assert.rejects(files.run(['add', ...args, '--write']), (error) => {
        assert.ok(error instanceof CommandError)
        assert.match(error.message, message)
        return true
      })
      assert.equal(files.text(), CONFIG_TEXT)
    })
  }

  test('a file that has faults already is not touched', async () => {
    appendFileSync(files.path, 'nonsense: 1\n')
    await assert.rejects(files.run(['add', 'new', ...URI, '--write']), /nonsense[\s\S]*one fault/)
  })

  for (const args of [['add'], ['add', 'new'], ['add', 'a', 'b', ...URI], ['add', 'new', ...URI, '--type', 'mobile']]) {
    test(`wrong usage: ${args.join(' ')}`, () => assert.rejects(files.run(args), UsageError))
  }

  test('asks for what is missing, and again for a URI that is none', async () => {
    const terminal = fakeTerminal({ isTTY: true })
    const running = files.run(['add', '--write'], terminal)
    terminal.type('new\n', 'New App\n', 'pocket\n', 'native\n', 'http://new.example/\n', 'org.example.new:/cb\n', '\n')
    const { err } = await running
    assert.match(err, /It is plain http/)
    const { metadata } = files.config().clients[1] ?? assert.fail('it is not there')
    assert.deepEqual([metadata.client_name, metadata.redirect_uris], ['New App', ['org.example.new:/cb']])
  })

  test('nothing is added when the terminal is closed', async () => {
    const terminal = fakeTerminal({ isTTY: true })
    const running = files.run(['add', '--write'], terminal)
    terminal.type('new\n')
    ;(terminal.stdin as unknown as { end(): void }).end()
    await assert.rejects(running, /cancelled/)
    assert.equal(files.text(), CONFIG_TEXT)
  })

  test('--file: a file of its own in clients.d/, which is never written over', async () => {
    const { out } = await files.run(['add', 'new', ...URI, '--file'])
    const path = join(files.folder, 'clients.d/new.yaml')
    assert.ok(out.includes(path))
    assert.equal(parse(readFileSync(path, 'utf8'))[0].client_id, 'new')
    assert.equal(statSync(path).mode & 0o777, 0o640)
    assert.equal(statSync(join(files.folder, 'clients.d')).mode & 0o777, 0o750)
    assert.equal(files.text(), CONFIG_TEXT)
    writeFileSync(path, '# mine')
    const again = await files.run(['add', 'new', ...URI, '--file'])
    assert.deepEqual([again.status, readFileSync(path, 'utf8')], [1, '# mine'])
    assert.match(again.err, /there is such a file/)
  })
})

describe('a file is replaced as a whole', () => {
  const random = fakeRandom()

  test('with its mode, and over the links that lead to it', async () => {
    mkdirSync(join(files.folder, 'etc'))
    symlinkSync('../countersign.yaml', join(files.folder, 'etc/link.yaml'))
    chmodSync(files.path, 0o604)
    replaceFile(join(files.folder, 'etc/link.yaml'), { was: CONFIG_TEXT, text: 'new', random })
    assert.equal(files.text(), 'new')
    assert.equal(statSync(files.path).mode & 0o777, 0o604)
    assert.equal(readlinkSync(join(files.folder, 'etc/link.yaml')), '../countersign.yaml')
    assert.deepEqual(files.names(), ['countersign.yaml', 'etc'])
  })

  test('but not when somebody else has changed it meanwhile', () => {
    assert.throws(() => replaceFile(files.path, { was: 'older', text: 'new', random }), /changed meanwhile/)
    assert.equal(files.text(), CONFIG_TEXT)
    assert.deepEqual(files.names(), ['countersign.yaml'])
  })

  test('and a file that is not there cannot be made where there is no folder', () => {
    const path = join(files.path, 'x.yaml')
    assert.throws(() => createFile(path, { text: '', like: files.path, random }), CommandError)
  })
})
