/** The passwords that are guessed first (SP 800-63B-4 §3.1.1.2: a block list). Imported only where a password is chosen. */
import { hash } from 'node:crypto'
import list from './common-passwords.json' with { type: 'json' }

/** 40 bits: of a hundred million passwords that are not in the list, one or two are taken for one that is. */
export const DIGEST_BYTES = 5
export const COMMON_PASSWORD_COUNT = list.count

/** How much around a common word makes it no other: `dragon2024!`. */
const MOST_AROUND = 6
const DISGUISES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

let digests: Buffer | undefined

/** @param password in small letters; also with digits and signs around it, or in the place of letters, it is the same. */
export function isCommonPassword(password: string): boolean {
  if (isListed(password)) return true
  const core = password.replace(/^[^\p{L}]+/u, '').replace(/[^\p{L}]+$/u, '')
  const around = password.length - core.length
  const isWord = (text: string): boolean => /^\p{L}{5,}$/u.test(text) && isListed(text)
  if (core !== '' && around <= MOST_AROUND && (isWord(core) || isWord(undisguised(core)))) return true
  return isWord(undisguised(password))
}

const undisguised = (text: string): string => text.replaceAll(/[013457@$!]/g, (sign) => DISGUISES[sign] ?? sign)

function isListed(text: string): boolean {
  digests ??= Buffer.from(list.digests, 'base64')
  const wanted = hash('sha256', text, 'buffer').subarray(0, DIGEST_BYTES)
  let [from, to] = [0, list.count]
  while (from < to) {
    const middle = (from + to) >>> 1
    const order = digests.compare(wanted, 0, DIGEST_BYTES, middle * DIGEST_BYTES, (middle + 1) * DIGEST_BYTES)
    if (order === 0) return true
    if (order < 0) from = middle + 1
    else to = middle
  }
  return false
}
