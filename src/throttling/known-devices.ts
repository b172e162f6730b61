/**
 * What a browser keeps so that an account knows it again: a random name, and for each account that has signed in there a MAC.
 * It proves no more than that, and a thief of it has no more than a bucket of his own.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import type { Timestamp } from '../base/clock.ts'
import { DAY, type Duration, SECOND } from '../base/duration.ts'
import { constantTimeEqual } from '../base/hash.ts'
import type { Random } from '../base/random.ts'

/** As long as browsers keep a cookie at all (RFC 6265bis §5.5). */
export const DEVICE_LIFETIME: Duration = 400 * DAY
/** A family's computer; the one that was used least lately goes. */
const MOST_ACCOUNTS = 5
const COOKIE = /^[A-Za-z0-9_-]{22}(\.[0-9a-z]{1,9}-[A-Za-z0-9_-]{22}){1,5}$/

export interface KnownDevices {
  /** The device's name where `subject` knows it. */
  find(cookie: string | undefined, subject: string, now: Timestamp): string | undefined
  /** The cookie with which `subject` will know it again. */
  remember(cookie: string | undefined, subject: string, now: Timestamp): string
}

export function knownDevices(key: KeyObject, random: Random): KnownDevices {
  const proof = (device: string, subject: string, since: string): string =>
    createHmac('sha256', key).update(`device\0${device}\0${since}\0${subject}`).digest('base64url').slice(0, 22)

  /** Of `tags`, the one that is for `subject`. */
  const tagFor = (device: string, tags: readonly string[], subject: string): string | undefined =>
    tags.find((tag) => {
      const [since = '', mac = ''] = splitTag(tag)
      return constantTimeEqual(mac, proof(device, subject, since))
    })

  return {
    find(cookie, subject, now) {
      const { device, tags } = parse(cookie)
      const tag = device === undefined ? undefined : tagFor(device, tags, subject)
      if (device === undefined || tag === undefined) return undefined
      const since = Number.parseInt(splitTag(tag)[0] ?? '', 36) * SECOND
      return now < since + DEVICE_LIFETIME ? device : undefined
    },
    remember(cookie, subject, now) {
      const known = parse(cookie)
      const device = known.device ?? random.bytes(16).toString('base64url')
      const own = tagFor(device, known.tags, subject)
      const others = known.tags.filter((tag) => tag !== own).slice(0, MOST_ACCOUNTS - 1)
      const since = Math.floor(now / SECOND).toString(36)
      return [device, `${since}-${proof(device, subject, since)}`, ...others].join('.')
    },
  }
}

/** The MAC may have a `-` in it, too. */
const splitTag = (tag: string): readonly [string, string] => {
  const at = tag.indexOf('-')
  return [tag.slice(0, at), tag.slice(at + 1)]
}

function parse(cookie: string | undefined): { device: string | undefined; tags: readonly string[] } {
  if (cookie === undefined || !COOKIE.test(cookie)) return { device: undefined, tags: [] }
  const [device, ...tags] = cookie.split('.')
  return { device, tags }
}
