/** Codes of an authenticator app: RFC 6238 with what every app can do, SHA-1, six digits, thirty seconds. Pure. */
import { createHmac } from 'node:crypto'
import type { Timestamp } from '../../base/clock.ts'
import { type Duration, SECOND } from '../../base/duration.ts'
import { constantTimeEqual } from '../../base/hash.ts'
import type { Random } from '../../base/random.ts'

/** RFC 8176 §2 */
export const OTP_AMR: readonly string[] = ['otp']

/** RFC 4226 §4, R6: 160 bits. */
const SECRET_BYTES = 20
const DIGITS = 6
const PERIOD: Duration = 30 * SECOND
/** RFC 6238 §5.2: a code is good for one step before and one after its own; people type slowly, and clocks differ. */
const NEAR = [0, -1, 1] as const
/** How far ahead the last step can be: what others with a clock a little ahead have taken. */
const POSSIBLE_STEPS = 3

export const newTotpSecret = (random: Random): Buffer => Buffer.from(random.bytes(SECRET_BYTES))

export const totpStep = (now: Timestamp): number => Math.floor(now / PERIOD)
/** A step beyond this was never taken by a clock that was right. */
export const latestPossibleStep = (now: Timestamp): number => totpStep(now) + POSSIBLE_STEPS

/** RFC 4226 §5.3 */
export function totpCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', secret).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 0xf
  const number = digest.readUInt32BE(offset) & 0x7fffffff
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** The step that the code is of; undefined: of none that counts now. Takes the same time for each. */
export function matchingStep(secret: Uint8Array, code: string, now: Timestamp): number | undefined {
  const steps = NEAR.map((distance) => totpStep(now) + distance)
  const fitting = steps.filter((step) => constantTimeEqual(totpCode(secret, step), code))
  return fitting[0]
}

/** As people type it: with spaces, in the digits of their own script. Undefined: it can't be a code. */
export function readTotpCode(typed: string): string | undefined {
  const digits = typed
    .normalize('NFKC')
    .replace(/[\s\u00a0-]/g, '')
    .replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, (digit) => asciiDigit(digit.charCodeAt(0)))
  return /^\d{6}$/.test(digits) ? digits : undefined
}

/** Arabic-Indic, its eastern form, Devanagari: where each has its zero. */
const ZEROS = [0x966, 0x6f0, 0x660] as const
const asciiDigit = (code: number): string => String(code - (ZEROS.find((zero) => code >= zero) ?? 0))

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6, without padding: the secret as apps take it. */
export function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

/** So much goes into a QR code that is easily scanned, and light enough for a page (ISO/IEC 18004, version 6-L: 134 bytes). */
const LONGEST_ISSUER = 26
const LONGEST_USERNAME = 48
const LONGEST_URI = 134

/**
 * What the QR code says. What apps take for granted (SHA1, 6, 30) is left out, and so is the second mention of the issuer, which
 * some old apps look at, where there is no room for it.
 */
export function totpUri(secret: Uint8Array, { issuer, username }: { issuer: string; username: string }): string {
  // A colon parts the two.
  const plain = (name: string): string => name.replaceAll(':', ' ')
  const label = `${encoded(plain(issuer), LONGEST_ISSUER)}:${encoded(plain(username), LONGEST_USERNAME)}`
  const short = `otpauth://totp/${label}?secret=${base32(secret)}`
  const full = `${short}&issuer=${encoded(plain(issuer), LONGEST_ISSUER)}`
  return full.length <= LONGEST_URI ? full : short
}

/** As many of its characters as have room. */
function encoded(name: string, longest: number): string {
  let text = ''
  for (const character of name.normalize('NFC').toWellFormed()) {
    const next = encodeURIComponent(character)
    if (text.length + next.length > longest) break
    text += next
  }
  return text
}
