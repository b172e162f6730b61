import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookUp, parseAcceptLanguage, parseLocales } from '../../src/protocol/locales.ts'

test('[OIDC Core 3.1.2.1] ui_locales in their order, and no error whatever is in it', () => {
  assert.deepEqual(parseLocales('fr-CA fr  en <x> de_DE'), ['fr-CA', 'fr', 'en'])
  assert.deepEqual(parseLocales(undefined), [])
})

for (const [header, tags] of [
  [undefined, []],
  ['', []],
  ['de', ['de']],
  ['de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7', ['de-DE', 'de', 'en-US', 'en']],
  ['en;q=0.5, he ; q=0.8', ['he', 'en']],
  ['en;q=0, *, de;q=x, <script>', []],
] as const) {
  test(`[RFC9110 12.5.4] Accept-Language ${header}`, () => assert.deepEqual(parseAcceptLanguage(header), tags))
}

test('a header of any length is read up to a point', () => {
  assert.equal(parseAcceptLanguage('de,'.repeat(5000)).length, 20)
})

for (const [wanted, found] of [
  [['de-CH-1996'], 'de'],
  [['DE'], 'de'],
  [['zh-Hant-CN-x-private1-private2'], 'zh-Hant'],
  [['de-a-value'], 'de'],
  [['fr', 'pt-BR'], 'pt-BR'],
  [['pt'], undefined],
  [['iw-IL'], 'he'],
  [['d'], undefined],
  [[], undefined],
] as const) {
  test(`[RFC4647 3.4] ${wanted.join(', ')} → ${found}`, () => {
    assert.equal(lookUp(wanted, ['en', 'de', 'pt-BR', 'zh-Hant', 'he']), found)
  })
}
