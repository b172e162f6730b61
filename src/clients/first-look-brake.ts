/** How often strangers can make us ask one host for documents that we have never seen. */
import type { Clock, Timestamp } from '../base/clock.ts'
import { type Duration, SECOND } from '../base/duration.ts'
import { makeRoom } from '../base/make-room.ts'

const MOST_LOOKS = 10
const WITHIN: Duration = SECOND
const MOST_HOSTS = 1000

/** Gives whether one more first look at the host may be had just now, and counts it. */
export function firstLookBrake(steady: Clock): (host: string) => boolean {
  const looks = new Map<string, { readonly since: Timestamp; count: number }>()
  return (host) => {
    const now = steady.now()
    const known = looks.get(host)
    if (known !== undefined && now - known.since < WITHIN) return ++known.count <= MOST_LOOKS
    looks.delete(host)
    makeRoom(looks, MOST_HOSTS)
    looks.set(host, { since: now, count: 1 })
    return true
  }
}
