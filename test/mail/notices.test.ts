/** Mails about the safety of an account: who gets them, and who must not. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { mailNotice } from '../../src/authorization/mailed-notice.ts'
import { HOUR } from '../../src/base/duration.ts'
import { aClient } from '../fixtures/client.ts'
import { mailsIn } from '../fixtures/eml.ts'
import { silentLog } from '../fixtures/signing-keys.ts'
import { ISSUER, type TestApp, testApp } from '../fixtures/test-app.ts'
import { assertRefused, codeFields, newCode, postAsApp } from '../fixtures/test-client.ts'

describe('a notice', () => {
  let folder: string
  let world: TestApp
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-notices-'))
    const from = { name: 'Example Login', address: 'login@example.com' }
    const mail = { from, replyTo: undefined, tellsUnknown: true, transport: { kind: 'folder', folder } } as const
    world = await testApp({ clients: [aClient({ metadata: { client_name: 'The Wiki' } })], config: { mail } })
    await world.addAccount()
  })
  after(async () => {
    await world.close()
    await rm(folder, { recursive: true, force: true })
  })
  const arrived = async () => {
    await world.deps.deliveries.idle()
    return mailsIn(folder)
  }
  const stealCode = async () => {
    const code = await newCode(world.app)
    for (let i = 0; i < 3; i++) await postAsApp(world.app, '/token', codeFields(code))
    assertRefused(await postAsApp(world.app, '/token', codeFields(code)), 400, 'invalid_grant')
  }

  test('[RFC6749 4.1.2] a code that was used before: the person hears of it, once within an hour', async () => {
    await stealCode()
    await stealCode()
    const [mail, ...others] = await arrived()
    assert.equal(others.length, 0)
    assert.equal(mail?.headers['to'], 'alice@example.org')
    assert.equal(mail?.headers['subject'], 'Somebody may have been in your account at Example Login')
    assert.match(mail?.text ?? '', /your account alice .*what The Wiki keeps for you/)
    assert.ok(mail?.text.endsWith(`\n\n${ISSUER}/account`))
    world.clock.advance(HOUR)
    await stealCode()
    const again = (await arrived()).filter(({ headers }) => headers['subject'] === mail?.headers['subject'])
    assert.equal(again.length, 2)
  })

  test('goes to a verified address alone: another may be somebody else’s', async () => {
    const before = (await arrived()).length
    const account = { id: 'eve', username: 'eve' }
    const tell = (claims: object) =>
      mailNotice(
        world.deps,
        { mail: 'new_device', account: { ...account, claims }, values: { device: 'Safari on a Mac' } },
        silentLog,
      )
    await tell({})
    await tell({ email: 'eve@example.org' })
    await tell({ email: 'eve@example.org', email_verified: false })
    await tell({ email: 'no address', email_verified: true })
    assert.equal((await arrived()).length, before)
    world.clock.advance(1)
    await tell({ email: 'eve@example.org', email_verified: true, locale: 'de' })
    const mail = (await arrived()).at(-1)
    assert.deepEqual([mail?.headers['to'], mail?.headers['content-language']], ['eve@example.org', 'de'])
    // In the language of whom it is for.
    assert.match(mail?.text ?? '', / mit Safari on a Mac angemeldet, womit/)
  })

  test('that can’t be put into the outbox is logged, and holds up nobody', async () => {
    const lines: unknown[] = []
    const send = () => Promise.reject(new Error('no outbox'))
    const deps = { ...world.deps, mailer: { isOn: true, send } }
    const account = { id: 'eve', username: 'eve', claims: { email: 'eve@example.org', email_verified: true } }
    const log = { ...silentLog, error: (fields: object) => void lines.push(fields) }
    await mailNotice(deps, { mail: 'account_removed', account, values: {} }, log)
    assert.equal(lines.length, 1)
    assert.doesNotMatch(JSON.stringify(lines), /eve@/)
  })
})
