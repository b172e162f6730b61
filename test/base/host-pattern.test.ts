import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseHostPattern } from '../../src/base/host-pattern.ts'

describe('hosts that an operator lists', () => {
  for (const [text, host, port] of [
    ['wiki.internal', 'wiki.internal', undefined],
    ['Wiki.Internal:8443', 'wiki.internal', 8443],
    ['wiki', 'wiki', undefined],
    ['10.0.0.7', '10.0.0.7', undefined],
    ['10.0.0.7:80', '10.0.0.7', 80],
    ['::1', '::1', undefined],
    ['FD00::7', 'fd00::7', undefined],
    ['[fd00::7]', 'fd00::7', undefined],
    ['[fd00:0::7]:8443', 'fd00::7', 8443],
    ['a:65535', 'a', 65_535],
  ] as const) {
    test(`${text} is ${host}${port ? ` on ${port}` : ''}`, () => {
      assert.deepEqual(parseHostPattern(text), { kind: 'host', host, ...(port && { port }) })
    })
  }

  test('with a slash it is a range', () => {
    const range = { version: 4, number: 0x0a000000n, prefix: 8 }
    assert.deepEqual(parseHostPattern('10.0.0.0/8'), { kind: 'range', range })
  })

  for (const text of [
    '',
    'https://wiki.internal',
    'wiki.internal/path',
    'wiki.internal:0',
    'wiki.internal:65536',
    'wiki.internal:x',
    'user@wiki.internal',
    '*.internal',
    'wiki internal',
    '[wiki]',
    '10.0.0.0/33',
    '::1:8443:',
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parseHostPattern(text), undefined))
  }
})
