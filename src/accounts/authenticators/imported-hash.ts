/**
 * Hashes as others write them, turned into the forms that we keep (password-hash.ts), or why one is not let in: unknown,
 * too dear to verify (a sign-in must not stop the others), or so cheap that whoever gets hold of it has the password.
 */
import { formatPasswordHash, memoryOf, type PasswordHash, parsePasswordHash } from './password-hash.ts'

export interface ImportedHash {
  readonly hash: PasswordHash
  readonly text: string
  /** Below what OWASP's Password Storage Cheat Sheet recommends today: the sooner its owner signs in, the better. */
  readonly isWeak: boolean
}

/** The forms, for whoever has to be told. */
export const HASH_FORMS =
  'argon2id, argon2i or argon2d ($argon2id$v=19$m=…,t=…,p=…$…$…), bcrypt ($2b$…), scrypt ($scrypt$ln=…,r=…,p=…$…$…) or ' +
  'PBKDF2 ($pbkdf2-sha256$…, pbkdf2_sha256$…)'

/** More must be configured here, too, to be let in: what the usual recommendations elsewhere need at most. */
const MAX_MEMORY_KIB = 128 * 1024
/** Memory times passes over it: a second or two. */
const MAX_WORK_KIB = 2 * 1024 * 1024

/** @param memoryKib what one hash needs as configured; a hash that needs no more is never too dear */
export function readImportedHash(text: string, { memoryKib }: { memoryKib: number }): ImportedHash | { fault: string } {
  if (text.length > 500) return { fault: `is longer than any hash: ${HASH_FORMS}` }
  const refused = REFUSED.find(({ form }) => form.test(text))
  if (refused) return { fault: refused.fault }
  const hash = parsePasswordHash(ourForm(text))
  if (!hash) return { fault: `is not a hash that is known here, or not within its limits: ${HASH_FORMS}` }
  const fault = costFault(hash, memoryKib)
  return fault === undefined ? { hash, text: formatPasswordHash(hash), isWeak: isWeak(hash) } : { fault }
}

/** What is known, and not let in: the words say why. */
const REFUSED: readonly { form: RegExp; fault: string }[] = [
  {
    form: /^\$2[xX]?\$/,
    fault: 'is a bcrypt hash of a faulty variant ($2$, $2x$), which nothing should verify any more',
  },
  {
    form: /^\$[156]\$|^\$(?:md5|apr1|sha1|y|7|gy)\$/,
    fault: 'is a hash of crypt(3) that is not verified here: this person needs a new password',
  },
  {
    form: /^\{[A-Z0-9-]+\}|^[0-9a-fA-F]{32}$|^[0-9a-fA-F]{40}$|^[0-9a-fA-F]{64}$|^[0-9a-fA-F]{128}$|^(?:md5|sha1|unsalted_md5)\$/,
    fault:
      'is a plain digest, which gives passwords away to whoever gets hold of it, and is not let in: this person needs a new password',
  },
  {
    form: /^bcrypt_sha256\$|^\$bcrypt-sha256\$/,
    fault: 'is bcrypt of another digest, which is not verified here: this person needs a new password',
  },
]

/** What each of the others writes, in our form; anything else as it is. */
function ourForm(text: string): string {
  for (const [form, write] of FOREIGN) {
    const match = form.exec(text)
    if (match) return write(match.slice(1).map((part) => part ?? ''))
  }
  return text
}

type Write = (parts: readonly string[]) => string

