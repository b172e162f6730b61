/** Signing in with a password that came from another provider: it works, makes way for ours, and tells nothing. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PasswordHasher } from '../../src/accounts/authenticators/password.ts'
import { costOf, parsePasswordHash } from '../../src/accounts/authenticators/password-hash.ts'
import { FOREIGN_HASHES, FOREIGN_PASSWORD } from '../fixtures/foreign-hashes.ts'
import { anAccount } from '../fixtures/memory-accounts.ts'
import { cheapHasher } from '../fixtures/password-hashing.ts'
import { suiteApp } from '../fixtures/suite-app.ts'
import { type TestBrowser, testBrowser } from '../fixtures/test-browser.ts'

const BCRYPT = FOREIGN_HASHES.find(([title]) => title === 'bcrypt 2b')?.[1] ?? ''

const attempt = async (browser: TestBrowser, username: string, password: string) => {
  const { path, csrf } = await browser.start()
  return browser.post(`${path}/password`, { csrf, username, password })
}

describe('an account that came with a bcrypt hash', () => {
  const verified: string[] = []
  const hasher = cheapHasher()
  const passwords: PasswordHasher = {
    ...hasher,
    verify(hash, password) {
      const parsed = hash === undefined ? undefined : parsePasswordHash(hash)
      verified.push(parsed ? costOf(parsed) : 'ours')
      return hasher.verify(hash, password)
    },
  }
  const started = suiteApp({ passwords })
  const came = (id: string) => ({
    account: anAccount({ id, username: id, usernameKey: id, emailKey: undefined, claims: {}, passwordHash: BCRYPT }),
    importedHash: '$2b$06',
  })

  test('[ASVS 6.3.8] cannot be told from a name that nobody has; its owner gets in, and has a hash of ours then', async () => {
    const { app, deps, storage } = started()
    // So many that each name without an account is one of theirs.
    await storage.accounts.insertAll(Array.from({ length: 400 }, (_, at) => came(`came${at}`)))
    await deps.hashDecoys.learn()
    const answers = []
    for (const name of ['came1', 'nobody-1', 'nobody-2', 'nobody-3']) {
      answers.push((await attempt(testBrowser(app), name, 'wrong')).statusCode)
    }
    assert.deepEqual(answers, [400, 400, 400, 400])
    assert.deepEqual(verified, ['$2b$06', '$2b$06', '$2b$06', '$2b$06'])

    assert.equal((await attempt(testBrowser(app), 'came1', FOREIGN_PASSWORD)).statusCode, 303)
    assert.match((await storage.accounts.find('came1'))?.passwordHash ?? '', /^\$argon2id\$v=19\$m=64,t=2,p=1\$/)
    assert.equal((await attempt(testBrowser(app), 'came1', FOREIGN_PASSWORD)).statusCode, 303)
    assert.equal((await storage.accounts.importedHashes()).costs[0]?.left, 399)
  })
})
