/**
 * Codes for when the authenticator app is lost. Each has 80 random bits and is kept as a keyed digest: nobody guesses it, with
 * the database or without, so a slow hash would only slow us down (docs/decisions/0029). Pure.
 */
import type { Random } from '../../base/random.ts'

export const RECOVERY_CODES = 10
const LENGTH = 16
/** Crockford's: nothing in it looks like something else. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'

/** `k3vq-81ma-x0ht-7pzd` */
export const newRecoveryCode = (random: Random): string => {
  const letters = [...random.bytes(LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join('')
  return (letters.match(/.{4}/g) ?? []).join('-')
}

/** As people type it: in capitals, with or without what parts it, O for 0 and I or L for 1. Undefined: it can't be one. */
export function readRecoveryCode(typed: string): string | undefined {
  const letters = typed
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\u00a0\u2010-\u2015-]/g, '')
    .replaceAll('o', '0')
    .replaceAll(/[il]/g, '1')
  return letters.length === LENGTH && [...letters].every((one) => LETTERS.includes(one)) ? letters : undefined
}
