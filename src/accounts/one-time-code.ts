/**
 * A code to type in the page that asked for it, and a link that does the same from anywhere; each mail has both, and they are
 * good once (docs/decisions/0028). Pure: what is kept of them is in storage/, who asks is in one-time-codes.ts.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import type { Timestamp } from '../base/clock.ts'
import { DAY, type Duration, HOUR, MINUTE } from '../base/duration.ts'
import { constantTimeEqual, sha256 } from '../base/hash.ts'
import { newIdentifier, readHandle } from '../base/identifier.ts'
import { isSecretShaped, type Random, randomSecret } from '../base/random.ts'
import type { OneTimeCode } from '../storage/storage.ts'

interface PurposeRules {
  /** How long the code may be typed (ASVS 6.5.5: 10 minutes at most); 0: there is none, the link alone. */
  readonly codeLasts: Duration
  readonly linkLasts: Duration
  /**
   * What the link does in another browser than the one that asked. `confirms`: the page that asked goes on. `takes_over`:
   * whoever opened the mail goes on, and the page that asked never does: it may be a stranger's who hopes for a click.
   */
  readonly elsewhere: 'confirms' | 'takes_over'
}

export const PURPOSES = {
  verify_email: { codeLasts: 10 * MINUTE, linkLasts: DAY, elsewhere: 'confirms' },
  reset_password: { codeLasts: 10 * MINUTE, linkLasts: HOUR, elsewhere: 'takes_over' },
  /** The address of an account that is to be made (docs/decisions/0033). */
  sign_up: { codeLasts: 10 * MINUTE, linkLasts: HOUR, elsewhere: 'confirms' },
  invitation: { codeLasts: 0, linkLasts: 7 * DAY, elsewhere: 'takes_over' },
} as const satisfies Readonly<Record<string, PurposeRules>>

export type Purpose = keyof typeof PURPOSES

export const isPurpose = (text: string): text is Purpose => Object.hasOwn(PURPOSES, text)

/** How long whoever came with the code or the link may take to go on: to think of a new password, say. */
export const PROOF_LASTS: Duration = 15 * MINUTE

/** With so many attempts a guesser is right with one code in twenty million; ASVS 6.5.4 asks for 20 bits. */
const DIGITS = 8
const ATTEMPTS = 5

export interface CodeOrder {
  readonly purpose: Purpose
  /** Undefined: for an address that no account has yet. */
  readonly accountId?: string | undefined
  /** As base/mail-address.ts gives it. */
  readonly address: string
  /** Where it is asked for; what is typed elsewhere is not looked at (ASVS 6.6.2). */
  readonly browserHash?: string | undefined
  readonly interactionId?: string | undefined
  /** What its purpose needs to know later, such as the client that asked; no secrets. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Instead of what its purpose has. */
  readonly linkLasts?: Duration | undefined
  /** Nobody gets it, and nothing opens it: so that the same is done whether an account has the address or not. */
  readonly isDecoy?: boolean
}

export interface NewCode {
  readonly record: OneTimeCode
  /** What a person types; the database has its HMAC alone. */
  readonly code: string
  /** `<id>.<secret>`: the end of the link's path. */
  readonly handle: string
}

interface Making {
  readonly now: Timestamp
  readonly random: Random
  /** Eight digits are guessed from a plain digest in no time. */
  readonly key: KeyObject
}

export function newOneTimeCode(order: CodeOrder, { now, random, key }: Making): NewCode {
  const { purpose, accountId, address, interactionId, browserHash, details = {}, isDecoy = false } = order
  const { codeLasts, linkLasts } = PURPOSES[purpose]
  const lasts = order.linkLasts ?? linkLasts
  const id = newIdentifier(now, random)
  const code = randomDigits(random)
  const secret = randomSecret(random)
  // What a decoy is compared with was never given out.
  const kept = isDecoy ? { code: randomSecret(random), secret: randomSecret(random) } : { code, secret }
  const record: OneTimeCode = {
    ...{ id, purpose, accountId, address, interactionId, browserHash, details },
    codeHash: codeHash(key, { id, purpose, code: kept.code }),
    linkHash: sha256(kept.secret),
    createdAt: now,
    codeExpiresAt: now + codeLasts,
    expiresAt: now + lasts,
    attemptsLeft: ATTEMPTS,
    ...{ usedAt: undefined, usedBy: undefined, takenUpAt: undefined },
  }
  return { record, code, handle: `${id}.${secret}` }
}

