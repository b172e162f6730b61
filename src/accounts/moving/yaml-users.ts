/** People in the YAML files of Authelia (its users database) and Dex (its static passwords), as records of an import. */
import { fieldsOf, listOf, type MovedAccount } from './moved-account.ts'

/** Authelia's names for the standard claims; the rest has the names of the claims. */
const AUTHELIA_CLAIMS: readonly (readonly [string, string])[] = [
  ['displayname', 'name'],
  ...[
    'given_name',
    'middle_name',
    'family_name',
    'nickname',
    'gender',
    'birthdate',
    'website',
    'profile',
    'picture',
    'zoneinfo',
    'locale',
    'email',
  ].map((name) => [name, name] as const),
]

/**
 * A file without `users` gives nothing. Authelia itself sends mail to these addresses and hands them on as verified, so
 * here they are, too. Its `sub` is a random one of its database, which no file has: `authelia storage user identifiers
 * export` writes them (docs/moving/authelia.md).
 * @param subs what apps know people by, by user name
 */
export function autheliaUsers(file: unknown, subs: ReadonlyMap<string, string>): readonly MovedAccount[] {
  return Object.entries(fieldsOf(fieldsOf(file)['users'])).map(([username, value]) => {
    const user = fieldsOf(value)
    const { password, disabled, groups } = user
    const sub = subs.get(username)
    const claims = AUTHELIA_CLAIMS.flatMap(([name, claim]) => {
      const text = user[name]
      return typeof text === 'string' && text !== '' ? [[claim, text] as const] : []
    })
    const known = new Set([...AUTHELIA_CLAIMS.map(([name]) => name), 'password', 'disabled', 'groups'])
    const others = Object.keys(user).filter((name) => !known.has(name))
    return {
      remarks: others.map((name) => `attribute ${JSON.stringify(name.slice(0, 50))}`),
      record: {
        username,
        ...(sub !== undefined && { sub }),
        ...(disabled === true && { disabled: true }),
        ...(password !== undefined && { password_hash: autheliaHash(password) }),
        claims: {
          ...Object.fromEntries(claims),
          ...(typeof user['email'] === 'string' && user['email'] !== '' && { email_verified: true }),
          ...(Array.isArray(groups) && groups.length > 0 && { groups }),
        },
      },
    }
  })
}

/** The file that `authelia storage user identifiers export` writes: what apps without a sector know people by. */
export function autheliaSubjects(file: unknown): ReadonlyMap<string, string> {
  const identifiers = listOf(fieldsOf(file)['identifiers']).map(fieldsOf)
  return new Map(
    identifiers
      .filter(({ service, sector_id: sector }) => service === 'openid' && (sector ?? '') === '')
      .flatMap(({ username, identifier }) => {
        const sub = uuidOf(identifier)
        return typeof username === 'string' && sub !== undefined ? [[username, sub] as const] : []
      }),
  )
}

/** As text, or as its sixteen bytes. */
function uuidOf(value: unknown): string | undefined {
  const text = Array.isArray(value) ? Buffer.from(value.map(Number)).toString('hex') : String(value).replaceAll('-', '')
  const match = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(/^[0-9a-f]{32}$/i.test(text) ? text.toLowerCase() : '')
  return match?.slice(1).join('-')
}

/** Old files have `{CRYPT}` before it. */
const autheliaHash = (password: unknown): unknown =>
  typeof password === 'string' ? password.replace(/^\{CRYPT\}/, '') : password

/** The static passwords of a Dex configuration. People sign in there by their e-mail address. */
export function dexUsers(file: unknown): readonly MovedAccount[] {
  const users = fieldsOf(file)['staticPasswords']
  return (Array.isArray(users) ? users : []).map((value) => {
    const { email, hash, hashFromEnv, username, userID, name, preferredUsername, groups, emailVerified } =
      fieldsOf(value)
    return {
      remarks: hashFromEnv === undefined ? [] : ['hashes that are in an environment variable'],
      record: {
        username: email,
        ...(typeof userID === 'string' && userID !== '' && { sub: dexSubject(userID, 'local') }),
        ...(hash !== undefined && { password_hash: decodedHash(hash) }),
        claims: {
          email,
          email_verified: emailVerified !== false,
          ...(username !== undefined && { name: name ?? username }),
          ...(preferredUsername !== undefined && { preferred_username: preferredUsername }),
          ...(Array.isArray(groups) && groups.length > 0 && { groups }),
        },
      },
    }
  })
}

/** As JSON, Dex may have written it in base64. */
function decodedHash(hash: unknown): unknown {
  if (typeof hash !== 'string' || hash.startsWith('$')) return hash
  const decoded = Buffer.from(hash, 'base64').toString('latin1')
  return decoded.startsWith('$2') ? decoded : hash
}

/** What Dex calls a person: the id and the connector, as a message of Protocol Buffers in base64url. */
export function dexSubject(userId: string, connectorId: string): string {
  const field = (number: number, text: string): Buffer => {
    const bytes = Buffer.from(text)
    return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes])
  }
  return Buffer.concat([field(1, userId), field(2, connectorId)]).toString('base64url')
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}
