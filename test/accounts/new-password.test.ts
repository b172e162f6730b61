/** Passwords that people choose on pages. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { newPasswordFlaw } from '../../src/accounts/new-password.ts'
import { PASSWORD_FLAWS } from '../../src/accounts/password-rules.ts'
import type { Egress } from '../../src/egress/egress.ts'
import { newPasswordMessage } from '../../src/http/new-password-message.ts'
import { inEnglish } from '../../src/words/words.ts'

const log = { warn: () => {} }
const judge = (password: string, stolen?: string) => {
  const asked: string[] = []
  const digest = createHash('sha1')
    .update(stolen ?? '')
    .digest('hex')
    .toUpperCase()
  const egress = {
    async get(url: string) {
      asked.push(url)
      return { body: `${digest.slice(5)}:3\r\n`, type: '' }
    },
  } as unknown as Pick<Egress, 'get'>
  const breachCheckUrl = stolen === undefined ? undefined : 'https://breaches.example/range/'
  const config = { name: 'Example Login', passwords: { breachCheckUrl } }
  const chosen = { password, username: 'ada', email: 'lovelace@example.org' }
  return newPasswordFlaw({ config, egress, log }, chosen).then((flaw) => ({ flaw, asked }))
}

describe('a password that is chosen on a page', () => {
  test('is judged by the rules, with the user name, the address and the installation at hand', async () => {
    const flaws: [string, string | undefined][] = [
      ['short', 'too_short'],
      ['abababababab', 'repetition'],
      ['lovelace99', 'like_email'],
      ['ExampleLogin1', 'like_installation'],
      ['password1', 'common'],
      ['three green kettles', undefined],
    ]
    for (const [password, flaw] of flaws) assert.equal((await judge(password)).flaw, flaw, password)
  })

  test('[ASVS 6.2.12] is looked up among stolen ones where the configuration says so, and only what the rules let through', async () => {
    assert.equal((await judge('three green kettles', 'three green kettles')).flaw, 'breached')
    assert.equal((await judge('three green kettles', 'another one')).flaw, undefined)
    assert.deepEqual((await judge('short', 'short')).asked, [])
  })

  test('every flaw has words that say what to do', () => {
    for (const flaw of [...(Object.keys(PASSWORD_FLAWS) as (keyof typeof PASSWORD_FLAWS)[]), 'breached'] as const) {
      assert.match(inEnglish(newPasswordMessage(flaw)), /(Choose|Use|Type) /, flaw)
    }
  })
})
