import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { language } from '../../src/words/language.ts'
import { message } from '../../src/words/message.ts'
import { textFault } from '../../src/words/template.ts'
import { openWords } from '../../src/words/words.ts'

const english = language('en')
const hebrew = language('he')

describe('what others wrote', () => {
  const said = message('consent.title', { client: '<b>A & "B"</b>' })

  test('is escaped and isolated in HTML', () => {
    assert.equal(english.html(said), 'Allow <bdi>&lt;b&gt;A &amp; &quot;B&quot;&lt;/b&gt;</bdi> to use your account?')
  })

  test('stands as it is in plain text', () => {
    assert.equal(english.plain(said), 'Allow <b>A & "B"</b> to use your account?')
  })

  test('[UAX9 2.4] is isolated in plain text wherever it or what is around it goes from right to left', () => {
    assert.equal(english.plain(message('client.go_on', { client: 'ויקי' })), 'Go on to \u2068ויקי\u2069')
    assert.equal(hebrew.plain(message('client.go_on', { client: 'Wiki' })), 'המשך אל \u2068Wiki\u2069')
    assert.equal(english.plain(message('client.go_on', { client: 'a\u202eb' })), 'Go on to \u2068a\u202eb\u2069')
    assert.equal(english.plain(message('client.go_on', { client: 'Wiki' })), 'Go on to Wiki')
  })

  test('has no placeholders and no markup of its own', () => {
    assert.equal(
      english.html(message('client.go_on', { client: '{client} **x**' })),
      'Go on to <bdi>{client} **x**</bdi>',
    )
  })
})

test('**…** is strong, also around what is put in, and nothing in plain text', () => {
  const said = message('sign_out.asked', { client: 'Wiki' })
  assert.equal(english.html(said), '<strong><bdi>Wiki</bdi></strong> asks to sign you out.')
  assert.equal(english.plain(said), 'Wiki asks to sign you out.')
})

test('a message inside a message is of the same language, and is not isolated', () => {
  const said = message('error.rate_advice', { wait: message('wait.minutes', { count: 2 }) })
  assert.equal(english.html(said), 'Try again in 2 minutes.')
  assert.equal(language('de').html(said), 'Versuchen Sie es in 2 Minuten noch einmal.')
  assert.equal(hebrew.plain(said), 'אפשר לנסות שוב בעוד שתי דקות.')
})

test('the count chooses the plural of the language', () => {
  const days = (count: number) => message('consent.days', { count })
  assert.deepEqual(
    [1, 2, 30].map((count) => english.plain(days(count))),
    ['1 day', '2 days', '30 days'],
  )
  assert.deepEqual(
    [1, 2, 30].map((count) => hebrew.plain(days(count))),
    ['יום אחד', 'יומיים', '30 ימים'],
  )
})

test('a list reads as the language joins one, each part isolated', () => {
  const said = message('scope.api', { apis: ['Wiki', 'Notes'] })
  assert.equal(english.html(said), 'Use <bdi>Wiki</bdi> and <bdi>Notes</bdi> for you')
  assert.equal(language('de').plain(said), 'Wiki und Notes für Sie verwenden')
})

test('a moment is for people and for machines', () => {
  const said = message('home.stolen', {
    client: 'Wiki',
    at: new Date(Date.UTC(2026, 2, 3, 10, 15)),
    installation: 'Acme',
  })
  assert.match(english.html(said), /on <time datetime="2026-03-03T10:15:00.000Z">3 March 2026 at 10:15 UTC<\/time>\./)
  assert.match(language('de').plain(said), /am 3\. März 2026 um 10:15 UTC eine/)
})

describe('an operator’s own texts', () => {
  const words = openWords({
    languages: { default: 'de', offered: ['de', 'en'] },
    texts: { de: { 'sign_in.lead': 'Ihr **Konto** bei {installation} <x>', 'wait.minutes': '{count} Min.' } },
  })

  test('take the place of ours in their language alone; of a plural, of all forms', () => {
    const lead = message('sign_in.lead', { installation: 'Acme' })
    assert.equal(words.speak([]).html(lead), 'Ihr <strong>Konto</strong> bei <bdi>Acme</bdi> &lt;x&gt;')
    assert.equal(words.speak(['en']).plain(lead), 'Use your Acme account.')
    assert.equal(words.speak([]).plain(message('wait.minutes', { count: 1 })), '1 Min.')
  })

  for (const [text, fault] of [
    ['to {installation}', undefined],
    ['to {instalation}', 'has {instalation}, which there is not'],
    ['to us', 'lacks {installation}'],
    ['to {installation} {', 'has a brace that belongs to no placeholder'],
    ['to **{installation}', 'has a ** without its other half'],
  ] as const) {
    test(`${text}: ${fault ?? 'is fine'}`, () => assert.equal(textFault(text, 'at {installation}'), fault))
  }
})

test('the first language that is wanted and offered is spoken, otherwise the default', () => {
  const words = openWords({ languages: { default: 'en', offered: ['en', 'he'] }, texts: {} })
  const spoken = (...wanted: string[]) => words.speak(wanted).tag
  assert.equal(spoken('fr', 'he-IL', 'en'), 'he')
  assert.equal(spoken('de'), 'en')
  assert.equal(spoken(), 'en')
})
