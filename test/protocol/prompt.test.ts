import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseMaxAge, parsePrompt } from '../../src/protocol/prompt.ts'
import { PROMPTS } from '../../src/protocol/vocabulary.ts'
import { assertRefused } from '../fixtures/refusals.ts'

describe('[OpenID Connect Core 3.1.2.1] prompt', () => {
  test('may be absent', () => assert.deepEqual(parsePrompt(undefined), new Set()))

  for (const prompt of PROMPTS) {
    test(`may be ${prompt}`, () => assert.deepEqual(parsePrompt(prompt, { hasSignUp: true }), new Set([prompt])))
  }

  test('may have several values, in any order, each counting once', () => {
    assert.deepEqual(parsePrompt('consent login login'), new Set(['login', 'consent']))
    assert.deepEqual(parsePrompt(' login  select_account '), new Set(['login', 'select_account']))
  })

  test('[Initiating User Registration 4.1] may be create only where people may sign up', () => {
    assert.deepEqual(parsePrompt('create', { hasSignUp: true }), new Set(['create']))
    assertRefused(() => parsePrompt('create'), 'invalid_request', /unknown/)
  })

  test('none twice is none', () => assert.deepEqual(parsePrompt('none none'), new Set(['none'])))

  for (const other of PROMPTS.filter((prompt) => prompt !== 'none')) {
    test(`none goes not with ${other}`, () => {
      assertRefused(() => parsePrompt(`none ${other}`, { hasSignUp: true }), 'invalid_request', /no other value/)
      assertRefused(() => parsePrompt(`${other} none`, { hasSignUp: true }), 'invalid_request', /no other value/)
    })
  }

  for (const unknown of ['create', 'LOGIN', 'login,consent', 'login\tconsent', 'login create', 'constructor']) {
    test(`an unknown value is refused: ${JSON.stringify(unknown)}`, () => {
      assertRefused(() => parsePrompt(unknown), 'invalid_request', /unknown/)
    })
  }
})

describe('[OpenID Connect Core 3.1.2.1] max_age', () => {
  test('may be absent', () => assert.equal(parseMaxAge(undefined), undefined))

  for (const [text, milliseconds] of [
    ['0', 0],
    ['1', 1000],
    ['3600', 3_600_000],
    ['9999999999', 9_999_999_999_000],
  ] as const) {
    test(`${text} s are ${milliseconds} ms`, () => assert.equal(parseMaxAge(text), milliseconds))
  }

  for (const bad of ['-1', '+1', '1.5', '1e3', '0x10', 'x', ' 1', '1 ', '1\n', '٣', '99999999999', 'NaN']) {
    test(`no whole number of seconds: ${JSON.stringify(bad)}`, () => {
      assertRefused(() => parseMaxAge(bad), 'invalid_request', /max_age/)
    })
  }
})
