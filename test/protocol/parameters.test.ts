import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readParameters, requireParameter } from '../../src/protocol/parameters.ts'
import { assertRefused, refusal } from '../fixtures/refusals.ts'

/** The names that have a limit of their own, and the limit that all the others have. */
const LONGEST: Readonly<Record<string, number>> = {
  client_id: 256,
  response_type: 64,
  response_mode: 32,
  scope: 2048,
  prompt: 64,
  max_age: 16,
  nonce: 1024,
  state: 4096,
  redirect_uri: 2048,
  code: 256,
  code_challenge: 256,
  code_challenge_method: 16,
  code_verifier: 256,
  grant_type: 128,
  refresh_token: 512,
  client_secret: 1024,
  token: 8192,
  access_token: 8192,
  id_token_hint: 8192,
  username: 320,
  password: 4096,
  anything: 2048,
}

const WEIRD_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf']

describe('parameters that are well-formed', () => {
  test('[RFC6749 B] are read as application/x-www-form-urlencoded', () => {
    const parameters = readParameters('a=1&b=x%20y&c=x+y&d=%2B&e=%c3%BC&f==&g=a=b%26c')
    assert.deepEqual(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => parameters.get(name)),
      ['1', 'x y', 'x y', '+', 'ü', '=', 'a=b&c'],
    )
    parameters.refuseFaults()
  })

  test('[RFC6749 B] names are decoded, too', () => {
    assert.equal(readParameters('%73tate=x').get('state'), 'x')
    assert.equal(readParameters('a+b=x').get('a b'), 'x')
  })

  for (const encoded of ['state=', 'state', '', '&', '&&x=y&']) {
    test(`[RFC6749 3.1] without a value is absent: ${JSON.stringify(encoded)}`, () => {
      const parameters = readParameters(encoded)
      assert.equal(parameters.get('state'), undefined)
      parameters.refuseFaults()
      assertRefused(() => requireParameter(parameters, 'state'), 'invalid_request', /^state is missing$/)
    })
  }

  test('a required one that is there is given', () => {
    assert.equal(requireParameter(readParameters('state=0'), 'state'), '0')
  })

  for (const name of WEIRD_NAMES) {
    test(`${name} is a name like any other`, () => {
      assert.equal(readParameters('').get(name), undefined)
      assert.equal(readParameters(`${name}=x`).get(name), 'x')
      assertRefused(() => readParameters(`${name}=x&${name}=y`).get(name), 'invalid_request', /repeated/)
      assertRefused(() => readParameters(`${name}=${'x'.repeat(2049)}`).get(name), 'invalid_request', /too long/)
    })
  }

  test('are read exactly as URLSearchParams reads them', () => {
    const character = fc.oneof(
      fc.constantFrom('+', ' ', '%', '&', '=', '?', '#', '/', ';', '\u00a0', '\ufeff', '€', '😀'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    )
    const text = fc.array(character, { maxLength: 12 }).map((characters) =>
      characters
        .join('')
        .replace(/\p{Cc}/gu, '')
        .toWellFormed(),
    )
    const entries = fc.uniqueArray(fc.tuple(text, text), { maxLength: 20, selector: ([name]) => name })
    fc.assert(
      fc.property(entries, (pairs) => {
        const encoded = new URLSearchParams(pairs).toString()
        const parameters = readParameters(encoded)
        parameters.refuseFaults()
        for (const [name, value] of new URLSearchParams(encoded)) {
          assert.equal(parameters.get(name), value || undefined)
        }
      }),
      { numRuns: 1000, seed: 3986 },
    )
  })
})

