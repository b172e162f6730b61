/**
 * What lets `countersign doctor`, and nobody else, ask a running server what a request of it looked like behind the proxies: a
 * pass for a minute, under a key that is derived from the sealing key. It opens nothing else, and says nothing of that key.
 */
import { createHmac } from 'node:crypto'
import { CLOCK_SKEW, type Timestamp } from '../base/clock.ts'
import { MINUTE } from '../base/duration.ts'
import { constantTimeEqual } from '../base/hash.ts'
import type { Random } from '../base/random.ts'

/** Below the issuer. */
export const SEEN_PATH = '/doctor'
/** Of its own, since proxies may take Authorization for theirs. */
export const PASS_HEADER = 'countersign-doctor'

const LIVES = MINUTE
const LONGEST = 200

/** What the server saw of the request. */
export interface SeenRequest {
  /** Who opened the connection. */
  readonly peer: string
  /** And from which port of theirs; older versions say none. */
  readonly peerPort?: number | undefined
  /** Whom the log and the limits take for the client. */
  readonly client: string
  /** The connection that it came by was TLS. */
  readonly isTls: boolean
  /** As they arrived; those that did not are left out. */
  readonly headers: Readonly<Record<string, string>>
}

/** The headers that proxies say something in. */
export const FORWARDING_HEADERS = [
  'host',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-real-ip',
  'forwarded',
  'via',
] as const

/** `key` is that of the purpose `doctor` (sealing.ts). */
export function makeDoctorPass(key: Buffer, { now, random }: { now: Timestamp; random: Random }): string {
  const text = `${now + LIVES}.${random.bytes(16).toString('base64url')}`
  return `${text}.${macOf(key, text)}`
}

export function isDoctorPass(key: Buffer, pass: unknown, now: Timestamp): boolean {
  if (typeof pass !== 'string' || pass.length > LONGEST) return false
  const [, text, until, mac] = /^((\d+)\.[\w-]+)\.([\w-]+)$/.exec(pass) ?? []
  if (text === undefined || mac === undefined || !constantTimeEqual(mac, macOf(key, text))) return false
  const left = Number(until) - now
  return left > -CLOCK_SKEW && left <= LIVES + CLOCK_SKEW
}

const macOf = (key: Buffer, text: string): string => createHmac('sha256', key).update(text).digest('base64url')
