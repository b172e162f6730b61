/** Clients and redirect URIs that nobody uses: each is a way in that nobody watches. */
import type { Timestamp } from '../../base/clock.ts'
import { DAY, type Duration } from '../../base/duration.ts'
import type { Client } from '../../protocol/client.ts'
import type { ClientAddress, ClientUse } from '../../storage/storage.ts'
import { toIso } from '../table.ts'
import { named } from './clients.ts'
import { type Finding, fine, unknown, warning } from './finding.ts'

export interface ClientUseInput {
  readonly clients: readonly Client[]
  /** Of all days that are kept; undefined: the database cannot be asked. */
  readonly uses: readonly ClientUse[] | undefined
  /** Undefined: nothing was counted yet. */
  readonly countedSince: Timestamp | undefined
  /** When the entry of a client came into force as it is; a client that is not in it: not known. */
  readonly entrySince: ReadonlyMap<string, Timestamp>
  /** From where clients have authenticated. */
  readonly addresses: readonly ClientAddress[] | undefined
  readonly now: Timestamp
}

/** Some are for once a month. */
const A_WHILE: Duration = 30 * DAY
/** Uses are kept for 90 days, and the first of them are swept some time before the last one is that old. */
const LONG: Duration = 85 * DAY

interface Idle {
  readonly id: string
  readonly lastAt: Timestamp | undefined
  readonly idle: Duration
}

export function checkClientUse(input: ClientUseInput): readonly Finding[] {
  const { clients, uses, countedSince, now } = input
  if (uses === undefined) return [unknown('how much clients are used: the database cannot be asked')]
  if (countedSince === undefined) return [unknown('how much clients are used: nothing was counted yet')]
  if (now - countedSince < A_WHILE) {
    return [
      unknown(
        `how much clients are used: it is counted since ${dayOf(countedSince)}, which says little before 30 days`,
      ),
    ]
  }
  const idle = clients.map((client) => idleOf(client, { ...input, uses, countedSince }))
  const long = idle.filter((one) => one.idle >= LONG)
  const some = idle.filter((one) => one.idle >= A_WHILE && one.idle < LONG)
  const uris = clients
    .filter(({ id }) => !idle.some((one) => one.id === id && one.idle >= A_WHILE))
    .flatMap((client) => unusedUris(client, { ...input, uses, countedSince }))
  const findings = [
    ...(long.length === 0
      ? []
      : [
          warning(
            `${named(long.map((one) => inWords(one, countedSince)))}: not used for a quarter of a year`,
            'An entry that nobody needs is a way in that nobody watches. Take it out if the app is gone: countersign plan says what ends with it.',
          ),
        ]),
    ...(some.length === 0
      ? []
      : [fine(`${named(some.map((one) => inWords(one, countedSince)))}: not used for 30 days or more`)]),
    ...(uris.length === 0
      ? []
      : [
          warning(
            `redirect URIs that no sign-in led to since ${dayOf(countedSince)}: ${named(uris)}`,
            'Whoever gets hold of such an address, of a site that was given up say, gets codes. Take out what the app does not need; countersign plan says what that breaks.',
          ),
        ]),
  ]
  return findings.length > 0
    ? findings
    : [fine(`every client was used in the last 30 days, and each of its redirect URIs since ${dayOf(countedSince)}`)]
}

interface Counted extends Pick<ClientUseInput, 'entrySince' | 'addresses' | 'now'> {
  readonly uses: readonly ClientUse[]
  readonly countedSince: Timestamp
}

function idleOf({ id }: Client, { uses, countedSince, entrySince, addresses, now }: Counted): Idle {
  const times = [
    ...uses.filter(({ clientId }) => clientId === id).map((use) => use.lastAt),
    ...(addresses ?? []).filter(({ clientId }) => clientId === id).map(({ lastSeenAt }) => lastSeenAt),
  ]
  const lastAt = times.length === 0 ? undefined : Math.max(...times)
  // A new one has had no time to be used.
  return { id, lastAt, idle: now - (lastAt ?? Math.max(countedSince, entrySince.get(id) ?? 0)) }
}

/** Of an entry that has been as it is for long enough, since its URIs may be new. */
function unusedUris({ id, metadata }: Client, { uses, entrySince, now }: Counted): readonly string[] {
  const since = entrySince.get(id)
  if (since === undefined || now - since < A_WHILE) return []
  const used = new Set(uses.filter(({ clientId }) => clientId === id).map(({ redirectUri }) => redirectUri))
  return metadata.redirect_uris.filter((uri) => !used.has(uri)).map((uri) => `${id} ${uri}`)
}

const inWords = ({ id, lastAt }: Idle, countedSince: Timestamp): string =>
  lastAt === undefined ? `${id} (never since ${dayOf(countedSince)})` : `${id} (last on ${dayOf(lastAt)})`

const dayOf = (at: Timestamp): string => toIso(at).slice(0, 10)
