/** Rules for `database`, `keys` and `password_hashing`. */
import { parseDuration } from '../../base/duration.ts'
import { parseSize } from '../size.ts'
import type { Facts } from './facts.ts'

const URL_FORMS = 'file:PATH (without parameters) or postgresql://USER:PASSWORD@HOST/DATABASE'

export function reportStorageFaults(facts: Facts): void {
  reportDatabaseFaults(facts)
  reportKeyFaults(facts)
  warnOfWeakHashing(facts)
}

function reportDatabaseFaults({ file: { database }, texts, faults }: Facts): void {
  if (database?.url !== undefined && database.url_file !== undefined) {
    faults.report(['database', 'url_file'], { message: 'contradicts database.url', allowed: 'one of the two' })
  }
  const fileText = texts.get('database.url_file')
  const given = database?.url !== undefined ? { url: database.url, key: 'url' } : { url: fileText, key: 'url_file' }
  if (given.url === undefined || isDatabaseUrl(given.url)) return
  faults.report(['database', given.key], {
    message: 'is not the URL of a database',
    allowed: `${URL_FORMS}; percent-encode what is not a letter or digit in its password`,
  })
}

function isDatabaseUrl(url: string): boolean {
  if (/^file:(?!\/\/)[^?#\0]+$/.test(url)) return !url.startsWith('file::')
  return /^postgres(ql)?:\/\//.test(url) && URL.canParse(url)
}

function reportKeyFaults({ file: { keys }, faults }: Facts): void {
  if (keys?.sealing_key !== undefined && keys.sealing_key_file !== undefined) {
    faults.report(['keys', 'sealing_key_file'], { message: 'contradicts keys.sealing_key', allowed: 'one of the two' })
  }
  const [maxAge, before, every] = [keys?.jwks_max_age, keys?.publish_before_use, keys?.rotate_every]
  // Whoever holds an older JWKS must have let go of it before the new key signs.
  if (isLonger(maxAge, before)) {
    const message = `is shorter than keys.jwks_max_age (${maxAge}): tokens would be signed with keys that others have not seen`
    faults.report(['keys', 'publish_before_use'], { message, allowed: `at least ${maxAge}` })
  }
  if (isLonger(before, every)) {
    const message = `is shorter than keys.publish_before_use (${before}): the next key would not be ready`
    faults.report(['keys', 'rotate_every'], { message, allowed: `at least ${before}` })
  }
}

/** Whether the first duration is longer than the second; no when either is unknown. */
export const isLonger = (one: string | undefined, other: string | undefined): boolean =>
  (parseDuration(one ?? '') ?? 0) > (parseDuration(other ?? '') ?? Number.POSITIVE_INFINITY)

/** OWASP Password Storage Cheat Sheet: the least memory (KiB) for one, two, three, four and five passes. */
const OWASP_MEMORY = [47_104, 19_456, 12_288, 9_216, 7_168]

function warnOfWeakHashing({ file: { password_hashing: hashing }, faults }: Facts): void {
  const memory = parseSize(hashing?.memory ?? '')
  if (memory === undefined || hashing?.iterations === undefined) return
  const least = OWASP_MEMORY[Math.min(hashing.iterations, OWASP_MEMORY.length) - 1] ?? 0
  if (memory >= least) return
  const message = `is less than OWASP recommends with ${hashing.iterations} iterations`
  faults.warn(['password_hashing', 'memory'], { message, allowed: `${least}KiB or more` })
}
