/**
 * Which apps fetch the published keys, and which of them have not seen the next one yet (docs/decisions/0024). Pure: what was
 * seen and the clients in, a judgement out. It can only go by what fetches show: an app behind the same address as others may be
 * any of them, and what stands in front of Countersign with a cache hides who is behind it.
 */
import type { Timestamp } from '../base/clock.ts'
import { DAY, type Duration, HOUR } from '../base/duration.ts'
import type { Client } from '../protocol/client.ts'
import { isEncryptionAlgorithm, type KeyAlgorithm } from '../protocol/vocabulary.ts'
import type { ClientAddress, JwksFetch, JwksFetchStore, StoredSigningKey } from '../storage/storage.ts'
import { rotationDue } from './rotation.ts'
import type { RotationPolicy } from './rotation-policy.ts'

/** Somebody who fetches the keys again and again, or is known: one app, as far as can be told. */
export interface KeyUser {
  /** The clients that it can be; none: nobody that we know. */
  readonly clientIds: readonly string[]
  /** Of a server. */
  readonly address: string
  readonly userAgent: string
  /** Of pages whose scripts fetch. */
  readonly origin: string
  readonly lastSeenAt: Timestamp
  readonly kids: readonly string[]
}

export interface KeyUsers {
  readonly users: readonly KeyUser[]
  /** How many came once and were never seen again: scanners, people who try something. They count nowhere. */
  readonly cameOnce: number
}

/** Who was not heard of for so long is gone. */
export const HEARD_WITHIN: Duration = 30 * DAY
/** An address of a client that is silent for so long, while the client comes from others, was given to somebody else. */
const MOVED_AWAY_AFTER: Duration = DAY
/** Who comes back after so long fetches regularly. */
const CAME_BACK: Duration = HOUR

export interface Sightings {
  readonly fetches: readonly JwksFetch[]
  readonly addresses: readonly ClientAddress[]
}

/** Reads what is known of those who were heard of lately. */
export async function readSightings(
  store: Pick<JwksFetchStore, 'list' | 'addresses'>,
  now: Timestamp,
): Promise<Sightings> {
  const [fetches, addresses] = [await store.list(now - HEARD_WITHIN), await store.addresses()]
  return { fetches, addresses }
}

/** Who uses the keys, latest first. */
export function keyUsers({ fetches, addresses }: Sightings, clients: readonly Client[], now: Timestamp): KeyUsers {
  const known = new Set(clients.map(({ id }) => id))
  const clientsAt = groupedBy(
    addresses.filter(({ clientId }) => known.has(clientId)),
    ({ address }) => address,
  )
  const clientsOf = originsOf(clients)
  const all = fetches
    .filter(({ lastSeenAt }) => lastSeenAt >= now - HEARD_WITHIN)
    .map((fetch) => {
      const there = clientsAt.get(fetch.address) ?? []
      const clientIds = fetch.origin === '' ? there.map(({ clientId }) => clientId) : clientsOf.get(fetch.origin)
      const heardAt = Math.max(fetch.lastSeenAt, ...there.map(({ lastSeenAt }) => lastSeenAt))
      return { ...fetch, clientIds: [...new Set(clientIds ?? [])].sort(), heardAt }
    })
  const counted = all.filter(
    ({ clientIds, firstSeenAt, lastSeenAt }) => clientIds.length > 0 || lastSeenAt - firstSeenAt >= CAME_BACK,
  )
  const users = counted
    .filter((user) => !hasMoved(user, counted, now))
    .sort((a, b) => b.lastSeenAt - a.lastSeenAt)
    .map(({ clientIds, address, userAgent, origin, lastSeenAt, kids }) => ({
      ...{ clientIds, address, userAgent, origin, lastSeenAt, kids },
    }))
  return { users, cameOnce: all.length - counted.length }
}

interface Heard {
  readonly clientIds: readonly string[]
  readonly address: string
  readonly origin: string
  readonly heardAt: Timestamp
}

/** The one client that it can be is at another address now: a new container, a new machine. */
function hasMoved(user: Heard, others: readonly Heard[], now: Timestamp): boolean {
  const [client, ...more] = user.clientIds
  if (client === undefined || more.length > 0 || user.origin !== '') return false
  if (user.heardAt >= now - MOVED_AWAY_AFTER) return false
  return others.some(
    (other) =>
      other.origin === '' &&
      other.address !== user.address &&
      other.clientIds.includes(client) &&
      other.heardAt > user.heardAt + MOVED_AWAY_AFTER,
  )
}

