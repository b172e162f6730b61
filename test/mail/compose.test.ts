/** What mails say, as text and as HTML, and what nobody can make them say. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Composed, compose, tidy } from '../../src/mail/compose.ts'
import { type AnyValues, MAILS, type MailName } from '../../src/mail/mails.ts'
import { messageOf } from '../../src/mail/message.ts'
import { type Language, language } from '../../src/words/language.ts'
import { LANGUAGE_TAGS, type LanguageTag } from '../../src/words/languages.ts'
import { message } from '../../src/words/message.ts'
import { placeholdersOf } from '../../src/words/template.ts'
import { textsOf } from '../../src/words/texts.ts'
import { START } from '../fixtures/clock.ts'
import { type ReadMail, readMail } from '../fixtures/eml.ts'

// Any text does.
const WHAT = message('client.scheme_on_this_device', { scheme: 'a passkey' })
const VALUES: AnyValues = {
  ...{ code: '1234 5678', link: 'https://login.example/code/id.secret?a=1&b=2', username: 'ada', client: 'Wiki' },
  ...{ device: 'Firefox on Windows', what: WHAT, at: START },
}
const MAIL_NAMES = Object.keys(MAILS) as MailName[]

const ENGLISH = language('en')
const INSTALLATION = 'Example Login'

const composed = (mail: MailName, values: AnyValues = {}, spoken: Language = ENGLISH): Composed =>
  compose(mail, { language: spoken, values: { ...VALUES, ...values }, installation: INSTALLATION })

const SENDING = {
  ...{ from: { name: 'Example Login', address: 'login@example.com' }, replyTo: undefined },
  ...{ to: 'ada@example.org', id: 'mail/1', date: START },
}

async function sent(mail: Composed, different: Partial<Parameters<typeof messageOf>[1]> = {}): Promise<ReadMail> {
  return readMail((await messageOf(mail, { ...SENDING, ...different })).toString('utf8'))
}

const text = (tag: LanguageTag, mail: MailName, part: string): string => {
  const texts: Readonly<Record<string, unknown>> = textsOf(tag)
  return String(texts[`mail.${mail}.${part}`] ?? '')
}

describe('the words', () => {
  test('of every mail: exactly the values that it is given, and {installation}', () => {
    for (const mail of MAIL_NAMES) {
      const used = new Set(placeholdersOf(`${text('en', mail, 'subject')} ${text('en', mail, 'body')}`))
      used.delete('installation')
      assert.deepEqual([...used].toSorted(), [...MAILS[mail].values].toSorted(), mail)
      const hasButton = text('en', mail, 'button') !== ''
      assert.equal(hasButton, used.has('link'), `${mail} needs words for its button where it has a link`)
    }
  })

  test('codes are not in the subject, where lock screens and mail servers’ logs show them', () => {
    for (const mail of MAIL_NAMES) assert.doesNotMatch(text('en', mail, 'subject'), /\{(code|link)\}/)
  })

  for (const tag of LANGUAGE_TAGS) {
    test(`${tag}: code and link are paragraphs of their own, as in English`, () => {
      for (const mail of MAIL_NAMES) {
        const standing = text(tag, mail, 'body').match(/\{(code|link)\}/g) ?? []
        const alone = text(tag, mail, 'body').match(/(?<=\n\n)\{(code|link)\}(?=\n\n|$)/g) ?? []
        assert.deepEqual(alone, standing, mail)
      }
    })
  }

  test('a value that is missing is no mail', () => {
    assert.throws(() => compose('test', { language: ENGLISH, values: {}, installation: 'x' }), /no at/)
  })

  test('of the operator are put in as ours are', () => {
    const own = language('de', { 'mail.test.body': 'Am {at}, von **{installation}**.\n\nGruß' })
    const { text: seen, parts } = composed('test', {}, own)
    assert.equal(seen, 'Am 15. Januar 2026 um 12:00 UTC, von Example Login.\n\nGruß\n')
    assert.match(parts[0]?.html ?? '', /<strong><bdi>Example Login<\/bdi><\/strong>/)
  })
})

describe('a mail', () => {
  for (const mail of MAIL_NAMES) {
    test(`${mail}: reads the same as text and as HTML, and loads nothing`, async () => {
      const { text, html } = await sent(composed(mail))
      assert.doesNotMatch(text + html, /\{\w+\}|undefined|\[object/)
      assert.doesNotMatch(html, /<(img|script|link|iframe|form)|url\(|@import|src=/i)
      for (const paragraph of text.split('\n\n').filter((one) => !one.startsWith('https:'))) {
        const seen = html.replace(/<\/?(bdi|time)[^>]*>/g, '').replaceAll('&#39;', "'")
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
    assert.match(composed('new_device').text, /on 15 January 2026 at 12:00 UTC/))

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
        ...{ language: ENGLISH, installation: value },
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
    const hebrew = composed('reset_password', {}, language('he'))
    assert.equal(hebrew.direction, 'rtl')
    assert.match((await sent(hebrew)).html, /<html lang="he" dir="rtl">/)
    assert.match(hebrew.text, /\u2068ada\u2069/)
    // To be copied as they are.
    assert.ok(hebrew.text.includes(`\n\n${VALUES['code']}\n\n`) && hebrew.text.includes(`\n\n${VALUES['link']}\n\n`))
  })
})

test('what is pressed has the colour of the brand, and text on it that can be read', async () => {
  const values = { ...VALUES, wait: message('wait.minutes', { count: 10 }) }
  const withLink = MAIL_NAMES.find((name) => text('en', name, 'body').includes('{link}')) ?? 'test'
  const colours = { accent: '#0033aa', accentDark: undefined, onAccent: undefined } as const
  const mail = compose(withLink, { language: ENGLISH, values, installation: INSTALLATION, colours })
  assert.match((await sent(mail)).html, /background:#0033aa;color:#ffffff/)
  assert.match((await sent(composed(withLink, values))).html, /background:#0b6655;color:#ffffff/)
})
