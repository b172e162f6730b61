import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  authorizationCode,
  parseAuthorizationCode,
  verifyAuthorizationCode,
} from '../../../src/protocol/tokens/authorization-code.ts'
import { aGrant, CODE_SECRET, GRANT_ID } from '../../fixtures/records.ts'

const CODE = authorizationCode({ grantId: GRANT_ID, secret: CODE_SECRET })

/** As the token endpoint does it. */
const isCodeOf = (text: string, grant = aGrant()): boolean => {
  const code = parseAuthorizationCode(text)
  return code !== undefined && code.grantId === grant.id && verifyAuthorizationCode(grant, code)
}

describe('[RFC6749 4.1.2] an authorization code', () => {
  test('is read as it was made', () => {
    assert.deepEqual(parseAuthorizationCode(CODE), { grantId: GRANT_ID, secret: CODE_SECRET })
    assert.ok(isCodeOf(CODE))
  })

  test('of another grant is none of this one', () => {
    assert.equal(isCodeOf(CODE, aGrant({ codeHash: 'another' })), false)
  })

  test('[RFC6749 10.5] is not its hash: a copy of the database redeems nothing', () => {
    assert.equal(isCodeOf(`${GRANT_ID}.${aGrant().codeHash}`), false)
  })

  const BAD = [
    '',
    '.',
    GRANT_ID,
    `${GRANT_ID}.`,
    `.${CODE_SECRET}`,
    CODE_SECRET,
    `${CODE}.`,
    `${CODE}.x`,
    `x.${CODE}`,
    `${CODE}x`,
    CODE.slice(0, -1),
    ` ${CODE}`,
    CODE.toUpperCase(),
    CODE.replaceAll('-', ''),
    `constructor.${CODE_SECRET}`,
    `' OR 1=1 --.${CODE_SECRET}`,
  ]
  for (const text of BAD) {
    test(`is not ${JSON.stringify(text)}`, () => assert.equal(isCodeOf(text), false))
  }

  for (const text of [`${CODE}.x`, GRANT_ID, `not-an-identifier.${CODE_SECRET}`, `${GRANT_ID.toUpperCase()}.x`]) {
    test(`has not the shape: ${text}`, () => assert.equal(parseAuthorizationCode(text), undefined))
  }

  test('is no other string', () => {
    const at = fc.nat(CODE.length - 1)
    const changed = fc
      .tuple(at, fc.string({ maxLength: 2 }))
      .map(([i, text]) => CODE.slice(0, i) + text + CODE.slice(i + 1))
    fc.assert(fc.property(changed, (text) => assert.equal(isCodeOf(text), text === CODE)))
  })
})
