import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { sha256 } from '../../src/base/hash.ts'
import { check } from '../../src/cli/check.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import { configPath, loadConfigOrFail } from '../../src/cli/config.ts'
import { secret } from '../../src/cli/secret.ts'
import { PUBLIC, withClient } from '../config/loading.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'

describe('countersign check', () => {
  let directory = ''
  let path = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'countersign-check-'))
    path = join(directory, 'countersign.yaml')
  })
  after(() => rmSync(directory, { recursive: true }))

  test('says that a file is fine and how many clients it has, exit status 0', async () => {
    writeFileSync(path, withClient(...PUBLIC))
    const terminal = fakeTerminal()
    assert.equal(await check.run(['--config', path], terminal), 0)
    assert.deepEqual([terminal.out(), terminal.err()], [`${path}: fine — 1 client\n`, ''])
  })

  test('prints every fault with its place, exit status 1', async () => {
    writeFileSync(path, 'isuer: x\nname: 5\n')
    const terminal = fakeTerminal()
    assert.equal(await check.run(['--config', path], terminal), 1)
    assert.equal(terminal.out(), '')
    assert.deepEqual(
      terminal
        .err()
        .match(/^\/.*$/gm)
        ?.map((line) => line.slice(path.length)),
      [
        ':1:1: isuer: unknown key',
        ':1:1: issuer: is missing',
        ':2:7: name: is of the wrong type: put quotes around it',
        ': 3 faults',
      ],
    )
  })

  test('prints what is likely not meant, exit status 0', async () => {
    writeFileSync(path, withClient(...PUBLIC, 'scope: openid emial'))
    const terminal = fakeTerminal()
    assert.equal(await check.run(['--config', path], terminal), 0)
    assert.match(
      terminal.err(),
      /:6:12: clients\[0\]\.scope: emial is no scope of OpenID Connect[\s\S]*did you mean email\?/,
    )
  })

  test('takes the file from --config, else the environment, else the working directory', () => {
    assert.equal(configPath('a', { env: { COUNTERSIGN_CONFIG: 'b' } }), 'a')
    assert.equal(configPath(undefined, { env: { COUNTERSIGN_CONFIG: 'b' } }), 'b')
    assert.equal(configPath(undefined, { env: {} }), 'countersign.yaml')
  })

  test('refuses words that it does not know', async () => {
    await assert.rejects(check.run(['--cofnig', 'x'], fakeTerminal()), UsageError)
    await assert.rejects(check.run(['x'], fakeTerminal()), UsageError)
  })

  test('loadConfigOrFail gives the configuration, or one error with every fault', () => {
    writeFileSync(path, withClient(...PUBLIC))
    assert.equal(loadConfigOrFail(path, { env: {} }).clients.length, 1)
    writeFileSync(path, 'isuer: x\n')
    assert.throws(
      () => loadConfigOrFail(undefined, { env: { COUNTERSIGN_CONFIG: path } }),
      (error) =>
        error instanceof CommandError &&
        /isuer: unknown key[\s\S]*issuer: is missing[\s\S]*2 faults$/.test(error.message),
    )
  })
})

describe('countersign secret', () => {
  test('prints a secret of 256 bits and its hash', async () => {
    const terminal = fakeTerminal()
    assert.equal(await secret.run([], terminal), 0)
    const [, value = '', hash] =
      /client secret: +([\w-]{43})\n[\s\S]*client_secret_hash: sha256:([\w-]{43})\n/.exec(terminal.out()) ?? []
    assert.equal(hash, sha256(value))
  })

  test('takes no words', async () => {
    await assert.rejects(secret.run(['x'], fakeTerminal()), UsageError)
  })
})