/** Of 10^8 codes none is more likely than another by more than 10^-11. */
const randomDigits = (random: Random): string =>
  (random.bytes(8).readBigUInt64BE() % 10n ** BigInt(DIGITS)).toString().padStart(DIGITS, '0')

const codeHash = (key: KeyObject, { id, purpose, code }: { id: string; purpose: string; code: string }): string =>
  createHmac('sha256', key).update(`${purpose}\0${id}\0${code}`).digest('base64url')

/** `1234 5678`: as it is read and copied. */
export const shownCode = (code: string): string => code.replace(/(?<=^.{4})/u, ' ')

/**
 * What was typed or pasted, as the code: with spaces and dashes, and in the digits of whichever script. Undefined: it cannot be
 * one, so that no attempt is lost.
 */
export function typedCode(text: string): string | undefined {
  if (text.length > 64) return undefined
  const digits = text
    .normalize('NFKC')
    .replace(/[\s\p{Pd}\p{Cf}.]/gu, '')
    .replace(/\p{Nd}/gu, asciiDigit)
  return new RegExp(`^[0-9]{${DIGITS}}$`).test(digits) ? digits : undefined
}

/** Of Arabic, Devanagari and others: the ten digits of a script stand in a row (Unicode, chapter 4.6). */
function asciiDigit(digit: string): string {
  const at = digit.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(at - value - 1))) value++
  return String(value)
}

export const isRightCode = (key: KeyObject, record: OneTimeCode, code: string): boolean =>
  constantTimeEqual(record.codeHash, codeHash(key, { ...record, code }))

/** Nobody can make it from what the database has; who has used up the code is given it. */
export const proofOf = (key: KeyObject, { id, purpose, linkHash }: OneTimeCode): string =>
  createHmac('sha256', key).update(`proof\0${purpose}\0${id}\0${linkHash}`).digest('base64url')

/** The end of a link's path taken apart; undefined when it has another shape. */
export function readLink(text: string): ReturnType<typeof readHandle> {
  const handle = readHandle(text)
  return handle !== undefined && isSecretShaped(handle.secret) ? handle : undefined
}

/** Whether it looks like the end of a link's path; what names a code alone has no point in it. */
export const isPossibleLink = (text: string): boolean => text.includes('.')

export const isRightSecret = (record: OneTimeCode, secret: string): boolean =>
  constantTimeEqual(record.linkHash, sha256(secret))

/** The browser that a code is typed or a link is opened in. */
export interface Place {
  readonly browserHash: string | undefined
  readonly interactionId?: string | undefined
}

/** ASVS 6.6.2: whether the code was asked for here. One that is bound to nothing is nowhere's. */
export const isAskedHere = (record: OneTimeCode, { browserHash, interactionId }: Place): boolean =>
  record.browserHash !== undefined &&
  browserHash !== undefined &&
  constantTimeEqual(record.browserHash, browserHash) &&
  (record.interactionId === undefined || record.interactionId === interactionId)

/** What the link does where it is opened. */
export const linkMeans = (
  record: OneTimeCode,
  purpose: Purpose,
  { browserHash }: Place,
): 'goes_on_here' | 'confirms' => {
  const isSameBrowser = record.browserHash !== undefined && record.browserHash === browserHash
  return isSameBrowser || PURPOSES[purpose].elsewhere === 'takes_over' ? 'goes_on_here' : 'confirms'
}

/** Why nothing comes of it any more; the page says so and offers another one. */
export type Over = 'used' | 'expired' | 'no_attempts_left'

/** @param by what somebody comes with */
export function whyOver(record: OneTimeCode, by: 'code' | 'link', now: Timestamp): Over | undefined {
  if (record.usedAt !== undefined) return 'used'
  if (now >= (by === 'code' ? record.codeExpiresAt : record.expiresAt)) return 'expired'
  return by === 'code' && record.attemptsLeft <= 0 ? 'no_attempts_left' : undefined
}