describe('parameters that are faulty', () => {
  for (const encoded of [
    'state=a&state=b',
    'state=a&state=a',
    'state=&state=a',
    'state=a&state',
    'stat%65=a&state=a',
  ]) {
    test(`[RFC6749 3.1] repeated: ${encoded}`, () => {
      const parameters = readParameters(`x=1&${encoded}`)
      assertRefused(() => parameters.get('state'), 'invalid_request', /^state is repeated$/)
      assertRefused(() => parameters.refuseFaults(), 'invalid_request', /^state is repeated$/)
      assert.equal(parameters.get('x'), '1')
    })
  }

  test('[RFC6749 3.1] the first of a repeated faulty one does not come back', () => {
    for (const encoded of ['state=%zz&state=a', 'state=%00&state=a', 'state=a&state=b&state=c']) {
      assertRefused(() => readParameters(encoded).get('state'), 'invalid_request')
    }
  })

  for (const bad of ['%', '%4', '%zz', '%u0041', '%ff', '%c3', '%c3%28', '%c0%af', '%ed%a0%80', '%f4%90%80%80', 'a%']) {
    test(`[RFC6749 B] not percent-encoded UTF-8: ${bad}`, () => {
      assertRefused(() => readParameters(`state=${bad}`).get('state'), 'invalid_request', /^state is not percent-enc/)
      const faultyName = readParameters(`${bad}=x&state=y`)
      assert.equal(faultyName.get('state'), 'y')
      assertRefused(() => faultyName.refuseFaults(), 'invalid_request', /name is malformed/)
    })
  }

  for (const [name, limit] of Object.entries(LONGEST)) {
    test(`${name} may have ${limit} characters and no more`, () => {
      const longest = 'x'.repeat(limit)
      assert.equal(readParameters(`${name}=${longest}`).get(name), longest)
      const longer = readParameters(`${name}=${longest}x`)
      assertRefused(() => longer.get(name), 'invalid_request', /too long/)
      assertRefused(() => longer.refuseFaults(), 'invalid_request', /too long/)
    })
  }

  test('it is decoded characters that count', () => {
    assert.equal(readParameters(`nonce=${'%41'.repeat(1024)}`).get('nonce')?.length, 1024)
  })

  for (let code = 0; code <= 0x7f; code += code === 0x1f ? 0x60 : 1) {
    const encoded = `%${code.toString(16).padStart(2, '0')}`
    test(`[RFC6749 A] a control character: ${encoded}`, () => {
      assertRefused(() => readParameters(`state=a${encoded}b`).get('state'), 'invalid_request', /control character/)
    })
  }

  for (const name of ['password', 'username']) {
    test(`a ${name} may have control characters, but not NUL`, () => {
      assert.equal(readParameters(`${name}=a%09b%7f`).get(name), 'a\tb\x7f')
      assertRefused(() => readParameters(`${name}=a%00b`).get(name), 'invalid_request', /control character/)
    })
  }

  for (const name of ['%00', 'state%00', 'state%0a', '%7fstate', 'password%00', 'username%09']) {
    test(`a control character in a name: ${name}`, () => {
      const parameters = readParameters(`${name}=x&state=y`)
      assertRefused(() => parameters.refuseFaults(), 'invalid_request', /^a parameter name is malformed$/)
      assert.equal(parameters.get('state'), 'y')
    })
  }

  test('one that is only looked for is not there when it is faulty', () => {
    assert.equal(readParameters('state=a').find('state'), 'a')
    for (const faulty of [
      '',
      'state=',
      'state=a&state=b',
      'state=a&state=',
      'state=%zz',
      'state=%00',
      'state=%zz&state=a',
    ]) {
      assert.equal(readParameters(faulty).find('state'), undefined, faulty)
    }
    assert.equal(readParameters(`state=${'x'.repeat(4097)}`).find('state'), undefined)
  })

  test('100 parameters are read, the 101st refuses the request', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=x`).join('&')
    const hundred = readParameters(many(100))
    hundred.refuseFaults()
    assert.equal(hundred.get('p99'), 'x')
    const more = readParameters(many(101))
    assertRefused(() => more.refuseFaults(), 'invalid_request', /more than 100/)
    assert.equal(more.get('p0'), 'x')
    assert.equal(more.get('p100'), undefined)
    assertRefused(() => readParameters('&'.repeat(100)).refuseFaults(), 'invalid_request', /more than 100/)
  })

  test('nothing of a name that is not ours is put on the wire', () => {
    for (const name of ['Call+0800+now', '%3Cb%3E', '%0d%0aSet-Cookie', 'x'.repeat(10_000), 'state%00']) {
      for (const encoded of [`${name}=a&${name}=b`, `${name}=%zz`, `${name}=%00`, `${name}=${'x'.repeat(9000)}`]) {
        const error = refusal(() => readParameters(encoded).refuseFaults())
        assert.match(error.description, /^a parameter (is|has|name is) /)
        assert.ok(error.message.length < 100)
      }
    }
  })

  test('whatever the bytes, there is an answer or an OAuthError', () => {
    const piece = fc.constantFrom(
      'a',
      '%',
      '%4',
      '%41',
      '%ff',
      '&',
      '=',
      '+',
      '\0',
      '\ud800',
      'é',
      '__proto__',
      'state',
    )
    const encoded = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(encoded, (text) => {
        const parameters = readParameters(text)
        for (const act of [() => parameters.refuseFaults(), () => parameters.get('state'), () => parameters.get('')]) {
          try {
            act()
          } catch (error) {
            assert.equal(error instanceof Error && error.name, 'OAuthError')
          }
        }
      }),
      { numRuns: 2000, seed: 6749 },
    )
  })
})

describe('[RFC8707 2] the one parameter that may be repeated', () => {
  test('gives every value that is not empty, in the order they came', () => {
    const parameters = readParameters('resource=a&x=1&resource=b&resource=&resource=c')
    parameters.refuseFaults()
    assert.deepEqual(parameters.all('resource'), ['a', 'b', 'c'])
    assert.deepEqual(readParameters('resource=&resource=b').all('resource'), ['b'])
    assert.deepEqual(readParameters('x=1').all('resource'), [])
  })

  test('is refused for a fault in any of its values', () => {
    for (const faulty of [
      'resource=a&resource=%ff',
      'resource=%00&resource=a',
      `resource=a&resource=${'a'.repeat(2049)}`,
    ]) {
      assert.throws(() => readParameters(faulty).all('resource'), /invalid_request/)
      assert.throws(() => readParameters(faulty).refuseFaults(), /invalid_request/)
    }
  })
})
