import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatFaults } from '../../src/config/fault.ts'
import { assertBroken, type Broken, faultsOf, unmark } from './loading.ts'

const ISSUER = 'issuer: https://sso.example\n'

const VALUES: readonly Broken[] = [
  {
    rule: 'an unknown key',
    text: `▶isuer: https://sso.example\n${ISSUER}`,
    path: 'isuer',
    says: /unknown key\n {4}did you mean issuer\?\n {4}allowed: one of \d\d keys; docs\/configuration\.md lists them$/,
  },
  {
    rule: 'an unknown key in a section',
    text: `${ISSUER}listen:\n  ▶prot: 80`,
    path: 'listen.prot',
    says: /did you mean port\?\n {4}allowed: host, port, shutdown_delay, tls$/,
  },
  {
    rule: 'a key in camel case',
    text: `${ISSUER}▶trustedProxies: []`,
    path: 'trustedProxies',
    says: /did you mean trusted_proxies\?/,
  },
  {
    rule: 'a key that is like nothing',
    text: `${ISSUER}▶zzzzzzzz: 1`,
    path: 'zzzzzzzz',
    says: /unknown key\n {4}allowed: issuer, name[^?]*$/,
  },
  { rule: 'a merge key', text: `${ISSUER}▶<<: {}`, path: '?', says: /no plain name/ },
  { rule: 'a list as a key', text: `${ISSUER}? ▶[a, b]\n: 1`, path: '?', says: /no plain name/ },
  { rule: 'a key given twice', text: `${ISSUER}log: {}\n▶log: {}`, path: 'log', says: /given twice: first in line 2/ },
  { rule: 'a missing key', text: '▶name: X', path: 'issuer', says: /issuer: is missing/ },
  {
    rule: 'a key without a value',
    text: `${ISSUER}name:▶`,
    path: 'name',
    says: /has no value[\s\S]*leave the key out/,
  },
  { rule: 'a key without a colon', text: `${ISSUER}log: {▶level}`, path: 'log.level', says: /has no value/ },
  { rule: 'a section without a value', text: `${ISSUER}log:▶\n#  level: info`, path: 'log', says: /has no value/ },
  {
    rule: 'a number for a text',
    text: `${ISSUER}name: ▶42`,
    path: 'name',
    says: /put quotes around it\n {4}found: the number 42/,
  },
  {
    rule: 'a number for a duration, which quotes would not make one',
    text: `${ISSUER}lifetimes: {access_token: ▶5}`,
    path: 'lifetimes.access_token',
    says: /is of the wrong type\n/,
  },
  { rule: 'true for a text', text: `${ISSUER}name: ▶true`, path: 'name', says: /found: the boolean true/ },
  { rule: 'a map for a text', text: `${ISSUER}name: ▶{a: 1}`, path: 'name', says: /found: a map/ },
  {
    rule: 'a text for a map',
    text: `${ISSUER}listen: ▶localhost`,
    path: 'listen',
    says: /allowed: a map with the keys host, port, shutdown_delay, tls/,
  },
  {
    rule: 'a text for a list',
    text: `${ISSUER}trusted_proxies: ▶127.0.0.1`,
    path: 'trusted_proxies',
    says: /allowed: a list/,
  },
  {
    rule: 'a text for a number',
    text: `${ISSUER}listen: { port: ▶"80" }`,
    path: 'listen.port',
    says: /found: "80"\n {4}allowed: a whole number, without quotes/,
  },
  {
    rule: 'a fraction',
    text: `${ISSUER}listen: { port: ▶80.5 }`,
    path: 'listen.port',
    says: /allowed: a whole number/,
  },
  {
    rule: 'not a number',
    text: `${ISSUER}listen: { port: ▶.nan }`,
    path: 'listen.port',
    says: /allowed: a whole number/,
  },
  {
    rule: 'a number too large',
    text: `${ISSUER}listen: { port: ▶65536 }`,
    path: 'listen.port',
    says: /out of range[\s\S]*allowed: 0 to 65535/,
  },
  { rule: 'a number too small', text: `${ISSUER}listen: { port: ▶-1 }`, path: 'listen.port', says: /out of range/ },
  {
    rule: 'an unknown choice',
    text: `${ISSUER}log: { level: ▶wran }`,
    path: 'log.level',
    says: /found: "wran"\n {4}did you mean warn\?\n {4}allowed: fatal, error, warn/,
  },
  {
    rule: 'a weak RSA size',
    text: `${ISSUER}keys: { rsa_bits: ▶1024 }`,
    path: 'keys.rsa_bits',
    says: /allowed: 2048, 3072, 4096/,
  },
  {
    rule: 'a duration without a unit',
    text: `${ISSUER}lifetimes: { access_token: ▶"300" }`,
    path: 'lifetimes.access_token',
    says: /followed by ms, s, m, h or d/,
  },
  {
    rule: 'an endless duration',
    text: `${ISSUER}lifetimes: { interaction: ▶0s }`,
    path: 'lifetimes.interaction',
    says: /allowed: 1s to 24h/,
  },
  {
    rule: 'a code of more than 10m',
    text: `${ISSUER}lifetimes: { authorization_code: ▶601s }`,
    path: 'lifetimes.authorization_code',
    says: /allowed: 1s to 10m/,
  },
  {
    rule: 'an access token of more than 24h',
    text: `${ISSUER}lifetimes: { access_token: ▶25h }`,
    path: 'lifetimes.access_token',
    says: /allowed: 1s to 24h/,
  },
  {
    rule: 'an amount of memory in bytes',
    text: `${ISSUER}password_hashing: { memory: ▶19MB }`,
    path: 'password_hashing.memory',
    says: /KiB, MiB or GiB/,
  },
  {
    rule: 'too little memory',
    text: `${ISSUER}password_hashing: { memory: ▶1MiB }`,
    path: 'password_hashing.memory',
    says: /allowed: 7MiB to 4GiB/,
  },
  { rule: 'an empty text', text: `${ISSUER}name: ▶""`, path: 'name', says: /is empty/ },
  {
    rule: 'a long text',
    text: `${ISSUER}name: ▶${'x'.repeat(61)}`,
    path: 'name',
    says: /61 characters\n[\s\S]*at most 60/,
  },
  {
    rule: 'an address in brackets',
    text: `${ISSUER}listen: { host: ▶"[::1]" }`,
    path: 'listen.host',
    says: /without brackets/,
  },
  {
    rule: 'a list with the same twice',
    text: `${ISSUER}trusted_proxies: [10.0.0.1, ▶10.0.0.1]`,
    path: 'trusted_proxies[1]',
    says: /in this list twice/,
  },
  { rule: 'an alias', text: `${ISSUER.replace('h', '&a h')}name: ▶*a`, path: 'name', says: /alias/ },
  { rule: 'a tag', text: `${ISSUER}name: !!binary ▶aGk=`, path: 'name', says: /tag/ },
  { rule: 'a tag that nobody knows', text: `${ISSUER}log: !mine ▶{}`, path: 'log', says: /tag/ },
  {
    rule: 'a sealing key that is no key',
    text: `${ISSUER}keys: { sealing_key: ▶abc }`,
    path: 'keys.sealing_key',
    says: /32 bytes/,
  },
]

