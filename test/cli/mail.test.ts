/** `countersign mail test`, and what the doctor says of the mail server. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SECOND } from '../../src/base/duration.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import { checkMail } from '../../src/cli/doctor/mail.ts'
import { mail } from '../../src/cli/mail.ts'
import type { MailConfig, SmtpConfig } from '../../src/config/config.ts'
import { reachSmtp } from '../../src/mail/smtp.ts'
import { certificateAuthority } from '../fixtures/certificates.ts'
import { readMail } from '../fixtures/eml.ts'
import { freePort } from '../fixtures/free-port.ts'
import { type SmtpServer, type SmtpServerOptions, smtpServer } from '../fixtures/smtp-server.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { inWords } from './doctor/judged.ts'

const authority = certificateAuthority()
const tls = authority.issue('localhost')
const LOGIN = { user: 'us', password: 'canary password' }

let folder: string
const servers: SmtpServer[] = []
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-mail-command-'))
})
after(async () => {
  for (const server of servers) await server.close()
  await rm(folder, { recursive: true, force: true })
})

async function serve(options: SmtpServerOptions): Promise<SmtpServer> {
  const server = await smtpServer(options)
  servers.push(server)
  return server
}

async function run(lines: readonly string[], ...words: readonly string[]) {
  const path = join(folder, 'countersign.yaml')
  await writeFile(path, `issuer: http://localhost:8080\n${lines.join('\n')}\n`)
  const terminal = fakeTerminal()
  const status = await mail.run([...words, '--config', path], terminal)
  return { status, out: terminal.out() }
}

const FROM = ['mail:', '  from: Example Login <login@example.com>']
const smtpLines = (port: number, ...more: readonly string[]): string[] => [
  ...FROM,
  ...['  smtp:', '    host: 127.0.0.1', `    port: ${port}`, '    tls: none'],
  ...more,
]

describe('mail test', () => {
  test('gives a mail to the server, and tells what it said', async () => {
    const server = await serve({})
    const { status, out } = await run(smtpLines(server.port), 'test', 'ada@bücher.example')
    assert.equal(status, 0)
    assert.equal(out, 'The mail to ada@xn--bcher-kva.example was taken: 250 2.0.0 taken as 42\n')
    const read = readMail(server.mails[0]?.data ?? '')
    assert.equal(read.headers['subject'], 'A test of the mails from Countersign')
    assert.match(read.text, /It has arrived/)
  })

  test('puts it into the folder, where there is one', async () => {
    const { out } = await run([...FROM, '  folder: ./mails'], 'test', 'ada@example.org')
    const [file = ''] = await readdir(join(folder, 'mails'))
    assert.ok(out.includes(file))
    assert.match(readMail(await readFile(join(folder, 'mails', file), 'utf8')).text, /It has arrived/)
  })

  test('says what is wrong, whether it may pass, and what to do', async () => {
    const server = await serve({ answer: (at) => (at === 'RCPT' ? '550 5.7.1 relay access denied' : undefined) })
    await assert.rejects(
      run(smtpLines(server.port), 'test', 'ada@example.org'),
      (error) =>
        error instanceof CommandError &&
        /would not be tried again\n {2}127\.0\.0\.1:\d+ answered RCPT TO with 550 5\.7\.1 relay access denied\n {2}→ .*mail\.smtp\.user/.test(
          error.message,
        ),
    )
    const port = await freePort()
    await assert.rejects(
      run(smtpLines(port), 'test', 'ada@example.org'),
      /would be tried again\n.*ECONNREFUSED.*\n.*firewall/,
    )
  })

  test('without `mail`, without an address, with odd words', async () => {
    await assert.rejects(run([], 'test', 'ada@example.org'), /has no `mail`/)
    for (const words of [
      [],
      ['test'],
      ['test', 'a@b.de', 'c@d.ef'],
      ['try', 'a@b.de'],
      ['test', 'ada'],
      ['test', 'a@b.de', '--language', '../en'],
    ]) {
      await assert.rejects(run(FROM, ...words), UsageError)
    }
  })
})

describe('the doctor on mail', () => {
  const look = (transport: MailConfig['transport'] | undefined) => {
    const from = { name: '', address: 'login@example.com' }
    const config = transport && { from, replyTo: undefined, tellsUnknown: true, transport }
    return checkMail({ mail: config, issuer: 'https://login.example' }, reachSmtp)
  }
  const smtp = (port: number, different: Partial<SmtpConfig> = {}): SmtpConfig => ({
    ...{ kind: 'smtp', host: 'localhost', port, tls: 'starttls', login: LOGIN },
    ...{ authority: authority.certificate, timeout: 5 * SECOND },
    ...different,
  })

  test('nothing to look at', async () => {
    assert.match(inWords(await look(undefined)).join(), /^fine: there is no `mail`/)
    assert.match(inWords(await look({ kind: 'folder', folder: '/x' })).join(), /^fine: .*\/x/)
    assert.match(inWords(await look({ kind: 'console' })).join(), /^fine: /)
  })

  test('a server that is all right gets no mail', async () => {
    const server = await serve({ tls, login: LOGIN })
    assert.deepEqual(inWords(await look(smtp(server.port))), [
      `fine: localhost:${server.port} answers by TLSv1.3, and takes the user and the password`,
    ])
    assert.ok(!server.commands.some((command) => command.startsWith('MAIL')))
  })

  for (const [what, options, different, found] of [
    [
      'another password',
      { tls, login: { ...LOGIN, password: 'x' } },
      {},
      /^problem: localhost:\d+ answered AUTH PLAIN with 535.*mail\.smtp\.user/,
    ],
    [
      'a certificate of nobody known',
      { tls, login: LOGIN },
      { authority: undefined },
      /^problem: .*certificate is not believed.*ca_file/,
    ],
    ['no STARTTLS', { login: LOGIN }, {}, /^problem: .*answered STARTTLS with 502.*587/],
    ['TLS at the wrong port', { login: LOGIN }, { tls: 'implicit' }, /^problem: .*does not speak TLS.*465/],
    ['silence', { answer: () => '' }, { timeout: 100 }, /^problem: .*no answer in time.*firewall/],
  ] as const satisfies readonly (readonly [string, SmtpServerOptions, Partial<SmtpConfig>, RegExp])[]) {
    test(`${what} is told, with what to do, and without the password`, async () => {
      const server = await serve(options)
      const words = inWords(await look(smtp(server.port, different))).join()
      assert.match(words, found)
      assert.doesNotMatch(words, /canary/)
    })
  }
})
