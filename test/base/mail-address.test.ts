import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mailAddress, mailbox } from '../../src/base/mail-address.ts'

const addressOf = (text: string): string | undefined => mailAddress(text)?.address

describe('an e-mail address', () => {
  for (const [text, address] of [
    ['ada@example.org', 'ada@example.org'],
    ['  Ada.Lovelace+login@Example.ORG ', 'Ada.Lovelace+login@example.org'],
    ["o'brien!#$%&*/=?^_`{|}~-@example.org", "o'brien!#$%&*/=?^_`{|}~-@example.org"],
    ['-f@example.org', '-f@example.org'],
    ['root@localhost', 'root@localhost'],
    // RFC 5891: the domain as machines know it.
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@faß.de', 'ada@xn--fa-hia.de'],
    ['почта@пример.рф', 'почта@xn--e1afmkfd.xn--p1ai'],
    ['用户@例子.广告', '用户@xn--fsqu00a.xn--4rr70v'],
    // Typed with a Japanese keyboard.
    ['ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ', 'taro@example.jp'],
  ] as const) {
    test(`is one: ${text}`, () => assert.equal(addressOf(text), address))
  }

  for (const text of [
    ...['', 'ada', '@example.org', 'ada@', 'ada@@example.org', 'ada@eve@example.org'],
    // Nothing that a header or a command could be broken with.
    ...['ada@example.org\r\nBcc: eve@example.org', 'ada\n@example.org', 'ada@example.org\u0000', 'a b@example.org'],
    ...[
      'ada@example.org,eve@example.org',
      'ada@example.org;',
      '<ada@example.org>',
      'ada@example.org>',
      'Ada <ada@example.org>',
    ],
    ...['"ada eve"@example.org', '"eve@evil.example x"@example.org', 'ada(comment)@example.org', 'a\\@b@example.org'],
    // Names that the URL parser takes for hosts, and mail servers do not.
    ...[
      'ada@[192.0.2.1]',
      'ada@192.0.2.1',
      'ada@0x7f.1',
      'ada@1.2',
      'ada@ex%61mple.org',
      'ada@example.org:25',
      'ada@a/b.org',
    ],
    ...['ada@example..org', 'ada@.example.org', 'ada@example.org.', 'ada@-example.org', 'ada@exa_mple.org'],
    ...['.ada@example.org', 'ada.@example.org', 'a..da@example.org', 'ada\u200b@example.org', 'ada\u202e@example.org'],
    ...[
      `${'a'.repeat(65)}@example.org`,
      `ada@${'a'.repeat(64)}.org`,
      `a@${'a.'.repeat(130)}org`,
      `${'é'.repeat(33)}@a.org`,
    ],
    '\ufdfa'.repeat(300),
  ]) {
    test(`is none: ${JSON.stringify(text.slice(0, 60))}`, () => assert.equal(mailAddress(text), undefined))
  }

  test('one key for all ways to write it', () => {
    for (const text of ['Ada@Bücher.example', 'ada@XN--BCHER-KVA.example', 'ＡＤＡ@bu\u0308cher.example']) {
      assert.equal(mailAddress(text)?.key, 'ada@xn--bcher-kva.example')
    }
    assert.equal(mailAddress('ada@bücher.example')?.shown, 'ada@bücher.example')
  })
})

describe('a mailbox', () => {
  for (const [text, name, address] of [
    ['login@example.com', '', 'login@example.com'],
    ['<login@example.com>', '', 'login@example.com'],
    ['Example, Inc. Login <login@example.com>', 'Example, Inc. Login', 'login@example.com'],
    ['"Example" <login@bücher.example>', 'Example', 'login@xn--bcher-kva.example'],
  ] as const) {
    test(`is one: ${text}`, () => {
      const found = mailbox(text)
      assert.deepEqual([found?.name, found?.address.address], [name, address])
    })
  }
  for (const text of ['Example', 'a <b>', 'a <b@c.de> d', 'a\r\nBcc: <b@c.de>', 'a <b@c.de>, d <e@f.gh>']) {
    test(`is none: ${JSON.stringify(text)}`, () => assert.equal(mailbox(text), undefined))
  }
})
