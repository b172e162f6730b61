/** What ends when a key is taken out, told before it is: whose tokens, how many sign-ons, and who believes it for how long. */
import type { Timestamp } from '../../base/clock.ts'
import { type Duration, formatDuration } from '../../base/duration.ts'
import type { Config } from '../../config/config.ts'
import { type KeyUsers, keyUsers, readSightings } from '../../keys/key-users.ts'
import type { Client } from '../../protocol/client.ts'
import { isEncryptionAlgorithm } from '../../protocol/vocabulary.ts'
import type { Storage, StoredSigningKey } from '../../storage/storage.ts'
import { userLines } from './app-lines.ts'

export interface ImpactDeps {
  readonly config: Pick<Config, 'keys' | 'clients' | 'lifetimes' | 'apis'>
  readonly storage: Pick<Storage, 'jwksFetches' | 'grants'>
  readonly now: Timestamp
}

/** Lines for a person who is to decide; never rejects: in an emergency what can't be counted must not be in the way. */
export async function impactOf(key: StoredSigningKey, deps: ImpactDeps): Promise<readonly string[]> {
  const { config, now } = deps
  const head = `${key.kid} (${key.algorithm}, ${key.state})`
  if (isEncryptionAlgorithm(key.algorithm)) {
    return [`${head}: what is encrypted to it will not be read any more.`]
  }
  if (key.activatedAt === undefined) return [`${head} has signed nothing, so nothing ends.`]
  const mine = config.clients.filter((client) => algorithmsOf(client).includes(key.algorithm))
  const longest = Math.max(...[config.lifetimes, ...mine.map(({ lifetimes }) => lifetimes)].map(lifetimeOf))
  return [
    `${head}: every token that it signed ends.`,
    ...clientLines(key, config),
    await signOnLine(mine, { ...deps, since: now - longest }),
    `  Tokens of ${key.algorithm} live for ${formatDuration(longest)} at most. Sessions and refresh tokens go on: nobody has to sign in again.`,
    ...(await holderLines(deps)),
  ]
}

const algorithmsOf = ({ accessTokenAlgorithm, metadata }: Client): readonly unknown[] => [
  accessTokenAlgorithm,
  metadata.id_token_signed_response_alg,
  metadata.userinfo_signed_response_alg,
  metadata.introspection_signed_response_alg,
]

const lifetimeOf = ({ accessToken, idToken }: { accessToken: Duration; idToken: Duration }): Duration =>
  Math.max(accessToken, idToken)

function clientLines({ algorithm }: StoredSigningKey, { clients, apis }: ImpactDeps['config']): readonly string[] {
  const ids = (uses: (client: Client) => boolean): readonly string[] => clients.filter(uses).map(({ id }) => id)
  const idTokens = ids(
    ({ metadata }) => metadata.id_token_signed_response_alg === algorithm && metadata.response_types.length > 0,
  )
  const accessTokens = ids(({ accessTokenAlgorithm }) => accessTokenAlgorithm === algorithm)
  const ofApis = apis
    .filter(({ accessTokenAlgorithm }) => accessTokenAlgorithm === algorithm)
    .map(({ audience }) => audience)
  const signed = [
    ['ID tokens of', idTokens],
    ['Access tokens of', accessTokens],
    ['Access tokens for', ofApis],
  ] as const
  return signed
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `  ${what} ${listed(names)} are signed with ${algorithm}.`)
}

async function signOnLine(
  mine: readonly Client[],
  { storage, now, since }: Pick<ImpactDeps, 'storage' | 'now'> & { since: Timestamp },
): Promise<string> {
  try {
    const ids = new Set(mine.map(({ id }) => id))
    const counts = (await storage.grants.countLive({ since, now })).filter(({ clientId }) => ids.has(clientId))
    const all = counts.reduce((sum, { count }) => sum + count, 0)
    if (all === 0) return '  No sign-on has live tokens now, as far as the database tells.'
    const largest = [...counts].sort((a, b) => b.count - a.count).slice(0, 5)
    const named = largest.map(({ clientId, count }) => `${clientId} ${count}`).join(', ')
    return `  At most ${all} sign-ons have live tokens now (${named}${counts.length > 5 ? ', …' : ''}); tokens that services get for themselves are not counted.`
  } catch {
    return '  How many sign-ons have live tokens now could not be counted.'
  }
}

async function holderLines({ config, storage, now }: ImpactDeps): Promise<readonly string[]> {
  const maxAge = config.keys.jwksMaxAge
  const within = `within the last ${formatDuration(maxAge)}`
  const holders = await readSightings(storage.jwksFetches, now).then(
    (sightings): KeyUsers['users'] => keyUsers(sightings, config.clients, now).users,
    () => undefined,
  )
  if (holders === undefined) return ['  Who has fetched the keys could not be looked up.']
  const fresh = holders.filter(({ lastSeenAt }) => lastSeenAt >= now - maxAge)
  if (fresh.length === 0) return [`  No app is known to have fetched the keys ${within}.`]
  return [
    `  Apps that have fetched the keys ${within} may believe it for that long yet:`,
    ...userLines(fresh, now).map((line) => `  ${line}`),
  ]
}

function listed(names: readonly string[]): string {
  const more = names.length - 8
  return more > 0 ? `${names.slice(0, 8).join(', ')} and ${more} more` : names.join(', ')
}
