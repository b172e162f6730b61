/** countersign client secret: two secrets are good while the app changes, so that nobody is signed out. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { sha256 } from '../../src/base/hash.ts'
import { CommandError } from '../../src/cli/command.ts'
import { CONFIG_TEXT, clientFiles } from '../fixtures/client-files.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'

const OLD = sha256('the-secret-of-the-wiki-in-the-tests-000001')

let files: ReturnType<typeof clientFiles>
beforeEach(() => {
  files = clientFiles()
})
afterEach(() => files.remove())

const secretIn = (out: string): string => /client secret: (\S{43})$/m.exec(out)?.[1] ?? assert.fail('no secret')
const hashes = (): readonly string[] => files.config().clients[0]?.secretHashes ?? []

describe('client secret', () => {
  test('prints the new secret with the lines for both, and leaves the file alone', async () => {
    const { out } = await files.run(['secret', 'wiki'])
    assert.match(out, new RegExp(`client_secret_hash: sha256:${sha256(secretIn(out))}\n`))
    assert.match(out, new RegExp(`client_secret_previous_hash: sha256:${OLD}\n`))
    assert.equal(files.text(), CONFIG_TEXT)
  })

  test('--write: both are good then, and of the file only these lines are others', async () => {
    const { out } = await files.run(['secret', 'wiki', '--write'])
    const now = sha256(secretIn(out))
    assert.deepEqual(hashes(), [now, OLD])
    assert.equal(
      files.text(),
      CONFIG_TEXT.replace(
        'client_secret: the-secret-of-the-wiki-in-the-tests-000001 # old\n',
        `client_secret_hash: sha256:${now} # old\n    client_secret_previous_hash: sha256:${OLD}\n`,
      ),
    )
    assert.doesNotMatch(out, new RegExp(OLD))
  })

  test('--end-previous: the old one is refused from then on', async () => {
    const now = sha256(secretIn((await files.run(['secret', 'wiki', '--write'])).out))
    await files.run(['secret', 'wiki', '--end-previous'])
    assert.deepEqual(hashes(), [now, OLD], 'only said')
    await files.run(['secret', 'wiki', '--end-previous', '--write'])
    assert.deepEqual(hashes(), [now])
    await assert.rejects(files.run(['secret', 'wiki', '--end-previous', '--write']), /one secret alone/)
  })

  test('a third one never pushes out the one that the app may still have', async () => {
    await files.run(['secret', 'wiki', '--write'])
    const text = files.text()
    await assert.rejects(files.run(['secret', 'wiki', '--write']), /--end-previous[\s\S]*--again/)
    assert.equal(files.text(), text)
    const again = sha256(secretIn((await files.run(['secret', 'wiki', '--write', '--again'])).out))
    assert.deepEqual(hashes(), [again, OLD])
  })

  test('[OIDC Core 9] a secret that is a key is there once, and in the clear', async () => {
    files.remove()
    files = clientFiles(CONFIG_TEXT.replace('client_name: Wiki', 'token_endpoint_auth_method: client_secret_jwt'))
    const { out } = await files.run(['secret', 'wiki', '--write'])
    assert.match(out, /at the same time/)
    assert.deepEqual([files.config().clients[0]?.sharedSecret, hashes().length], [secretIn(out), 1])
  })

  test('[OIDC Core 10.1] with HS256 the secret before still authenticates, and it is said what it does not', async () => {
    files.remove()
    files = clientFiles(CONFIG_TEXT.replace('client_name: Wiki', 'id_token_signed_response_alg: HS256'))
    const { out } = await files.run(['secret', 'wiki', '--write'])
    assert.match(out, /signed with the new one at once/)
    assert.deepEqual([files.config().clients[0]?.sharedSecret, hashes()[1]], [secretIn(out), OLD])
  })

  test('what cannot be written is printed all the same', async () => {
    files.remove()
    files = clientFiles(CONFIG_TEXT.replace('client_name: Wiki', 'token_endpoint_auth_method: client_secret_jwt'))
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration file's own syntax
    const text = files.text().replace('the-secret-of-the-wiki-in-the-tests-000001', '${S}')
    writeFileSync(files.path, text)
    const terminal = { ...fakeTerminal(), env: { S: 'the-secret-of-the-wiki-in-the-tests-000001' } }
    const { status, out, err } = await files.run(['secret', 'wiki', '--write'], terminal)
    assert.equal(status, 1)
    assert.ok(secretIn(out))
    assert.match(err, /nothing was written: its secret is not in this file/)
    assert.equal(files.text(), text)
  })

  for (const [name, text, id, message] of [
    ['an unknown client', CONFIG_TEXT, 'nobody', /no client with this client_id/],
    [
      'a public client',
      CONFIG_TEXT.replace(/client_secret: .*/, 'token_endpoint_auth_method: none'),
      'wiki',
      /public client/,
    ],
    [
      'a client with a key of its own',
      CONFIG_TEXT.replace(
        /client_secret: .*/,
        'token_endpoint_auth_method: private_key_jwt\n    jwks_uri: https://a.example/jwks',
      ),
      'wiki',
      /key of its own/,
    ],
  ] as const) {
    test(`${name} gets none`, async () => {
      files.remove()
      files = clientFiles(text)
      await assert.rejects(files.run(['secret', id]), (e) => e instanceof CommandError && message.test(e.message))
    })
  }
})

describe('client show', () => {
  test('the entry as it is served, with every default and without its secret', async () => {
    const { out } = await files.run(['show', 'wiki'])
    assert.match(out, /^token_endpoint_auth_method +client_secret_basic$/m)
    assert.match(out, /^require_pkce +true$/m)
    assert.match(out, /^lifetimes.access_token +5m$/m)
    assert.match(out, /^secrets +1$/m)
    assert.doesNotMatch(out, /the-secret|sha256/)
    assert.ok(!out.includes(OLD))
  })

  test('--json', async () => {
    const shown = JSON.parse((await files.run(['show', 'wiki', '--json'])).out)
    assert.deepEqual([shown.client_id, shown.scope, shown.secrets], ['wiki', 'openid profile email', 1])
    assert.ok(!JSON.stringify(shown).includes(OLD))
  })
})
