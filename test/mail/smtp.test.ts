/** Giving mails to SMTP servers of every temper. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { SECOND } from '../../src/base/duration.ts'
import type { SmtpConfig } from '../../src/config/config.ts'
import { reachSmtp, sendBySmtp } from '../../src/mail/smtp.ts'
import type { Outgoing } from '../../src/mail/transport.ts'
import { certificateAuthority } from '../fixtures/certificates.ts'
import { START } from '../fixtures/clock.ts'
import { freePort } from '../fixtures/free-port.ts'
import { type SmtpServer, type SmtpServerOptions, smtpServer } from '../fixtures/smtp-server.ts'

const authority = certificateAuthority()
const certificate = authority.issue('localhost')
const LOGIN = { user: 'login@example.com', password: 'correct horse' }

const servers: SmtpServer[] = []
after(() => Promise.all(servers.map((server) => server.close())))

async function serve(options: SmtpServerOptions): Promise<SmtpServer> {
  const server = await smtpServer(options)
  servers.push(server)
  return server
}

const configFor = (port: number, different: Partial<SmtpConfig> = {}): SmtpConfig => ({
  ...{ kind: 'smtp', host: 'localhost', port, tls: 'starttls', login: undefined },
  authority: authority.certificate,
  timeout: 5 * SECOND,
  ...different,
})

const MAIL: Outgoing = {
  readable: { subject: '', text: '' },
  ...{ id: 'mail/1', name: 'test', date: START, from: 'login@example.com', to: 'ada@example.org' },
  bytes: Buffer.from('Subject: hello\r\n\r\n.a dot begins this line\r\n.\r\nQUIT\r\n'),
}

describe('a mail by SMTP', () => {
  test('with STARTTLS and a password: encrypted before anything is said, and whole', async () => {
    const server = await serve({ tls: certificate, login: LOGIN })
    const sent = await sendBySmtp(configFor(server.port, { login: LOGIN }), MAIL, 'login.example.com')
    assert.deepEqual(sent, { kind: 'accepted', answer: '250 2.0.0 taken as 42' })
    const [mail] = server.mails
    assert.deepEqual(
      [mail?.from, mail?.to, mail?.isEncrypted, mail?.user],
      ['login@example.com', ['ada@example.org'], true, LOGIN.user],
    )
    assert.equal(mail?.data, MAIL.bytes.toString().trimEnd())
    assert.deepEqual(server.commands.slice(0, 3), ['EHLO login.example.com', 'STARTTLS', 'EHLO login.example.com'])
    assert.equal(server.commands.at(-1), 'QUIT')
  })

  test('with TLS from the start', async () => {
    const server = await serve({ tls: certificate, isImplicit: true })
    assert.equal((await sendBySmtp(configFor(server.port, { tls: 'implicit' }), MAIL, 'us')).kind, 'accepted')
    assert.equal(server.mails[0]?.isEncrypted, true)
  })

  test('without TLS, where the configuration says so', async () => {
    const server = await serve({})
    assert.equal((await sendBySmtp(configFor(server.port, { tls: 'none' }), MAIL, 'us')).kind, 'accepted')
  })

  test('a server that does not say goodbye has taken the mail all the same', async () => {
    const server = await serve({ answer: (command) => (command === 'QUIT' ? '' : undefined) })
    assert.equal((await sendBySmtp(configFor(server.port, { tls: 'none' }), MAIL, 'us')).kind, 'accepted')
  })

  const outcome = async (options: SmtpServerOptions, different: Partial<SmtpConfig> = {}) => {
    const server = await serve(options)
    const sent = await sendBySmtp(configFor(server.port, { tls: 'none', ...different }), MAIL, 'us')
    assert.ok(sent.kind !== 'accepted')
    assert.equal(server.mails.length, 0)
    const reason = sent.reason.replace(/^localhost:\d+ ?/, '')
    return { kind: sent.kind, reason, server }
  }
  const saying = (at: string, text: string): SmtpServerOptions => ({
    answer: (command) => (command === at ? text : undefined),
  })

  for (const [at, text, kind, reason] of [
    [
      'RCPT',
      '550 5.1.1 <ada@example.org>: no such user',
      'refused',
      'answered RCPT TO with 550 5.1.1 <…>: no such user',
    ],
    ['RCPT', '451 4.7.1 greylisted, come again', 'failed', 'answered RCPT TO with 451 4.7.1 greylisted, come again'],
    ['MESSAGE', '554 5.7.1 looks like spam', 'refused', 'answered DATA with 554 5.7.1 looks like spam'],
    ['MESSAGE', '452 4.3.1 the disk is full', 'failed', 'answered DATA with 452 4.3.1 the disk is full'],
    [
      'MAIL',
      '550 5.7.1 you may not send for that',
      'failed',
      'answered MAIL FROM with 550 5.7.1 you may not send for that',
    ],
    ['GREETING', '554 5.3.2 go away', 'failed', 'answered CONN with 554 5.3.2 go away'],
    ['GREETING', '421 4.3.2 too many', 'failed', 'answered CONN with 421 4.3.2 too many'],
  ] as const) {
    test(`[RFC5321 4.2.1] ${text.slice(0, 3)} at ${at} is ${kind}: ${text.slice(4, 40)}`, async () => {
      const found = await outcome(saying(at, text))
      assert.deepEqual([found.kind, found.reason], [kind, reason])
    })
  }

  test('a wrong password can be mended: it is tried again, and told without the password', async () => {
    const login = { ...LOGIN, password: 'wrong horse' }
    const { kind, reason } = await outcome({ tls: certificate, login: LOGIN }, { tls: 'starttls', login })
    assert.equal(kind, 'failed')
    assert.match(reason, /^answered AUTH PLAIN with 535 5.7.8 who are you$/)
  })

  test('a certificate of another host is refused, and so is one of nobody known; nothing was said to them', async () => {
    for (const [options, authorityPem] of [
      [{ tls: authority.issue('mail.other.example') }, authority.certificate],
      [{ tls: certificate }, undefined],
      [{ tls: authority.issueExpired('localhost') }, authority.certificate],
    ] as const) {
      for (const isImplicit of [false, true]) {
        const tls = isImplicit ? 'implicit' : 'starttls'
        const different = { tls, authority: authorityPem, login: LOGIN } as const
        const { kind, reason, server } = await outcome({ ...options, isImplicit, login: LOGIN }, different)
        assert.equal(kind, 'failed')
        assert.match(reason, /certificate is not believed/)
        assert.ok(!server.commands.some((command) => /AUTH|MAIL/.test(command)))
      }
    }
  })

  test('a server that takes STARTTLS out of its offer gets neither password nor mail', async () => {
    const { kind, server } = await outcome({ login: LOGIN }, { tls: 'starttls', login: LOGIN })
    assert.equal(kind, 'failed')
    assert.ok(!server.commands.some((command) => /AUTH|MAIL/.test(command)), server.commands.join())
  })

  test('a silent server, at whichever step, is left after the time of the configuration, and nothing stays open', async () => {
    for (const at of ['GREETING', 'EHLO', 'MAIL', 'MESSAGE']) {
      const { kind, reason, server } = await outcome(saying(at, ''), { timeout: 150 })
      assert.equal(kind, 'failed')
      assert.match(reason, /no answer in time/)
      while (server.openConnections() > 0) await new Promise((resolve) => setImmediate(resolve))
    }
  })

  test('one that says a byte now and then is left, too', async () => {
    const server = await serve(saying('GREETING', ''))
    const drip = setInterval(() => server.drip('2'), 20)
    try {
      const sent = await sendBySmtp(configFor(server.port, { tls: 'none', timeout: 200 }), MAIL, 'us')
      assert.equal(sent.kind, 'failed')
    } finally {
      clearInterval(drip)
    }
  })

  test('where nobody listens, or the name is nobody’s', async () => {
    const port = await freePort()
    const sent = await sendBySmtp(configFor(port, { tls: 'none' }), MAIL, 'us')
    assert.ok(sent.kind === 'failed' && /ECONNREFUSED/.test(sent.reason), JSON.stringify(sent))
  })

  test('TLS spoken to a port that does not', async () => {
    const { kind, reason } = await outcome({}, { tls: 'implicit' })
    assert.equal(kind, 'failed')
    assert.match(reason, /does not speak TLS on this port/)
  })

  test('no address gets a line of its own in', async () => {
    const server = await serve({})
    const to = 'ada@example.org>\r\nRCPT TO:<eve@example.org'
    const sent = await sendBySmtp(configFor(server.port, { tls: 'none' }), { ...MAIL, to }, 'us')
    assert.equal(sent.kind, 'refused')
    assert.equal(server.mails.length, 0)
    assert.ok(!server.commands.some((command) => command.includes('eve')))
  })

  test('reaching a server says what it speaks, and whether it knows us', async () => {
    const server = await serve({ tls: certificate, login: LOGIN })
    const reached = await reachSmtp(configFor(server.port, { login: LOGIN }), 'us')
    assert.deepEqual(reached, { protocol: 'TLSv1.3', isLoggedIn: true })
    assert.deepEqual(server.mails, [])
  })
})
