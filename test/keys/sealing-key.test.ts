/** Where the sealing key comes from, and every way in which that can go wrong. */
import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { systemRandom } from '../../src/base/random.ts'
import { loadSealingKey, SealingKeyError } from '../../src/keys/sealing-key.ts'
import { createSealingKeyFile } from '../../src/keys/sealing-key-file.ts'
import { fakeRandom } from '../fixtures/random.ts'

const BYTES = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index * 3))
const says = (pattern: RegExp) => (error: unknown) => error instanceof SealingKeyError && pattern.test(error.message)

describe('a sealing key given as a value', () => {
  const load = (value: string) =>
    loadSealingKey({ kind: 'value', value }, { random: fakeRandom(), hasSealedKeys: true })

  test('base64url, base64 with and without padding, and hex mean the same 32 bytes', async () => {
    for (const encoding of ['base64url', 'base64', 'hex'] as const) {
      assert.deepEqual((await load(BYTES.toString(encoding))).bytes, BYTES, encoding)
    }
    assert.deepEqual((await load(BYTES.toString('base64').replace('=', ''))).bytes, BYTES)
    assert.deepEqual((await load(` ${BYTES.toString('hex').toUpperCase()}\n`)).bytes, BYTES)
  })

  test('anything else is refused, and the message does not repeat it', async () => {
    const wrong = ['', 'short', BYTES.subarray(1).toString('hex'), `${BYTES.toString('base64url')}AA`, 'é'.repeat(43)]
    for (const value of [...wrong, BYTES.toString('base64url').replace(/.$/, '_'), 'A'.repeat(42)]) {
      await assert.rejects(load(value), (error: unknown) => {
        assert.ok(error instanceof SealingKeyError && /keys\.sealing_key is not 32 bytes/.test(error.message), value)
        return value.length < 10 || !error.message.includes(value)
      })
    }
  })
})

describe('a sealing key in a file', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-keys-'))
  })
  after(() => rm(folder, { recursive: true }))
  const load = (path: string, hasSealedKeys = false) =>
    loadSealingKey({ kind: 'file', path }, { random: systemRandom, hasSealedKeys })

  test('the first start makes it: 0600 in a folder of 0700, nothing else left there, and it stays the same', async () => {
    const path = join(folder, 'first', 'keys', 'sealing.key')
    const made = await load(path)
    assert.equal(made.bytes.length, 32)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.equal((await stat(join(folder, 'first', 'keys'))).mode & 0o777, 0o700)
    assert.deepEqual(await readdir(join(folder, 'first', 'keys')), ['sealing.key'])
    assert.deepEqual(await load(path, true), made)
  })

  test('twenty that start at once all use the same key', async () => {
    const path = join(folder, 'race', 'sealing.key')
    const keys = await Promise.all(Array.from({ length: 20 }, () => load(path)))
    assert.equal(new Set(keys.map((key) => key.bytes.toString('hex'))).size, 1)
    assert.deepEqual(await readdir(join(folder, 'race')), ['sealing.key'])
  })

  test('a process that comes late never replaces the file, but goes on with what is there', async () => {
    const path = join(folder, 'late', 'sealing.key')
    const first = await createSealingKeyFile(path, systemRandom)
    assert.equal(await createSealingKeyFile(path, systemRandom), first)
    assert.equal(await readFile(path, 'utf8'), first)
  })

  test('missing while the database has keys that only it opens: says which file to restore, makes none', async () => {
    const path = join(folder, 'lost', 'sealing.key')
    await load(path)
    await unlink(path)
    await assert.rejects(load(path, true), (error: unknown) => {
      return says(/missing.*Restore this file from your backup/)(error) && says(/lost\/sealing\.key/)(error)
    })
    assert.deepEqual(await readdir(join(folder, 'lost')), [])
  })

  test('a file that others can read is refused, and the message has the command that mends it', async () => {
    const path = join(folder, 'open.key')
    for (const mode of [0o644, 0o640, 0o604, 0o620, 0o601]) {
      await writeFile(path, BYTES.toString('base64url'))
      await chmod(path, mode)
      await assert.rejects(load(path), says(new RegExp(`mode 0${mode.toString(8)}\\).*chmod 600 '${path}'`)))
    }
    await chmod(path, 0o400)
    assert.deepEqual((await load(path)).bytes, BYTES)
  })

  test('a malformed file is refused and left as it is', async () => {
    for (const text of ['', 'half a ke', BYTES.toString('hex').slice(1)]) {
      const path = join(folder, 'malformed.key')
      await writeFile(path, text, { mode: 0o600 })
      await assert.rejects(load(path), says(/the file .*malformed\.key is not 32 bytes/))
      assert.equal(await readFile(path, 'utf8'), text)
    }
  })

  test('a folder in its place, or a file where its folder should be: a message, not a stack', async () => {
    await mkdir(join(folder, 'folder.key'))
    await assert.rejects(load(join(folder, 'folder.key')), says(/is not a file/))
    await writeFile(join(folder, 'file'), '', { mode: 0o600 })
    await assert.rejects(load(join(folder, 'file', 'sealing.key')), says(/cannot be opened \(ENOTDIR\)/))
  })
})
