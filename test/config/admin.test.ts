import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOUR, MINUTE } from '../../src/base/duration.ts'
import { assertBroken, configOf } from './loading.ts'

const fileOf = (...lines: readonly string[]): string => `issuer: https://sso.example\nadmin:\n  ${lines.join('\n  ')}\n`

describe('admin', () => {
  test('without groups there is no page, whatever else is said', () => {
    assert.equal(configOf('issuer: https://sso.example\n').admin, undefined)
    assert.equal(configOf(fileOf('max_age: 5m')).admin, undefined)
    assert.equal(configOf(fileOf('groups: []')).admin, undefined)
  })

  test('with groups it only shows, to who signed in within the hour, unless more is said', () => {
    assert.deepEqual(configOf(fileOf('groups: [ops]')).admin, { groups: ['ops'], maxAge: HOUR, hasActions: false })
    const more = configOf(fileOf('groups: [ops, a b]', 'max_age: 5m', 'actions: true')).admin
    assert.deepEqual(more, { groups: ['ops', 'a b'], maxAge: 5 * MINUTE, hasActions: true })
  })

  for (const { rule, text, path, says } of [
    {
      rule: 'actions without groups',
      text: fileOf('actions: ▶true'),
      path: 'admin.actions',
      says: /does nothing without admin\.groups/,
    },
    { rule: 'a group without a name', text: fileOf('groups: [▶""]'), path: 'admin.groups[0]', says: /empty/ },
    { rule: 'one group twice', text: fileOf('groups: [a, ▶a]'), path: 'admin.groups[1]', says: /twice|same|again/ },
    { rule: 'a day and more', text: fileOf('groups: [a]', 'max_age: ▶25h'), path: 'admin.max_age', says: /24h/ },
  ]) {
    test(`${rule} is refused`, () => assertBroken({ rule, text, path, says }))
  }
})
