import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readImportedHash } from '../../../src/accounts/authenticators/imported-hash.ts'
import { costOf, hashOfCost, parsePasswordHash } from '../../../src/accounts/authenticators/password-hash.ts'
import { FOREIGN_HASHES, FOREIGN_PASSWORD } from '../../fixtures/foreign-hashes.ts'
import { cheapHasher } from '../../fixtures/password-hashing.ts'
import { fakeRandom } from '../../fixtures/random.ts'

const read = (text: string) => readImportedHash(text, { memoryKib: 19456 })
const kept = (text: string): string => {
  const result = read(text)
  assert.ok('text' in result, 'fault' in result ? result.fault : '')
  return result.text
}
const faultOf = (text: string): string => {
  const result = read(text)
  assert.ok('fault' in result, text)
  return result.fault
}

describe('a hash that another implementation made', () => {
  for (const [title, text] of FOREIGN_HASHES) {
    test(`${title}: verifies its password and no other, and is to be made anew`, async () => {
      const hasher = cheapHasher({ memoryKib: 128 })
      const stored = kept(text)
      assert.equal(await hasher.verify(stored, FOREIGN_PASSWORD), true)
      assert.equal(await hasher.verify(stored, 'kettle river 43'), false)
      assert.equal(await hasher.verify(stored, ''), false)
      assert.equal(hasher.needsRehash(stored, FOREIGN_PASSWORD), true)
      // What was exported is imported again without a change.
      assert.equal(kept(stored), stored)
    })

    test(`${title}: a decoy of its cost can be made, and nobody knows its password`, async () => {
      const parsed = parsePasswordHash(kept(text))
      const cost = parsed && costOf(parsed)
      const decoy = hashOfCost(cost ?? '', fakeRandom().bytes(80))
      const made = decoy === undefined ? undefined : parsePasswordHash(decoy)
      assert.equal(made && costOf(made), cost)
      assert.equal(await cheapHasher().verify(decoy, FOREIGN_PASSWORD), false)
    })
  }

  test('of 72 bytes of bcrypt: what follows is not looked at, and so it is not made anew of it', async () => {
    const hasher = cheapHasher()
    const stored = '$2b$06$lxcJoLFEIchT721OGN6jRuF8FmyP.Th9tjbaox9ZZTOfvFvC8gP6e'
    const long = `${'\u00e9'.repeat(36)}tail that is not looked at`
    assert.equal(await hasher.verify(stored, long), true)
    assert.equal(await hasher.verify(stored, `${'\u00e9'.repeat(36)}another`), true)
    assert.equal(await hasher.verify(stored, `${'\u00e9'.repeat(35)}another`), false)
    assert.equal(hasher.needsRehash(stored, long), false)
    assert.equal(hasher.needsRehash(stored, '\u00e9'.repeat(36)), true)
  })

  test('of bcrypt: a password with U+0000, where C would end it, is nobody\u2019s', async () => {
    const stored = '$2b$06$3eVW9UGjJAgxqZdfrI3Z9O1dYO9/Cticg98rlTOTWvHom93TxxW8S'
    assert.equal(await cheapHasher().verify(stored, `${FOREIGN_PASSWORD}\0`), false)
    assert.equal(await cheapHasher().verify(stored, `${FOREIGN_PASSWORD}\0x`), false)
  })

  test('[SP800-63B-4 3.1.1.2] of a password that normalisation changes: as it was typed there', async () => {
    const stored = '$2b$06$rzZZj6hQWh8yX0kkohDPEekNHURBCsw/qxMsTLXZono5TKUeoT/ia'
    assert.equal(await cheapHasher().verify(stored, 'Zo\u00eb gr\u00fc\u00dft \ufb01x'), true)
    assert.equal(await cheapHasher().verify(stored, 'Zo\u00eb gr\u00fc\u00dft fix'), false)
  })
})

