/** What clients may call themselves. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clientNameFault, nameIn } from '../../src/protocol/client-name.ts'
import { shownHash } from '../../src/protocol/shown-hash.ts'
import { aPublicClient } from '../fixtures/client.ts'

describe('[RFC7591 5] the name of a client', () => {
  for (const name of [
    'Wiki',
    'Łódź-Büro',
    '日本語',
    'ويكي',
    'हिन्दी',
    'A',
    '7',
    '🦊',
    '❤️',
    '—',
    'Wiki of “Ops” & Co',
    'x'.repeat(100),
  ])
    test(`${name} is one`, () => assert.equal(clientNameFault(name), undefined))

  for (const [what, name] of [
    ['no text', ''],
    ['white space', ' \u00a0\u3000'],
    ['the fillers of Hangul', '\u3164\u115f\uffa0'],
    ['the empty pattern of Braille', '\u2800'],
    ['a selector of variants', '\ufe0f'],
    ['a mark that stands on nothing', '\u0301'],
  ] as const)
    test(`${what} is none: nobody sees it`, () =>
      assert.match(clientNameFault(name) ?? '', /no character that people see/))

  for (const [what, hidden] of [
    ['a line end', '\n'],
    ['a control character', '\u0007'],
    ['one of the second set', '\u0085'],
    ['a line separator', '\u2028'],
    ['a paragraph separator', '\u2029'],
    ['what turns text around', '\u202e'],
    ['a mark of direction', '\u200f'],
    ['an isolate', '\u2066'],
    ['a space without width', '\u200b'],
    ['a joiner', '\u2060'],
    ['a soft hyphen', '\u00ad'],
    ['a tag', '\u{e0041}'],
  ] as const)
    test(`${what} is in none`, () => assert.match(clientNameFault(`Ba${hidden}nk`) ?? '', /nobody sees/))

  test('it has 100 characters at most', () => assert.match(clientNameFault('x'.repeat(101)) ?? '', /longer than 100/))
})

describe('[OIDC Registration 2.1] the name of a client in a language', () => {
  const client = { client_name: 'Wiki', client_names: { 'de-AT': 'Das Wiki', DE: 'Wiki.de', 'pt-BR': 'O Wiki' } }

  for (const [language, name] of [
    ['de', 'Wiki.de'],
    ['pt', 'O Wiki'],
    ['p', 'Wiki'],
    ['en', 'Wiki'],
    ['__proto__', 'Wiki'],
  ] as const) {
    test(`${language}: ${name}`, () => assert.equal(nameIn(client, language), name))
  }

  test('is part of what people were told of a client that nobody has checked', () => {
    const of = (client_names?: Record<string, string>) =>
      shownHash(aPublicClient({ source: 'registration', metadata: { ...(client_names && { client_names }) } }))
    assert.notEqual(of(), of({ de: 'A' }))
    assert.notEqual(of({ de: 'A' }), of({ de: 'B' }))
    assert.equal(of({ de: 'A', fr: 'B' }), of({ fr: 'B', de: 'A' }))
  })
})