/** How far the key that is to sign next has come. */
export interface Outlook {
  readonly algorithm: KeyAlgorithm
  readonly next: StoredSigningKey
  /** When it takes over by itself; undefined: at once, nothing signs now. */
  readonly dueAt: Timestamp | undefined
  /** Those who need this algorithm, or may. */
  readonly users: readonly KeyUser[]
  /** Of them, those that have not got this key. */
  readonly unaware: readonly KeyUser[]
}

/** One for each algorithm that signs and has a next key; keys that others encrypt to are not needed before they are current. */
export function outlooks(
  keys: readonly StoredSigningKey[],
  policy: RotationPolicy,
  { users, clients, now }: { users: readonly KeyUser[]; clients: readonly Client[]; now: Timestamp },
): readonly Outlook[] {
  const byId = new Map(clients.map((client) => [client.id, client]))
  return policy.algorithms
    .filter((algorithm) => !isEncryptionAlgorithm(algorithm))
    .flatMap((algorithm) => {
      const ofThis = keys.filter((key) => key.algorithm === algorithm)
      const next = ofThis.find(({ state }) => state === 'next')
      const current = ofThis.find(({ state }) => state === 'current')
      if (next === undefined) return []
      const needing = users.filter(({ clientIds }) => mayNeed(clientIds, algorithm, byId))
      return {
        ...{ algorithm, next, users: needing },
        dueAt: current && rotationDue(current, next, policy, now),
        unaware: needing.filter(({ kids }) => !kids.includes(next.kid)),
      }
    })
}

export interface OutlookInput {
  readonly keys: readonly StoredSigningKey[]
  readonly policy: RotationPolicy
  readonly store: Pick<JwksFetchStore, 'list' | 'addresses'>
  readonly clients: readonly Client[]
  readonly now: Timestamp
}

/**
 * The same, read from the store, for a status page, metrics and the log. `isAsked` picks those that matter, before anything is
 * read for them.
 */
export async function rotationOutlook(
  { keys, policy, store, clients, now }: OutlookInput,
  isAsked: (outlook: Outlook) => boolean = () => true,
): Promise<readonly Outlook[]> {
  if (!outlooks(keys, policy, { users: [], clients, now }).some(isAsked)) return []
  const { users } = keyUsers(await readSightings(store, now), clients, now)
  return outlooks(keys, policy, { users, clients, now }).filter(isAsked)
}

/** Nobody that we know may need any. */
const mayNeed = (clientIds: readonly string[], algorithm: KeyAlgorithm, byId: ReadonlyMap<string, Client>): boolean => {
  const clients = clientIds.flatMap((id) => byId.get(id) ?? [])
  return clients.length === 0 || clients.some((client) => needs(client, algorithm))
}

/**
 * Whether the client checks what is signed with it. What signs people in checks ID tokens and signed answers; who signs nobody
 * in is an API or a service, and may check access tokens of any client.
 */
export function needs({ metadata }: Client, algorithm: KeyAlgorithm): boolean {
  if (!metadata.response_types.length) return true
  return [
    metadata.id_token_signed_response_alg,
    metadata.userinfo_signed_response_alg,
    metadata.introspection_signed_response_alg,
  ].includes(algorithm as never)
}

/** The pages of a client are where its sign-ins return to. */
function originsOf(clients: readonly Client[]): ReadonlyMap<string, readonly string[]> {
  const pairs = clients.flatMap(({ id, metadata }) =>
    metadata.redirect_uris.flatMap((uri) => {
      const origin = URL.parse(uri)?.origin
      return origin === undefined || origin === 'null' ? [] : [{ id, origin }]
    }),
  )
  const grouped = groupedBy(pairs, ({ origin }) => origin)
  return new Map([...grouped].map(([origin, these]) => [origin, these.map(({ id }) => id)]))
}

const groupedBy = <T>(items: readonly T[], by: (item: T) => string): ReadonlyMap<string, readonly T[]> =>
  Map.groupBy(items, by)
