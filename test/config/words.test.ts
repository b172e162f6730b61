import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertBroken, configOf } from './loading.ts'

const fileOf = (...lines: readonly string[]): string => `issuer: https://sso.example\n${lines.join('\n')}\n`
const textOf = (text: string): string => fileOf('texts:', '  de:', `    ${text}`)

describe('languages and texts', () => {
  test('without a word all of them are offered, English to everybody else', () => {
    const { languages, texts } = configOf(fileOf())
    assert.equal(languages.default, 'en')
    assert.ok(languages.offered.includes('de'))
    assert.deepEqual(texts, {})
  })

  test('an operator’s own are taken as they stand', () => {
    const { languages, texts } = configOf(
      fileOf(
        'languages: { default: de, offered: [en, de] }',
        'texts:',
        '  de:',
        '    sign_in.title: Anmeldung',
        '  en: {}',
      ),
    )
    assert.deepEqual(languages, { default: 'de', offered: ['en', 'de'] })
    assert.deepEqual(texts.de, { 'sign_in.title': 'Anmeldung' })
  })

  for (const { rule, text, path, says } of [
    {
      rule: 'a language that there is not',
      text: fileOf('languages: { default: ▶xx }'),
      path: 'languages.default',
      says: /known value/,
    },
    {
      rule: 'a default that is not offered',
      text: fileOf('languages: { default: ▶he, offered: [en, de] }'),
      path: 'languages.default',
      says: /not among languages\.offered/,
    },
    {
      rule: 'no language at all',
      text: fileOf('languages: { offered: ▶[] }'),
      path: 'languages.offered',
      says: /empty/,
    },
    {
      rule: 'a misspelt name',
      text: textOf('sign_in.titel: ▶Anmeldung'),
      path: 'texts.de.sign_in.titel',
      says: /no text of this name[\s\S]*did you mean sign_in\.title\?/,
    },
    {
      rule: 'a placeholder too few',
      text: textOf('sign_in.lead: ▶Ihr Konto'),
      path: 'texts.de.sign_in.lead',
      says: /lacks \{installation\}/,
    },
    {
      rule: 'a misspelt placeholder',
      text: textOf("sign_in.lead: ▶'{instalation}'"),
      path: 'texts.de.sign_in.lead',
      says: /has \{instalation\}[\s\S]*a text with \{installation\}/,
    },
    { rule: 'a list', text: textOf('sign_in.lead: ▶[a]'), path: 'texts.de.sign_in.lead', says: /wrong type/ },
    {
      rule: 'one text twice',
      text: textOf('sign_in.title: A\n    ▶sign_in.title: B'),
      path: 'texts.de.sign_in.title',
      says: /twice/,
    },
    {
      rule: 'texts without names',
      text: fileOf('texts:', '  de: ▶x'),
      path: 'texts.de',
      says: /a map: the name of each/,
    },
  ]) {
    test(`${rule} is refused`, () => assertBroken({ rule, text, path, says }))
  }

  const clientWith = (names: string): string =>
    fileOf(
      'clients:',
      '  - client_id: wiki',
      '    redirect_uris: [https://wiki.example/cb]',
      `    client_names: ${names}`,
      '    client_secret_hash: sha256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
    )

  test('a client’s names in other languages', () => {
    assert.deepEqual(configOf(clientWith('{ de: Das Wiki, pt-BR: O Wiki }')).clients[0]?.metadata.client_names, {
      de: 'Das Wiki',
      'pt-BR': 'O Wiki',
    })
    assertBroken({
      rule: '',
      text: clientWith('{ d_e: ▶Wiki }'),
      path: 'clients[0].client_names.d_e',
      says: /is no language/,
    })
    assertBroken({
      rule: '',
      text: clientWith('{ de: ▶"Wi\\u202Eki" }'),
      path: 'clients[0].client_names.de',
      says: /nobody sees/,
    })
  })
})
