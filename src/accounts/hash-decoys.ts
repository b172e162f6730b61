/**
 * What the password of nobody is verified against. As long as all hashes are ours, one of ours: every name takes as long. With
 * accounts that came from elsewhere it would tell them from names that do not exist, as theirs take another time. So a
 * name without an account gets, by its own letters and a key that nobody knows, a hash of some cost, as often as
 * accounts have one of it; and as they turn into ours, so do the decoys, each once (docs/decisions/0022).
 */
import { createHmac, type KeyObject } from 'node:crypto'
import type { AccountStore } from '../storage/storage.ts'
import { hashOfCost } from './authenticators/password-hash.ts'
import { usernameKey } from './username.ts'

export interface HashDecoys {
  /** A hash that is nobody's; undefined: such a one as the hasher takes by itself. The same for every spelling. */
  decoyFor(login: string): string | undefined
  /** Counts anew what accounts came with. */
  learn(): Promise<void>
}

interface Share {
  readonly cost: string
  /** Of all names, those below it came with a hash of this cost or of one before. */
  readonly below: number
  /** Of these, how many still have it. */
  readonly left: number
}

/** @param key derived from the sealing key for this alone, so that all processes and restarts give the same answer */
export function hashDecoys(accounts: Pick<AccountStore, 'importedHashes'>, key: KeyObject): HashDecoys {
  let shares: readonly Share[] = []
  return {
    decoyFor(login) {
      if (shares.length === 0) return undefined
      const bytes = manyBytes(key, usernameKey(login.slice(0, 1024)))
      const share = shares.find(({ below }) => fraction(bytes, 0) < below)
      if (share === undefined || fraction(bytes, 6) >= share.left) return undefined
      return hashOfCost(share.cost, bytes.subarray(12))
    },
    async learn() {
      const { accounts: all, costs } = await accounts.importedHashes()
      let sum = 0
      shares = costs.map(({ cost, accounts: came, left }) => {
        sum += came
        return { cost, below: sum / all, left: left / came }
      })
    },
  }
}

/** Two fractions, and what hashOfCost asks for. */
function manyBytes(key: KeyObject, name: string): Buffer {
  const block = (at: number): Buffer => createHmac('sha512', key).update(`${at}\n${name}`).digest()
  return Buffer.concat([block(0), block(1)])
}

/** In [0, 1). */
const fraction = (bytes: Buffer, at: number): number => bytes.readUIntBE(at, 6) / 2 ** 48
