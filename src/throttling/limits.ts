/**
 * What must not cost a request more than a microsecond, and may be counted by each process for itself: wrong client secrets,
 * requests of one client, sign-ins that strangers begin. In memory and bounded; a restart forgets it.
 */
import type { Clock, Timestamp } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import { makeRoom } from '../base/make-room.ts'
import type { ThrottlingConfig } from '../config/config.ts'
import type { Bucket } from '../storage/throttles.ts'
import { originOf, widened } from './networks.ts'

/** Each gives how long to wait; undefined: go on. */
export interface Limits {
  /**
   * Before a secret is looked at. `clientId` undefined: an id that no client has; those of one address count as one. From
   * loopback nothing is counted: behind a proxy that is not named, strangers would shut out every client.
   */
  clientSecret(ip: () => string, clientId: string | undefined): Duration | undefined
  /** It was wrong. The same one again is somebody's old secret, and no guess. */
  wrongClientSecret(ip: string, clientId: string | undefined, digest: string): void
  clientRequest(ip: () => string, client: { readonly id: string; readonly isPublic: boolean }): Duration | undefined
  newSignIn(ip: string): Duration | undefined
}

/** Keys of strangers: a million addresses don't fill the memory. */
const MOST_KEYS = 10_000
/** So many seconds' worth of a client's requests at once. */
const BURST = 10

export function limits(config: ThrottlingConfig, steady: Clock): Limits {
  const origin = originOf(config)
  const secrets = bucketsInMemory(config.clientSecrets, steady)
  const lastWrong = new Map<string, string>()
  const signIns = bucketsInMemory(config.newSignIns, steady)
  const sites = bucketsInMemory(widened(config.newSignIns), steady)
  const perSecond = config.isEnabled ? config.clientRequestsPerSecond : 0
  const requests = bucketsInMemory({ most: perSecond * BURST, every: SECOND / Math.max(1, perSecond) }, steady)

  /** Undefined: exempt, or no network can be told. */
  function secretKey(ip: string, clientId: string | undefined): string | undefined {
    const near = origin(ip)?.near
    return near && `${near} ${clientId ?? ''}`
  }

  return {
    clientSecret(ip, clientId) {
      // Where nobody has been wrong of late, nothing more is asked.
      if (secrets.isEmpty()) return undefined
      const key = secretKey(ip(), clientId)
      return key === undefined ? undefined : secrets.waitFor(key)
    },
    wrongClientSecret(ip, clientId, digest) {
      const key = secretKey(ip, clientId)
      if (key === undefined || lastWrong.get(key) === digest) return
      lastWrong.delete(key)
      makeRoom(lastWrong, MOST_KEYS)
      lastWrong.set(key, digest)
      secrets.fill(key)
    },
    clientRequest(ip, { id, isPublic }) {
      if (perSecond === 0) return undefined
      // Anybody can name a client that has no secret.
      const from = origin(ip())
      return from === undefined ? undefined : requests.fill(isPublic ? `${from.near ?? 'here'} ${id}` : id)
    },
    newSignIn(ip) {
      const { near, site } = origin(ip) ?? {}
      if (near === undefined) return undefined
      return signIns.fill(near) ?? (site === undefined ? undefined : sites.fill(site))
    },
  }
}

interface BucketsInMemory {
  isEmpty(): boolean
  /** Until there is room; undefined: there is. */
  waitFor(key: string): Duration | undefined
  /** Puts one in, where there is room. */
  fill(key: string): Duration | undefined
}

/** The same as storage/throttles.ts keeps: when each bucket will have run empty. */
function bucketsInMemory({ most, every }: Bucket, steady: Clock): BucketsInMemory {
  const emptyAt = new Map<string, Timestamp>()
  const waitFor = (key: string): Duration | undefined => {
    const wait = (emptyAt.get(key) ?? 0) - (most - 1) * every - steady.now()
    return wait > 0 ? wait : undefined
  }
  /** Also lets go of who came first, when they have run empty: in the end of everybody. */
  function letGo(now: Timestamp): void {
    for (const [key, at] of emptyAt) {
      if (at > now) return
      emptyAt.delete(key)
    }
  }
  return {
    isEmpty() {
      if (emptyAt.size > 0) letGo(steady.now())
      return emptyAt.size === 0
    },
    waitFor,
    fill(key) {
      const wait = waitFor(key)
      if (wait !== undefined) return wait
      const now = steady.now()
      const at = Math.max(emptyAt.get(key) ?? 0, now) + every
      emptyAt.delete(key)
      letGo(now)
      makeRoom(emptyAt, MOST_KEYS)
      emptyAt.set(key, at)
      return undefined
    },
  }
}
