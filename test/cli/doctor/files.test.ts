/** Files with secrets: who may read them. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { checkFiles } from '../../../src/cli/doctor/files.ts'
import { readSealingKey } from '../../../src/cli/doctor/patient.ts'
import { type SecretPlaces, secretPlaces } from '../../../src/config/secret-places.ts'
import { inWords } from './judged.ts'

describe('files with secrets', () => {
  let folder = ''
  const at = (name: string): string => join(folder, name)
  const write = (name: string, mode = 0o600): string => {
    writeFileSync(at(name), 'x')
    chmodSync(at(name), mode)
    return at(name)
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-doctor-'))
    // As /etc is, and not as the folders that mkdtemp makes.
    chmodSync(folder, 0o755)
    for (const name of ['countersign.yaml', 'sealing.key', 'secret', 'countersign.db', 'countersign.db-wal'])
      write(name)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('a sealing key is to be restored where it is missing or no key, not where others can read it', async () => {
    const reason = async (name: string) => String(await readSealingKey({ kind: 'file', path: at(name) }))
    assert.match(await reason('nowhere.key'), /is missing\. Restore the one that belongs to this database/)
    assert.match(await reason('sealing.key'), /not 32 bytes.*Restore the one/)
    chmodSync(at('sealing.key'), 0o644)
    assert.match(await reason('sealing.key'), /mode 0644\)\. Run: chmod 600 '[^']*'$/)
  })

  const look = (
    yaml = 'clients: [{client_secret_file: secret}]',
    platform: NodeJS.Platform = 'linux',
    more = new Map<string, SecretPlaces>(),
  ) =>
    inWords(
      checkFiles({
        config: { keys: { sealingKey: { kind: 'file', path: at('sealing.key') } } as never },
        configPath: at('countersign.yaml'),
        places: new Map([[at('countersign.yaml'), secretPlaces(yaml)], ...more]),
        databasePath: at('countersign.db'),
        platform,
      }),
    )

  test('that nobody else may read are fine, and so is a configuration without secrets that all may read', () => {
    chmodSync(at('countersign.yaml'), 0o644)
    assert.deepEqual(look(), ['fine: 4 files with secrets, readable by nobody else'])
  })

  for (const [name, what] of [
    ['sealing.key', /^problem: the sealing key can be read by everybody/],
    ['secret', /^problem: clients\[0\]\.client_secret_file can be read by everybody/],
    ['countersign.db-wal', /^problem: the database, with password hashes in it, can be read by everybody/],
  ] as const) {
    test(`${name}, readable by all`, () => {
      chmodSync(at(name), 0o644)
      const [told] = look()
      assert.match(told ?? '', what)
      assert.ok(told?.endsWith(`Run: chmod 600 '${at(name)}'`))
    })
  }

  test('readable by all in a folder that only its owner may enter is fine', () => {
    mkdirSync(at('closed'), { mode: 0o700 })
    writeFileSync(at('closed/secret'), 'x', { mode: 0o644 })
    assert.match(look('clients: [{client_secret_file: closed/secret}]')[0] ?? '', /^fine/)
  })

  test('writable by all or by the group', () => {
    chmodSync(at('secret'), 0o602)
    assert.match(look()[0] ?? '', /^problem: .*can be changed by everybody/)
    chmodSync(at('secret'), 0o660)
    assert.match(look()[0] ?? '', /^warning: .*can be changed by its group/)
  })

  test('in a folder that everybody can change; not where only its owner can take a file away, as in /tmp', () => {
    chmodSync(folder, 0o777)
    assert.match(look()[0] ?? '', /^problem: everybody on this machine can put other files in place of those in/)
    chmodSync(folder, 0o1777)
    assert.match(look()[0] ?? '', /^fine/)
  })

  test('the configuration itself, once a secret is in it', () => {
    chmodSync(at('countersign.yaml'), 0o644)
    const told = look('clients: [{client_secret: abcdefghijklmnopqrstuvwxyz0123456789}]')
    assert.match(told[0] ?? '', /^problem: the configuration, with secrets in it, can be read by everybody/)
    assert.match(told[1] ?? '', /^warning: the configuration holds secrets itself: clients\[0\]\.client_secret →/)
    assert.doesNotMatch(told.join(), /abcdefghijkl/)
  })

  test('on Windows the modes say nothing', () => {
    chmodSync(at('sealing.key'), 0o644)
    assert.match(look(undefined, 'win32')[0] ?? '', /^fine/)
  })

  test('a file of clients.d/ that holds a secret: who may read it, and where the secret stands', () => {
    mkdirSync(at('clients.d'))
    const path = write('clients.d/wiki.yaml', 0o644)
    const said = look(undefined, 'linux', new Map([[path, secretPlaces('[{client_secret: a-secret}]')]]))
    assert.match(
      String(said),
      /the configuration, with secrets in it, can be read by everybody .*wiki\.yaml, mode 0644/,
    )
    assert.match(String(said), /clients\[0\]\.client_secret in clients\.d\/wiki\.yaml/)
  })
})

describe('where the configuration has secrets', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration file's own syntax.
  const fromEnvironment = 'database: {url: "postgresql://c:${PASSWORD}@db/c"}\nkeys: {sealing_key: "${SEALING_KEY}"}'

  for (const [what, yaml, written] of [
    [
      'a value',
      'clients: [{client_secret: abc}, {client_secret: def}]',
      ['clients[0].client_secret', 'clients[1].client_secret'],
    ],
    ['the environment', fromEnvironment, []],
    ['a hash', 'clients: [{client_secret_hash: "sha256:abc"}]', []],
    ['a database with a password', 'database: {url: "postgresql://c:secret@db/c"}', ['database.url']],
    ['a database without', 'database: {url: "postgresql://c@db/c?host=/run"}', []],
    ['SQLite', 'database: {url: "file:./a:b@c.db"}', []],
    ['no YAML', '{', []],
  ] as const) {
    test(what, () => assert.deepEqual(secretPlaces(yaml).written, written))
  }

  test('files are named by their keys', () => {
    assert.deepEqual(
      secretPlaces('database: {url_file: /run/url}\nlisten: {tls: {certificate_file: c, key_file: k}}').files,
      [
        { at: 'database.url_file', name: '/run/url' },
        { at: 'listen.tls.key_file', name: 'k' },
      ],
    )
  })
})
