import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { costOf, parsePasswordHash } from '../../src/accounts/authenticators/password-hash.ts'
import { hashDecoys } from '../../src/accounts/hash-decoys.ts'
import { authenticateByPassword } from '../../src/accounts/sign-in.ts'
import { countImportedHashes } from '../../src/jobs/count-imported-hashes.ts'
import type { ImportedHashes } from '../../src/storage/storage.ts'
import { FREE } from '../../src/throttling/guesses.ts'
import { fakeClock } from '../fixtures/clock.ts'
import { anAccount, memoryAccounts } from '../fixtures/memory-accounts.ts'

const KEY = createSecretKey(Buffer.alloc(32, 1))
const BCRYPT = '$2b$12'
const PBKDF2 = '$pbkdf2-sha512$i=210000,l=64'
const NAMES = Array.from({ length: 2000 }, (_, number) => `nobody-${number}`)

/** Decoys as after a count that gave this. */
async function counted(accounts: number, costs: readonly ImportedHashes[], key = KEY) {
  const decoys = hashDecoys({ importedHashes: async () => ({ accounts, costs }) }, key)
  await decoys.learn()
  return decoys
}

const costFor = (decoy: string | undefined): string => {
  const parsed = decoy === undefined ? undefined : parsePasswordHash(decoy)
  return parsed ? costOf(parsed) : 'ours'
}

function shares(decoys: Awaited<ReturnType<typeof counted>>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of NAMES) {
    const cost = costFor(decoys.decoyFor(name))
    counts[cost] = (counts[cost] ?? 0) + 1 / NAMES.length
  }
  return counts
}

const near = (actual: number | undefined, expected: number): void =>
  assert.ok(Math.abs((actual ?? 0) - expected) < 0.05, `${actual} instead of ${expected}`)

describe('[ASVS 6.3.8] the decoy of a name without an account', () => {
  test('is none before anything is counted, and where every hash is ours', async () => {
    const decoys = hashDecoys(memoryAccounts().accounts, KEY)
    assert.equal(decoys.decoyFor('nobody'), undefined)
    await decoys.learn()
    assert.equal(decoys.decoyFor('nobody'), undefined)
  })

  test('has each cost as often as accounts have a hash of it', async () => {
    const made = shares(
      await counted(1000, [
        { cost: BCRYPT, accounts: 500, left: 250 },
        { cost: PBKDF2, accounts: 300, left: 300 },
      ]),
    )
    near(made[BCRYPT], 0.25)
    near(made[PBKDF2], 0.3)
    near(made['ours'], 0.45)
  })

  test('is the same every time and at every process, for every spelling; with another key another', async () => {
    const costs = [{ cost: BCRYPT, accounts: 1, left: 1 }]
    const decoys = await counted(1, costs)
    const decoy = decoys.decoyFor('nobody')
    assert.equal(costFor(decoy), BCRYPT)
    assert.equal((await counted(1, costs)).decoyFor(' NoBody '), decoy)
    assert.notEqual((await counted(1, costs, createSecretKey(Buffer.alloc(32, 2)))).decoyFor('nobody'), decoy)
    assert.notEqual(decoys.decoyFor('nobody-2'), decoy)
    assert.equal(costFor(decoys.decoyFor('x'.repeat(100_000))), BCRYPT)
  })

  test('turns from the cost elsewhere to ours once, and never back, as accounts do', async () => {
    const steps = [1000, 700, 300, 20, 0]
    const seen = await Promise.all(
      steps.map((left) =>
        counted(2000, [
          { cost: BCRYPT, accounts: 1000, left: Math.ceil(left / 2) },
          { cost: PBKDF2, accounts: 1000, left },
        ]),
      ),
    )
    for (const name of NAMES) {
      const costs = seen.map((decoys) => costFor(decoys.decoyFor(name)))
      const first = costs[0] ?? ''
      const turned = costs.indexOf('ours')
      assert.ok(turned > 0 || first === 'ours', name)
      assert.deepEqual(new Set(costs.slice(0, turned)), new Set(turned > 0 ? [first] : []), name)
      assert.deepEqual(new Set(costs.slice(turned)), new Set(['ours']), name)
    }
  })
})

test('[ASVS 6.3.8] who has no account, or no password, is verified against the decoy, and is refused even if it fits', async () => {
  for (const accounts of [memoryAccounts(), memoryAccounts([anAccount({ passwordHash: undefined })])]) {
    const verified: (string | undefined)[] = []
    const hasher = {
      hash: async () => '',
      async verify(hash: string | undefined) {
        verified.push(hash)
        return true
      },
      needsRehash: () => false,
    }
    const decoys = { decoyFor: (login: string) => `decoy of ${login}` }
    const deps = { accounts: accounts.accounts, hasher, decoys, admit: async () => FREE }
    assert.equal((await authenticateByPassword(deps, { login: 'anna', password: 'x' })).kind, 'refused')
    assert.deepEqual(verified, ['decoy of anna'])
  }
})

test('what accounts came with is counted each minute, or as seldom as the count takes long', async () => {
  const clock = fakeClock()
  let counts = 0
  const hashDecoys = {
    decoyFor: () => undefined,
    async learn() {
      counts++
      clock.advance(5000)
    },
  }
  const job = countImportedHashes({ hashDecoys, clock })
  assert.equal(job.everyMs, 60_000)
  const { signal } = new AbortController()
  for (const wait of [0, 60_000, 400_000, 60_000]) {
    clock.advance(wait)
    await job.run(signal)
  }
  assert.equal(counts, 2)
})
