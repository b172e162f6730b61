/** Mails from being caused to having arrived: through the outbox of the application that ships, by SMTP and into a folder. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { invite } from '../../src/authorization/invitation.ts'
import { type CodeMail, mailCode } from '../../src/authorization/mailed-code.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/base/duration.ts'
import type { MailTransportConfig, SmtpConfig } from '../../src/config/config.ts'
import { sealedMails } from '../../src/keys/sealed-mails.ts'
import { mailDelivery } from '../../src/mail/mail-delivery.ts'
import type { MailOrder } from '../../src/mail/mailer.ts'
import { mailsIn, readMail } from '../fixtures/eml.ts'
import { fakeRandom } from '../fixtures/random.ts'
import { type SmtpServer, smtpServer } from '../fixtures/smtp-server.ts'
import { ISSUER, type TestApp, type TestAppOptions, testApp } from '../fixtures/test-app.ts'

let folder: string
const opened: { close(): Promise<unknown> }[] = []
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-mails-'))
})
after(async () => {
  for (const each of opened) await each.close()
  await rm(folder, { recursive: true, force: true })
})

async function appWith(transport: MailTransportConfig | undefined, options: TestAppOptions = {}): Promise<TestApp> {
  const from = { name: 'Example Login', address: 'login@example.com' }
  const mail = transport && { from, replyTo: undefined, tellsUnknown: true, transport }
  const app = await testApp({ ...options, config: { ...options.config, mail } })
  opened.push(app)
  return app
}

let folders = 0
async function appWithFolder(options: TestAppOptions = {}) {
  const own = join(folder, String(++folders))
  const app = await appWith({ kind: 'folder', folder: own }, options)
  const arrived = async () => {
    await app.deps.deliveries.idle()
    return mailsIn(own)
  }
  return { ...app, own, arrived }
}

async function serving(answer?: Parameters<typeof smtpServer>[0]): Promise<{ server: SmtpServer; smtp: SmtpConfig }> {
  const server = await smtpServer(answer)
  opened.push(server)
  const { port } = server
  const login = undefined
  return {
    server,
    smtp: { kind: 'smtp', host: '127.0.0.1', port, tls: 'none', login, authority: undefined, timeout: 5 * SECOND },
  }
}

const RESET: MailOrder = {
  ...{ mail: 'reset_password', to: 'Ada@bücher.example', language: 'en', accountId: 'ada' },
  values: { username: 'canary-name', device: 'Firefox on Windows', at: 0 },
  secrets: async () => ({ code: '8765 4321', link: 'https://login.example/code/canary-link' }),
  lasts: HOUR,
}
const NOTICE: MailOrder = {
  mail: 'account_removed',
  to: 'ada@example.org',
  language: 'en',
  values: { username: 'ada', at: 0 },
}

describe('a mail', () => {
  test('waits in the outbox with nothing of it in the clear, and arrives whole', async () => {
    const { deps, storage, arrived, own, logged } = await appWithFolder()
    const sent = await deps.mailer.send(RESET)
    assert.ok(sent.kind === 'queued')
    const [mail] = await arrived()
    assert.equal(mail?.headers['to'], 'Ada@xn--bcher-kva.example')
    assert.match(mail?.text ?? '', /8765 4321\n[\s\S]*canary-link\n/)
    const row = await storage.deliveries.find(sent.deliveryId)
    assert.ok(row?.deliveredAt !== undefined)
    const { mail: name, domain } = row.payload
    assert.deepEqual(
      [row.kind, row.accountId, name, domain],
      ['mail', 'ada', 'reset_password', 'xn--bcher-kva.example'],
    )
    assert.doesNotMatch(JSON.stringify([row, logged]), /canary|8765|Ada@|Firefox/)
    const [file = ''] = await readdir(own)
    assert.match(file, /^\d{8}T\d{9}Z-reset_password-.{8}\.eml$/)
    assert.equal((await stat(join(own, file))).mode & 0o777, 0o600)
    assert.equal((await stat(own)).mode & 0o777, 0o700)
  })

  test('that arrives is told to the log and the metrics; in the audit log are those that never will', async () => {
    const { server, smtp } = await serving({
      answer: (at) => (at === 'RCPT' ? '550 5.1.1 <ada@example.org> who?' : undefined),
    })
    const { deps, storage, logged } = await appWith(smtp)
    const heard: string[] = []
    deps.audit.onEvent(({ kind }) => heard.push(kind))
    await deps.mailer.send(NOTICE)
    await deps.deliveries.idle()
    assert.deepEqual(heard, ['mail_given_up'])
    const { deps: other, ...folderApp } = await appWithFolder()
    await other.mailer.send(NOTICE)
    assert.equal((await folderApp.arrived()).length, 1)
    for (const [app, kinds] of [
      [{ deps, storage }, ['mail_given_up']],
      [{ deps: other, storage: folderApp.storage }, []],
    ] as const) {
      await app.deps.audit.flush()
      const events = await app.storage.auditEvents.page({ after: 0, limit: 10 })
      assert.deepEqual(
        events.map(({ kind }) => kind),
        kinds,
      )
    }
    assert.ok(
      logged.some((line) => line['audit'] === 'mail_given_up' && /RCPT TO with 550/.test(String(line['reason']))),
    )
    assert.doesNotMatch(JSON.stringify(logged), /ada@/)
    assert.equal(server.mails.length, 0)
  })

  test('[RFC5321 4.2.1] that is refused for now is the same one at the next attempt', async () => {
    const answers = ['451 4.7.1 come again', '421 4.3.2 too many']
    const { server, smtp } = await serving({ answer: (at) => (at === 'MESSAGE' ? answers.shift() : undefined) })
    const { deps, storage, clock } = await appWith(smtp)
    const sent = await deps.mailer.send(RESET)
    for (let i = 0; i < 3; i++) {
      await deps.deliveries.idle()
      clock.advance(MINUTE)
      await deps.deliveries.begin()
    }
    await deps.deliveries.idle()
    assert.equal(server.mails.length, 1)
    const row = await storage.deliveries.find(sent.kind === 'queued' ? sent.deliveryId : '')
    assert.deepEqual([row?.attempts, row?.deliveredAt !== undefined], [3, true])
    assert.match(row?.lastFailure ?? '', /421 4\.3\.2 too many/)
    assert.match(readMail(server.mails[0]?.data ?? '').text, /8765 4321/)
  })

  test('is sent by any process', async () => {
    const { deps, own, another, clock, arrived } = await appWithFolder()
    await deps.deliveries.stop()
    await deps.mailer.send(RESET)
    assert.equal((await arrived().catch(() => [])).length, 0)
    const other = await another()
    opened.unshift(other)
    clock.advance(SECOND)
    await other.deps.deliveries.begin()
    await other.deps.deliveries.idle()
    assert.equal(mailsIn(own).length, 1)
  })

  test('is given up when what it tells is over, and not sent late', async () => {
    const { server, smtp } = await serving({ answer: (at) => (at === 'GREETING' ? '421 closed' : undefined) })
    const { deps, storage, clock } = await appWith(smtp)
    const sent = await deps.mailer.send(RESET)
    await deps.deliveries.idle()
    clock.advance(HOUR)
    await deps.deliveries.begin()
    await deps.deliveries.idle()
    const row = await storage.deliveries.find(sent.kind === 'queued' ? sent.deliveryId : '')
    assert.equal(row?.givenUpAt, clock.now())
    assert.equal(row?.lastFailure, 'what it tells is over')
    assert.equal(server.mails.length, 0)
  })

  test('sealed with another key, moved to another row, of a newer version, or without mails: no harm', async () => {
    const { deps, storage } = await appWithFolder()
    const sent = await deps.mailer.send(RESET)
    const row = await storage.deliveries.find(sent.kind === 'queued' ? sent.deliveryId : '')
    assert.ok(row)
    const send = (different: object, with_ = {}) => mailDelivery({ ...deps, ...with_ }).send({ ...row, ...different })
    const refused = { kind: 'refused', reason: 'it was sealed with another sealing key' }
    assert.deepEqual(await send({}, { mailSeals: sealedMails(Buffer.alloc(32, 9), fakeRandom()) }), refused)
    assert.deepEqual(await send({ id: 'mail/another' }), refused)
    assert.equal((await send({ payload: { ...row.payload, mail: 'of tomorrow' } })).kind, 'failed')
    assert.equal((await send({ payload: { ...row.payload, mail: 'toString' } })).kind, 'failed')
    assert.equal((await send({}, { config: { ...deps.config, mail: undefined } })).kind, 'refused')
  })

  test('without `mail` in the configuration is none, and nobody can be sent one at no address', async () => {
    const { deps, storage } = await appWith(undefined)
    assert.equal(deps.mailer.isOn, false)
    assert.deepEqual(await deps.mailer.send(RESET), { kind: 'off' })
    const { deps: on } = await appWithFolder()
    for (const to of ['', 'ada', 'ada@example.org\r\nBcc: eve@example.org', '"a b"@example.org']) {
      assert.deepEqual(await on.mailer.send({ ...RESET, to }), { kind: 'no_address' })
    }
    assert.deepEqual(await storage.deliveries.list({ clientId: undefined, limit: 9 }), [])
  })
})

describe('how many mails', () => {
  test('five to an address, however it is written; then one more each twelve minutes', async () => {
    const { deps, clock, arrived } = await appWithFolder()
    for (let i = 0; i < 5; i++) {
      const to = i % 2 === 0 ? 'ada@bücher.example' : 'ADA@xn--bcher-kva.example'
      assert.equal((await deps.mailer.send({ ...RESET, to })).kind, 'queued')
    }
    const [kind, retryAt] = Object.values(await deps.mailer.send(RESET))
    assert.deepEqual([kind, Number(retryAt)], ['throttled', clock.now() + 12 * MINUTE])
    clock.advance(12 * MINUTE)
    assert.equal((await deps.mailer.send(RESET)).kind, 'queued')
    assert.equal((await deps.mailer.send(RESET)).kind, 'throttled')
    assert.equal((await arrived()).length, 6)
  })

  test('no code is made for a mail that is not sent', async () => {
    const { deps } = await appWithFolder()
    let made = 0
    const secrets = async () => ({ code: `0000 000${++made}`, link: 'https://login.example/code/x' })
    for (let i = 0; i < 9; i++) await deps.mailer.send({ ...RESET, secrets })
    assert.equal(made, 5)
  })

  test('what is asked for leaves room for what an account must be told', async () => {
    const { deps } = await appWithFolder()
    for (let i = 0; i < 9; i++) await deps.mailer.send({ ...RESET, to: NOTICE.to })
    assert.equal((await deps.mailer.send(NOTICE)).kind, 'queued')
  })

  test('thirty addresses from one network', async () => {
    const { deps } = await appWithFolder()
    const kinds = []
    for (let i = 0; i < 32; i++) {
      const order = { ...RESET, to: `a${i}@example.org`, accountId: undefined, ip: '198.51.100.7' }
      kinds.push((await deps.mailer.send(order)).kind)
    }
    assert.deepEqual(kinds.slice(29), ['queued', 'throttled', 'throttled'])
    // It was taken back: the network is what was too much, not this address.
    const elsewhere = { ...RESET, to: 'a31@example.org', accountId: undefined, ip: '203.0.113.9' }
    for (let i = 0; i < 5; i++) assert.equal((await deps.mailer.send(elsewhere)).kind, 'queued')
  })
})

describe('a mailed code', () => {
  const asked: Omit<CodeMail, 'to' | 'account'> = {
    purpose: 'reset_password',
    ...{ language: 'en', userAgent: undefined, ip: '198.51.100.7' },
    place: { browserHash: 'here', interactionId: undefined },
  }
  const account = { id: 'ada', username: 'ada' }

  test('is the one that is typed, and its link opens', async () => {
    const { deps, arrived } = await appWithFolder()
    const mailed = await mailCode(deps, { ...asked, to: 'ada@example.org', account, details: { client: 'wiki' } })
    assert.ok(mailed.kind === 'sent')
    const [mail] = await arrived()
    const [, typed = ''] = /^(\d{4} \d{4})$/m.exec(mail?.text ?? '') ?? []
    const [, handle = ''] = new RegExp(`^${ISSUER}/code/(\\S+)$`, 'm').exec(mail?.text ?? '') ?? []
    assert.ok(mail?.html.includes(`href="${ISSUER}/code/${handle}"`))
    const opened = await deps.codes.open(handle, 'reset_password', { browserHash: 'elsewhere' })
    assert.ok(opened.kind === 'open' && opened.record.details['client'] === 'wiki')
    const verdict = await deps.codes.type({ id: mailed.id, purpose: 'reset_password', typed, place: asked.place })
    assert.ok(verdict.kind === 'right' && verdict.record.address === 'ada@example.org')
  })

  test('[ASVS 6.3.8] for an address that no account has: the same answer, the same rows, the same limits', async () => {
    const kinds: unknown[] = []
    const counts: unknown[] = []
    for (const who of [account, undefined]) {
      const { deps, storage } = await appWithFolder()
      const answers = []
      for (let i = 0; i < 7; i++) answers.push(await mailCode(deps, { ...asked, to: 'ada@example.org', account: who }))
      kinds.push(answers.map(({ kind }) => kind))
      counts.push((await storage.deliveries.list({ clientId: undefined, limit: 99 })).length)
      const [first] = answers
      const id = first?.kind === 'sent' ? first.id : ''
      const verdict = await deps.codes.type({ id, purpose: 'reset_password', typed: '00000000', place: asked.place })
      assert.deepEqual(verdict, { kind: 'wrong', attemptsLeft: 4 })
    }
    assert.deepEqual(kinds[0], kinds[1])
    assert.deepEqual(counts, [5, 5])
  })

  test('such an address is told that no account has it, or nothing at all, as the configuration says', async () => {
    const { deps, arrived } = await appWithFolder()
    await mailCode(deps, { ...asked, to: 'eve@example.org', account: undefined })
    const [mail] = await arrived()
    assert.match(mail?.text ?? '', /no account with a password has confirmed it/)
    assert.doesNotMatch(mail?.text ?? '', /\/code\/|\d{4} \d{4}/)
    const quiet = await appWithFolder()
    const { mail: settings } = quiet.deps.config
    assert.ok(settings)
    const config = { ...quiet.deps.config, mail: { ...settings, tellsUnknown: false } }
    const sent = await mailCode({ ...quiet.deps, config }, { ...asked, to: 'eve@example.org', account: undefined })
    assert.equal(sent.kind, 'sent')
    await quiet.deps.deliveries.idle()
    const [row] = await quiet.storage.deliveries.list({ clientId: undefined, limit: 9 })
    assert.ok(row?.deliveredAt !== undefined)
    await assert.rejects(readdir(quiet.own), { code: 'ENOENT' })
  })

  test('an invitation has a link alone, and is good for a week; an address may be nobody’s yet', async () => {
    const { deps, storage, arrived } = await appWithFolder()
    const invited = { name: undefined, groups: [], clientId: undefined, isMailed: true, language: 'en' }
    await invite(deps, { ...invited, address: 'new@example.org', lasts: 7 * DAY })
    await mailCode(deps, { ...asked, purpose: 'verify_email', to: 'new@example.org', account: undefined })
    const mails = await arrived()
    assert.deepEqual(mails.map(({ headers }) => headers['subject']).toSorted(), [
      'Confirm your e-mail address for Example Login',
      'You are invited to Example Login',
    ])
    const rows = await storage.deliveries.list({ clientId: undefined, limit: 9 })
    const lasting = rows.map(({ payload, createdAt }) => Number(payload['expires_at']) - createdAt)
    assert.deepEqual(
      lasting.toSorted((a, b) => a - b),
      [DAY, 7 * DAY],
    )
  })
})
