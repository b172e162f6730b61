import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keysThatNeedRestart } from '../../src/config/needs-restart.ts'
import { secretPlaces } from '../../src/config/secret-places.ts'
import { certificateAuthority } from '../fixtures/certificates.ts'
import { assertBroken, type Broken, configOf, warningsOf } from './loading.ts'

const at = (issuer: string, ...lines: readonly string[]): string =>
  `issuer: ${issuer}\nmail:\n  ${lines.join('\n  ')}\n`
const fileOf = (...lines: readonly string[]): string => at('https://sso.example', ...lines)
const local = (...lines: readonly string[]): string => at('http://localhost:8080', ...lines)
const FROM = 'from: Example Login <login@bücher.example>'
const SMTP = ['smtp:', '  host: smtp.example.com']

describe('mail', () => {
  test('left out, there is none', () => assert.equal(configOf('issuer: https://sso.example\n').mail, undefined))

  test('a server alone: STARTTLS, and nobody logs in', () => {
    assert.deepEqual(configOf(fileOf(FROM, ...SMTP)).mail, {
      from: { name: 'Example Login', address: 'login@xn--bcher-kva.example' },
      replyTo: undefined,
      tellsUnknown: true,
      transport: {
        ...{ kind: 'smtp', host: 'smtp.example.com', port: 587, tls: 'starttls', login: undefined },
        ...{ authority: undefined, timeout: 20_000 },
      },
    })
  })

  test('a password from the file, the environment or a file of its own; other ports', () => {
    const login = { user: 'us', password: 'a secret' }
    const loginOf = (line: string, given = {}) => {
      const transport = configOf(fileOf(FROM, ...SMTP, '  user: us', `  ${line}`), given).mail?.transport
      return transport?.kind === 'smtp' ? transport.login : undefined
    }
    assert.deepEqual(loginOf('password: a secret'), login)
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the file's own syntax.
    assert.deepEqual(loginOf('password: ${SMTP}', { env: { SMTP: 'a secret' } }), login)
    assert.deepEqual(loginOf('password_file: smtp', { files: { smtp: 'a secret\n' } }), login)
    for (const [line, port] of [
      ['tls: implicit', 465],
      ['port: 2525', 2525],
    ] as const) {
      const transport = configOf(fileOf(FROM, ...SMTP, `  ${line}`)).mail?.transport
      assert.equal(transport?.kind === 'smtp' && transport.port, port)
    }
  })

  test('an authority of one’s own', () => {
    const { certificate } = certificateAuthority()
    const transport = configOf(fileOf(FROM, ...SMTP, '  ca_file: ca.pem'), { files: { 'ca.pem': certificate } }).mail
      ?.transport
    assert.equal(transport?.kind === 'smtp' && transport.authority?.trim(), certificate.trim())
  })

  test('a folder beside the file, and the console, for development', () => {
    const folder = configOf(local(FROM, 'folder: ./mails')).mail?.transport
    assert.deepEqual(folder, { kind: 'folder', folder: '/etc/countersign/mails' })
    assert.deepEqual(configOf(local(FROM, 'console: true')).mail?.transport, { kind: 'console' })
  })

  const BROKEN: readonly Broken[] = [
    {
      rule: 'no sender',
      text: fileOf('▶folder: ./mails'),
      path: 'mail.from',
      says: /is missing/,
    },
    { rule: 'a sender that is none', text: fileOf('from: ▶Example', ...SMTP), path: 'mail.from', says: /no address/ },
    { rule: 'a sender alone', text: fileOf(FROM.replace('Ex', '▶Ex')), path: 'mail.from', says: /one of smtp/ },
    {
      rule: 'two ways out',
      text: fileOf(FROM, ...SMTP, 'folder: ▶./mails'),
      path: 'mail.folder',
      says: /contradicts smtp/,
    },
    {
      rule: 'the console in production',
      text: fileOf(FROM, 'console: ▶true'),
      path: 'mail.console',
      says: /development alone/,
    },
    {
      rule: 'an answer to nobody',
      text: fileOf(FROM, 'reply_to: ▶help', ...SMTP),
      path: 'mail.reply_to',
      says: /no address/,
    },
    {
      rule: 'a user without a password',
      text: fileOf(FROM, ...SMTP, '  user: ▶us'),
      path: 'mail.smtp.user',
      says: /no password/,
    },
    {
      rule: 'a password without a user',
      text: fileOf(FROM, ...SMTP, '  password: ▶secret'),
      path: 'mail.smtp.password',
      says: /without user/,
    },
    {
      rule: 'two passwords',
      text: fileOf(FROM, ...SMTP, '  user: us', '  password: secret', '  password_file: ▶smtp'),
      files: { smtp: 'secret' },
      path: 'mail.smtp.password_file',
      says: /contradicts password/,
    },
    {
      rule: 'a password in the open',
      text: fileOf(FROM, ...SMTP, '  tls: ▶none', '  user: us', '  password: secret'),
      path: 'mail.smtp.tls',
      says: /in the open/,
    },
    {
      rule: 'an authority that is none',
      text: fileOf(FROM, ...SMTP, '  ca_file: ▶ca.pem'),
      files: { 'ca.pem': 'no certificate' },
      path: 'mail.smtp.ca_file',
      says: /holds no certificate/,
    },
  ]
  for (const one of BROKEN) test(`is reported: ${one.rule}`, () => assertBroken(one))

  test('what is likely not meant is warned of', () => {
    const pathsOf = (text: string) => warningsOf(text).map(({ path }) => path)
    assert.deepEqual(pathsOf(fileOf(FROM, 'folder: ./mails')), ['mail.folder'])
    assert.deepEqual(pathsOf(fileOf(FROM, ...SMTP, '  tls: none')), ['mail.smtp.tls'])
    for (const host of ['localhost', '127.0.0.1', '"::1"']) {
      const login = ['  tls: none', '  user: us', '  password: secret']
      assert.deepEqual(pathsOf(fileOf(FROM, 'smtp:', `  host: ${host}`, ...login)), [])
    }
    assert.deepEqual(pathsOf(local(FROM, 'folder: ./mails')), [])
  })

  test('a running process goes over to another server', () => {
    const [before, after] = [configOf(fileOf(FROM, ...SMTP)), configOf(fileOf(FROM, ...SMTP, '  port: 2525'))]
    assert.deepEqual(keysThatNeedRestart(before, after), [])
  })

  test('the doctor knows where its secrets are', () => {
    const text = fileOf(FROM, ...SMTP, '  user: us', '  password: secret')
    assert.deepEqual(secretPlaces(text).written, ['mail.smtp.password'])
  })
})
