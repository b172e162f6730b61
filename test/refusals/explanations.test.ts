/** Every check has its words, and every refusal its check. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { commands } from '../../src/cli/index.ts'
import { CHECKS, shownAddress, shownName, shownUri, withoutLookalikes } from '../../src/protocol/checks.ts'
import { fromNow, shownOffset } from '../../src/protocol/shown-time.ts'
import { EXPLANATIONS } from '../../src/refusals/explanations/index.ts'
import { commonLength, nearestUri, picture } from '../../src/refusals/uri-difference.ts'
import { START } from '../fixtures/clock.ts'

/** What providers say and are told. */
const UPSTREAM = [
  'state',
  'nonce',
  'aud',
  'auth_time',
  'prompt=login',
  'max_age',
  '<issuer>/upstream/<id>/callback',
].concat(['invalid_scope', 'unauthorized_client', 'invalid_client', 'invalid_grant', '/account/linked', 'issuer'])

describe('explanations', () => {
  test('each check has one, in whole sentences, and there are no others', () => {
    assert.deepEqual(Object.keys(EXPLANATIONS).sort(), [...CHECKS].sort())
    for (const [check, { failed, todo }] of Object.entries(EXPLANATIONS)) {
      assert.match(failed, /[.)]$/, check)
      assert.match(todo, /[.)]$/, check)
    }
  })

  test('what is named in backticks is a key of the configuration, a command, or a word of the protocol', () => {
    const schema = readFileSync(join(import.meta.dirname, '../../config.schema.json'), 'utf8')
    const known = Object.keys(commands)
    const words = [
      'Basic',
      'id_token token',
      'openid',
      'none',
      'aal1',
      'aal2',
      'phr',
      'csrf',
      'exp',
      '--end-previous',
      ...UPSTREAM,
    ]
    for (const [check, { failed, todo }] of Object.entries(EXPLANATIONS)) {
      for (const [, name = ''] of `${failed} ${todo}`.matchAll(/`([^`]+)`/g)) {
        const [, command] = /^countersign (\w+)/.exec(name) ?? []
        const keys = (name.split(':')[0] ?? '').split('.')
        const isKnown =
          command === undefined
            ? words.includes(name) || keys.every((key) => schema.includes(`"${key}": {`))
            : known.includes(command)
        assert.ok(isKnown, `${check}: ${name}`)
      }
    }
  })

  test('each check is made somewhere', () => {
    const root = join(import.meta.dirname, '../../src')
    const paths = globSync('**/*.ts', { cwd: root }).filter(
      (path) => !/generated|refusals\/|protocol\/checks/.test(path),
    )
    const code = paths.map((path) => readFileSync(join(root, path), 'utf8')).join('\n')
    const unused = CHECKS.filter((check) => !code.includes(`'${check}'`))
    assert.deepEqual(unused, [])
  })
})

describe('what strangers send is shown', () => {
  const uuid = '01890a5d-ac96-774b-bcce-b302099a8057'

  test('without what sounds like a secret', () => {
    assert.equal(shownUri('https://a.example/cb?code=1&x=2#id_token=3'), 'https://a.example/cb?code=…&x=2#id_token=…')
    assert.equal(shownUri('https://me:pw@a.example/'), 'https://…@a.example/')
    assert.equal(shownName('wiki'), 'wiki')
    assert.equal(shownUri('https://a.example/cb?a=b?token=x?y&c=d;key=1'), 'https://a.example/cb?a=b?token=…&c=d;key=…')
    assert.match(shownName('aB3'.repeat(20)), /60 characters that look like a secret/)
    // openssl rand -hex 32, the usual way to make one; a UUID is a name.
    assert.match(shownName('9f86d081884c7d65'.repeat(4)), /64 characters that look like a secret/)
    assert.equal(shownName(uuid), uuid)
  })

  test('a secret in a path, or in a claim, is not repeated; an address and a user agent stay as they are', () => {
    const secret = 'aB3_'.repeat(10)
    assert.equal(shownUri(`https://a.example/${secret}/x`), 'https://a.example/…/x')
    assert.equal(shownUri(JSON.stringify([secret])), '["…"]')
    assert.equal(shownUri(`/reset/${uuid}`), `/reset/${uuid}`)
    for (const address of ['203.0.113.7', '2001:db8::1%eth0', '203.0.113.7:4711', 'unix socket', undefined])
      assert.equal(shownAddress(address), address)
    assert.equal(shownAddress(secret), '…')
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
    assert.equal(withoutLookalikes(agent), agent)
  })

  test('in a time that grows with its length alone: anybody may send it', () => {
    // With one regular expression for the whole, each of these took longer than a test run.
    for (const text of ['?key', '?', '&state', '=?code', 'token;']) {
      assert.ok(shownUri(`https://a.example/${text.repeat(50_000)}`).length <= 500)
    }
  })

  test('in bounds', () => {
    fc.assert(fc.property(fc.string({ maxLength: 3000 }), (text) => shownUri(text).length <= 500))
    assert.equal(shownName('x'.repeat(5000)).length, 401)
  })

  test('a moment by its distance', () => {
    assert.equal(shownOffset(START / 1000 - 42, START), '42 s ago')
    assert.equal(shownOffset(START / 1000 + 7200, START), 'in 120 min')
    assert.equal(shownOffset('soon', START), 'that is no number')
    assert.equal(fromNow(100), 'just now')
    assert.equal(fromNow(-10 * 86_400_000), '10 days ago')
  })
})

describe('two URIs', () => {
  test('the nearest one is the one with the longest common beginning', () => {
    const registered = ['https://b.example/', 'https://a.example/other', 'https://a.example/callback']
    assert.equal(nearestUri('https://a.example/call', registered), 'https://a.example/callback')
    assert.equal(nearestUri('x', []), undefined)
  })

  test('the caret stands below the first character that differs', () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.webUrl(), (one, other) => {
        const [came = '', known = '', caret = ''] = picture(one, other)
        const at = caret.indexOf('^')
        assert.equal(at, 12 + commonLength(one, other))
        assert.equal(came.slice(12, at), known.slice(12, at))
        assert.ok(came === known.replace('registered', 'came      ') || came[at] !== known[at])
      }),
    )
  })
})
