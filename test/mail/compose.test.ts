/** What mails say, as text and as HTML, and what nobody can make them say. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Composed, compose, tidy } from '../../src/mail/compose.ts'
import { type AnyValues, MAILS, type MailName } from '../../src/mail/mails.ts'
import { messageOf } from '../../src/mail/message.ts'
import { words } from '../../src/mail/words.ts'
import { WORDS_EN } from '../../src/mail/words-en.ts'
import { START } from '../fixtures/clock.ts'
import { type ReadMail, readMail } from '../fixtures/eml.ts'

const VALUES: AnyValues = {
  ...{ code: '1234 5678', link: 'https://login.example/code/id.secret?a=1&b=2', username: 'ada', client: 'Wiki' },
  ...{ device: 'Firefox on Windows', what: 'a passkey was added', at: START },
}
const MAIL_NAMES = Object.keys(MAILS) as MailName[]

const composed = (mail: MailName, values: AnyValues = {}, name = 'Example Login'): Composed =>
  compose(mail, { language: 'en', values: { ...VALUES, ...values }, name, words })

const SENDING = {
  ...{ from: { name: 'Example Login', address: 'login@example.com' }, replyTo: undefined },
  ...{ to: 'ada@example.org', id: 'mail/1', date: START },
}

async function sent(mail: Composed, different: Partial<Parameters<typeof messageOf>[1]> = {}): Promise<ReadMail> {
  return readMail((await messageOf(mail, { ...SENDING, ...different })).toString('utf8'))
}

describe('the words', () => {
  test('of every mail: exactly the values that it is given, and {name}', () => {
    for (const mail of MAIL_NAMES) {
      const text = `${WORDS_EN[`mail.${mail}.subject`]} ${WORDS_EN[`mail.${mail}.body`]}`
      const used = new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, key]) => key))
      used.delete('name')
      assert.deepEqual([...used].toSorted(), [...MAILS[mail].values].toSorted(), mail)
      const hasButton = Object.hasOwn(WORDS_EN, `mail.${mail}.button`)
      assert.equal(hasButton, used.has('link'), `${mail} needs words for its button where it has a link`)
    }
  })

  test('codes are not in the subject, where lock screens and mail servers’ logs show them', () => {
    for (const mail of MAIL_NAMES) assert.doesNotMatch(WORDS_EN[`mail.${mail}.subject`], /\{(code|link)\}/)
  })

  test('a value that is missing is no mail', () => {
    assert.throws(() => compose('test', { language: 'en', values: {}, name: 'x', words }), /no at/)
  })
})

describe('a mail', () => {
  for (const mail of MAIL_NAMES) {
    test(`${mail}: reads the same as text and as HTML, and loads nothing`, async () => {
      const { text, html } = await sent(composed(mail))
      assert.doesNotMatch(text + html, /\{\w+\}|undefined|\[object/)
      assert.doesNotMatch(html, /<(img|script|link|iframe|form)|url\(|@import|src=/i)
      for (const paragraph of text.split('\n\n').filter((one) => !one.startsWith('https:'))) {
        const seen = html.replace(/<\/?bdi>/g, '').replaceAll('&#x27;', "'")
        assert.ok(seen.includes(paragraph), `not in the HTML: ${paragraph}`)
      }
      assert.ok(Buffer.byteLength(html) < 14_000)
    })
  }

  test('has the headers that mails of machines have, and no others', async () => {
    const { headers } = await sent(composed('reset_password'), { replyTo: 'help@example.com' })
    const { 'content-type': type = '', 'message-id': id = '', ...rest } = headers
    assert.match(type, /^multipart\/alternative/)
    assert.match(id, /^<[\w-]{32}@example\.com>$/)
    assert.deepEqual(rest, {
      from: 'Example Login <login@example.com>',
      to: 'ada@example.org',
      'reply-to': 'help@example.com',
      subject: 'A new password for Example Login',
      date: 'Thu, 15 Jan 2026 12:00:00 +0000',
      'auto-submitted': 'auto-generated',
      'x-auto-response-suppress': 'All',
      'content-language': 'en',
      'mime-version': '1.0',
    })
  })

  test('is the same for each attempt', async () => {
    const mail = composed('reset_password')
    assert.deepEqual(await messageOf(mail, SENDING), await messageOf(mail, SENDING))
    const other = await sent(mail, { id: 'mail/2' })
    assert.notEqual(other.headers['message-id'], (await sent(mail)).headers['message-id'])
  })

  test('tells the time in its language, with its zone', () =>
    assert.match(composed('new_device').text, /on January 15, 2026 at 12:00\sPM UTC/))

  const HOSTILE = [
    'Eve\r\nBcc: everybody@example.org',
    'Eve\u0000\u2028\u2029\u0085Subject: hello',
    '<script>alert(1)</script>',
    '{{constructor}} {code} {link}',
    '"><img src=x onerror=alert(1)>',
    '=?utf-8?q?Bcc:_eve@example.org?=',
    '\u202eevil\u2066',
  ]
  for (const value of HOSTILE) {
    test(`[RFC5322 2.2] a value is a value: ${JSON.stringify(value)}`, async () => {
      const mail = compose('new_device', {
        ...{ language: 'en', name: value, words },
        values: { ...VALUES, username: value, device: value },
      })
      const { headers, text, html } = await sent(mail, { from: { name: value, address: 'login@example.com' } })
      assert.equal(headers['bcc'], undefined)
      assert.deepEqual(
        Object.keys(headers).toSorted(),
        Object.keys((await sent(composed('new_device'))).headers).toSorted(),
      )
      assert.match(headers['from'] ?? '', /<login@example\.com>$/)
      assert.doesNotMatch(html, /<script|<img/i)
      assert.doesNotMatch(text, /(?!\n)\p{Cc}|[\u2028\u202e\u2066]|1234 5678/u)
    })
  }

  test('names are cut, and make no links', () => {
    assert.equal(Array.from(tidy('🔑'.repeat(5000))).length, 80)
    assert.equal(tidy('win.example https://evil.example 1.2'), 'win.\u2060example https:\u2060//evil.\u2060example 1.2')
    assert.equal(tidy(' a\u200b \t b\u00ad '), 'a b')
    // Joiners are letters' own business in Persian and Hindi.
    assert.equal(tidy('می\u200cخواهم'), 'می\u200cخواهم')
  })

  test('a name that runs the other way is kept apart', async () => {
    const mail = composed('new_device', { username: 'שלום' })
    assert.match(mail.text, /your account \u2068שלום\u2069 was/i)
    assert.match((await sent(mail)).html, /<bdi>שלום<\/bdi>/)
    assert.doesNotMatch(composed('new_device').text, /[\u2068\u2069]/)
    const arabic = compose('new_device', { language: 'ar', values: VALUES, name: 'x', words })
    assert.equal(arabic.direction, 'rtl')
    assert.match((await sent(arabic)).html, /<html lang="ar" dir="rtl">/)
    assert.match(arabic.text, /\u2068ada\u2069/)
  })
})
