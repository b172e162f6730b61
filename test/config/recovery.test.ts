/** The section `recovery`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configOf, faultsOf } from './loading.ts'

const MAIL = 'mail: { from: login@example.com, smtp: { host: smtp.example.com } }\n'
const ISSUER = 'issuer: https://login.example.com\n'

describe('recovery', () => {
  test('comes with mails, goes without them, and can be switched off', () => {
    for (const [text, byMail] of [
      ['', false],
      [MAIL, true],
      [`${MAIL}recovery: { password: false }\n`, false],
      ['recovery: { password: false }\n', false],
      [`${MAIL}recovery: { password: true }\n`, true],
    ] as const) {
      assert.deepEqual(configOf(ISSUER + text).recovery, { byMail }, text)
    }
  })

  test('that is asked for without a way out for mails is refused, in its place', () => {
    const [fault, ...others] = faultsOf(`${ISSUER}recovery: { password: true }\n`)
    assert.match(String(fault?.message), /no mail can be sent/)
    assert.deepEqual(others, [])
  })
})