describe('a hash that is not let in, and why', () => {
  const PBKDF2 = '$pbkdf2-sha256$2000$Qai1dk7Jee9dy7mX8p7zvg$g0csNkQN5TplWbRtswygoB4jeUMWnT2aFegXI4yawEs'
  const SCRYPT = '$scrypt$ln=10,r=8,p=2$3hujlNLa+/8fI8QY4xyjlA$41UFscqacim5qZxkeE116UM+4I2jCpskrvF7PsonUq8'
  const ARGON2 = '$argon2id$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$Ug2jsxD4W+FRpxmJoicWPuQiVi9IEAhDiq0KtArlZdU'
  const BCRYPT = '$2b$06$3eVW9UGjJAgxqZdfrI3Z9O1dYO9/Cticg98rlTOTWvHom93TxxW8S'
  for (const [text, why] of [
    ['', /not a hash that is known/],
    ['x'.repeat(501), /longer than any hash/],
    ['kettle river 42', /not a hash that is known/],
    ['{SSHA}MjAxNjAxMDEyMDE2MDEwMTIwMTYwMTAx', /plain digest/],
    ['{SSHA512}abc', /plain digest/],
    ['5f4dcc3b5aa765d61d8327deb882cf99', /plain digest/],
    ['md5$salt$5f4dcc3b5aa765d61d8327deb882cf99', /plain digest/],
    ['$6$rounds=50000$salt$hash', /crypt\(3\)/],
    ['$y$j9T$salt$hash', /crypt\(3\)/],
    ['bcrypt_sha256$$2b$06$MUMzB9xKUNtHTLrosw1WruTXIRDiEGJDjqS1WNouuPh/oIZI9lRMm', /another digest/],
    [BCRYPT.replace('$2b', '$2x'), /faulty variant/],
    [BCRYPT.replace('$06', '$16'), /not within its limits/],
    [BCRYPT.replace('$06', '$03'), /not within its limits/],
    [BCRYPT.slice(0, -1), /not a hash that is known/],
    [PBKDF2.replace('$2000', '$999'), /fewer than 1000/],
    [PBKDF2.replace('$2000', '$4000001'), /not within its limits/],
    [PBKDF2.replace('$2000', '$99999999999999'), /not a hash that is known/],
    [SCRYPT.replace('ln=10', 'ln=9'), /less than 1 MiB/],
    [SCRYPT.replace('ln=10', 'ln=18'), /more memory than 131072 KiB/],
    [SCRYPT.replace('ln=10', 'ln=99'), /not within its limits/],
    [SCRYPT.replace('ln=10,r=8,p=2', 'ln=17,r=8,p=9'), /takes too long/],
    ['scrypt$1000$RJrcUYP7$8$1$Ft6F4bZPc1xrcQmpKVlfo9d8jwM2Nq5BR2qHSOVj', /not a hash that is known/],
    [ARGON2.replace('m=64', 'm=131073'), /more memory than 131072 KiB/],
    [ARGON2.replace('m=64,t=2', 'm=131072,t=17'), /takes too long/],
  ] as const) {
    test(`${text.slice(0, 40) || 'nothing'}: ${why.source}`, () => {
      assert.match(faultOf(text), why)
      // It may be a password that stands in the wrong place.
      assert.doesNotMatch(faultOf(text), /kettle|MjAx|5f4d/)
    })
  }

  test('more memory is let in where as much is configured', () => {
    assert.ok('text' in readImportedHash(ARGON2.replace('m=64', 'm=200000'), { memoryKib: 200_000 }))
  })

  test('however a hash is damaged: the same hash or a fault in words, never an error', () => {
    const random = fakeRandom()
    for (const [, text] of FOREIGN_HASHES) {
      for (let round = 0; round < 200; round++) {
        const [at = 0, byte = 0, how = 0] = random.bytes(3)
        const place = at % text.length
        const letter = String.fromCharCode(32 + (byte % 95))
        const damaged = [
          text.slice(0, place),
          text.slice(0, place) + letter + text.slice(place + 1),
          text.slice(0, place) + letter + text.slice(place),
          text.slice(place),
        ][how % 4] as string
        const result = read(damaged)
        if ('fault' in result) assert.match(result.fault, /^[a-z]/)
        else assert.equal(kept(result.text), result.text)
      }
    }
  })
})

test('what is below today\u2019s recommendations is told apart', () => {
  const isWeak = (text: string) => {
    const result = read(text)
    return 'isWeak' in result ? result.isWeak : undefined
  }
  const tail = '$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  for (const [weak, strong] of [
    [
      '$2b$09$3eVW9UGjJAgxqZdfrI3Z9O1dYO9/Cticg98rlTOTWvHom93TxxW8S',
      '$2b$10$3eVW9UGjJAgxqZdfrI3Z9O1dYO9/Cticg98rlTOTWvHom93TxxW8S',
    ],
    [`$pbkdf2-sha256$i=599999,l=32${tail}`, `$pbkdf2-sha256$i=600000,l=32${tail}`],
    [`$scrypt$ln=16,r=8,p=1${tail}`, `$scrypt$ln=16,r=8,p=2${tail}`],
    [`$argon2id$v=19$m=7168,t=4,p=1${tail}`, `$argon2id$v=19$m=7168,t=5,p=1${tail}`],
  ] as const) {
    assert.equal(isWeak(weak), true, weak)
    assert.equal(isWeak(strong), false, strong)
  }
  assert.equal(isWeak(`$argon2i$v=19$m=65536,t=3,p=1${tail}`), true)
})