const FOREIGN: readonly (readonly [RegExp, Write])[] = [
  // Django writes the name of its hasher before it.
  [/^argon2\$(argon2.+)$/, ([rest]) => ourForm(`$${rest}`)],
  [/^bcrypt\$(\$2.+)$/, ([rest = '']) => rest],
  // argon2 before its version was written (16 is 1.0, as Keycloak calls it).
  [/^\$(argon2(?:id|i|d))\$(m=.+)$/, ([kind, rest]) => `$${kind}$v=16$${rest}`],
  [/^(\$argon2.+\$)([^$]+)\$([^$]+)$/, ([head, salt = '', hash = '']) => `${head}${bare(salt)}$${bare(hash)}`],
  // passlib, go-crypt, passwap: their own base64, rounds without a name.
  [/^\$pbkdf2\$(\d+)\$([^$]+)\$([^$]+)$/, ([rounds, salt, hash]) => pbkdf2('sha1', rounds, salt, hash)],
  [
    /^\$pbkdf2-(sha1|sha256|sha512)\$(?:i=)?(\d+)(?:,l=\d+)?\$([^$]+)\$([^$]+)$/,
    ([digest, rounds, salt, hash]) => pbkdf2(digest, rounds, salt, hash),
  ],
  // Django: the salt is text.
  [
    /^pbkdf2_(sha1|sha256|sha512)\$(\d+)\$([^$]+)\$([^$]+)$/,
    ([digest, rounds, salt, hash]) => pbkdf2(digest, rounds, base64(salt), hash),
  ],
  [
    /^scrypt\$(\d+)\$([^$]+)\$(\d+)\$(\d+)\$([^$]+)$/,
    ([N, salt, r, p, hash]) => scrypt(Math.log2(Number(N)), { r, p }, base64(salt), hash),
  ],
  // Better Auth: the salt is the hexadecimal text itself.
  [
    /^([0-9a-f]{32}):([0-9a-f]{128})$/,
    ([salt, hash = '']) => scrypt(14, { r: '16', p: '1' }, base64(salt), Buffer.from(hash, 'hex').toString('base64')),
  ],
  [
    /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/,
    ([logN, r, p, salt, hash]) => scrypt(Number(logN), { r, p }, salt, hash),
  ],
]

function pbkdf2(digest = '', rounds = '', salt = '', hash = ''): string {
  const length = Buffer.from(bare(hash), 'base64').length
  return `$pbkdf2-${digest}$i=${Number(rounds)},l=${length}$${bare(salt)}$${bare(hash)}`
}

const scrypt = (logN: number, { r, p }: { r: string | undefined; p: string | undefined }, salt = '', hash = '') =>
  `$scrypt$ln=${logN},r=${Number(r)},p=${Number(p)}$${bare(salt)}$${bare(hash)}`

/** Unpadded base64; passlib writes `.` for `+`. */
const bare = (text: string): string => text.replaceAll('.', '+').replace(/=+$/, '')

const base64 = (text = ''): string => Buffer.from(text).toString('base64')

function costFault(hash: PasswordHash, configuredKib: number): string | undefined {
  const limit = Math.max(configuredKib, MAX_MEMORY_KIB)
  if (memoryOf(hash) > limit) return `needs more memory than ${limit} KiB`
  if (workOf(hash) > Math.max(MAX_WORK_KIB, configuredKib)) return 'takes too long to verify: too many passes (t, p)'
  if (hash.kind === 'pbkdf2' && hash.iterations < 1000) return 'has fewer than 1000 iterations: it is as good as none'
  if (hash.kind === 'scrypt' && memoryOf(hash) < 1024) return 'needs less than 1 MiB (ln, r): it is as good as none'
  return undefined
}

function workOf(hash: PasswordHash): number {
  if (hash.kind === 'scrypt') return 2 * memoryOf(hash) * hash.parallelism
  return hash.kind === 'bcrypt' || hash.kind === 'pbkdf2' ? 0 : hash.memoryKib * hash.iterations
}

const ENOUGH_ITERATIONS = { sha1: 1_300_000, sha256: 600_000, sha512: 210_000 }

function isWeak(hash: PasswordHash): boolean {
  switch (hash.kind) {
    case 'bcrypt':
      return hash.cost < 10
    case 'pbkdf2':
      return hash.iterations < ENOUGH_ITERATIONS[hash.digest]
    case 'scrypt':
      return memoryOf(hash) * hash.parallelism < 80 * 1024
    case 'argon2i':
    case 'argon2d':
      return true
    // m=7 MiB, t=5 is the least of the equals there.
    default:
      return hash.memoryKib * hash.iterations < 7 * 1024 * 5
  }
}