describe('a value that is wrong by itself', () => {
  for (const broken of VALUES) test(`is reported: ${broken.rule}`, () => assertBroken(broken))
})

const SYNTAX: readonly [rule: string, text: string, says: RegExp][] = [
  ['an open bracket', `${ISSUER}trusted_proxies: [1\n▶name: X`, /bracket/],
  ['an open quote', `${ISSUER}name: "X\n▶`, /closing quote/],
  ['a tab', `${ISSUER}log:\n▶\tlevel: info`, /tab[\s\S]*spaces/],
  ['two keys in one line', `${ISSUER}name: ▶a: b`, /second key on the same line/],
  ['no space after a colon', '▶issuer:https://sso.example\nname: X', /no key with a value/],
  ['a reserved character', `${ISSUER}name: ▶@home`, /quotes around the value/],
  ['an escape that does not exist', `${ISSUER}name: "▶\\q"`, /backslash/],
  ['a second document', `${ISSUER}▶---\nname: X`, /second document/],
  ['a directive', `▶%FOO bar\n---\n${ISSUER}`, /directive/],
]

describe('text that is no YAML', () => {
  for (const [rule, text, says] of SYNTAX) {
    test(`is reported: ${rule}`, () => assertBroken({ rule, text, path: '', says }))
  }

  test('is reported wherever it is, all at once', () => {
    const { text, positions } = unmark(`name: ▶@a\nissuer: ▶%b\nlog: ▶\`c`)
    const faults = faultsOf(text)
    assert.deepEqual(
      faults.map(({ line, column }) => `${line}:${column}`),
      positions,
    )
  })

  test('is refused quickly and without a stack trace however deep it goes', () => {
    for (const text of ['['.repeat(4_000), '- '.repeat(4_000), `a: ${'{a: '.repeat(4_000)}`]) {
      assert.match(formatFaults(faultsOf(text)), /nested far too deeply/)
    }
  })

  test('is no way to make much of little: aliases are not followed', () => {
    const bomb = [
      'a: &a [x, x]',
      ...'bcdefghij'.split('').map((name, i) => `${name}: &${name} [*${'abcdefghij'[i]}, *${'abcdefghij'[i]}]`),
    ]
    assert.equal(faultsOf(`${ISSUER}${bomb.join('\n')}\ntrusted_proxies: *j\n`).length, 11)
  })
})
