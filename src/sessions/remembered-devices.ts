/** Browsers that are not asked for a second factor for a while: a random word in a cookie, and its digest in the database. */
import type { Clock, Timestamp } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import { type Random, randomSecret } from '../base/random.ts'
import type { Storage } from '../storage/storage.ts'

export interface RememberingDeps {
  readonly storage: Pick<Storage, 'rememberedDevices'>
  readonly config: { readonly secondFactor: { readonly rememberDevice: Duration } }
  readonly clock: Clock
  readonly random: Random
}

/** A family's computer: one word for each account. */
const MOST_ACCOUNTS = 5
const COOKIE = /^[A-Za-z0-9_-]{43}(\.[A-Za-z0-9_-]{43}){0,4}$/

const wordsIn = (cookie: string | undefined): readonly string[] =>
  cookie !== undefined && COOKIE.test(cookie) ? cookie.split('.') : []

export async function isRemembered(
  { storage, config, clock }: Omit<RememberingDeps, 'random'>,
  /** `since`: when it got its second factor; what was remembered before was of another one. */
  { accountId, since }: { accountId: string; since: Timestamp },
  cookie: string | undefined,
): Promise<boolean> {
  const { rememberDevice } = config.secondFactor
  const words = wordsIn(cookie)
  if (words.length === 0 || rememberDevice === 0) return false
  const found = await storage.rememberedDevices.find(accountId, words.map(sha256))
  const now = clock.now()
  // What was promised for longer than is allowed by now ends with that.
  return found.some(
    ({ createdAt, expiresAt }) => createdAt >= since && now < Math.min(expiresAt, createdAt + rememberDevice),
  )
}

/** Gives the cookie. */
export async function rememberDevice(
  { storage, config, clock, random }: RememberingDeps,
  accountId: string,
  cookie: string | undefined,
): Promise<string> {
  const word = randomSecret(random)
  const createdAt = clock.now()
  const expiresAt = createdAt + config.secondFactor.rememberDevice
  await storage.rememberedDevices.insert({ id: sha256(word), accountId, createdAt, expiresAt })
  return [word, ...wordsIn(cookie).slice(0, MOST_ACCOUNTS - 1)].join('.')
}
