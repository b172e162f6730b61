/** The values of an entry: how what the file says is worded so that it can be remembered, and nothing secret with it. */
import { formatDuration } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import type { Brand } from '../look/brand.ts'
import type { TokenLifetimes } from '../protocol/client.ts'

export type EntryValue = string | number | boolean | readonly string[] | null
/** By key: `redirect_uris`, `lifetimes.access_token`. One that is not there at all is of another version. */
export type Entry = Readonly<Record<string, EntryValue>>

export const tokenLifetimes = (of: TokenLifetimes): Entry => ({
  'lifetimes.authorization_code': formatDuration(of.authorizationCode),
  'lifetimes.access_token': formatDuration(of.accessToken),
  'lifetimes.id_token': formatDuration(of.idToken),
  'lifetimes.refresh_token': formatDuration(of.refreshToken),
  'lifetimes.refresh_token_absolute': formatDuration(of.refreshTokenAbsolute),
})

export const orNull = <T>(value: T | undefined, word: (value: T) => EntryValue): EntryValue =>
  value === undefined ? null : word(value)

/** Of a secret of 32 characters or more: enough bits to see that it is another one, far too few to find it by. */
const MARK_LENGTH = 4

/** @param whose so that two that have the same secret do not show it */
export const markOf = (whose: string, hash: string): string => sha256(`${whose}\n${hash}`).slice(0, MARK_LENGTH)

/** Where it is; of the rest, which often is all that keeps others out, only whether it is the same. */
export const webhookOf = (url: string): string =>
  `${URL.parse(url)?.origin ?? ''}/… (${markOf('webhook', sha256(url))})`

/** A URL as it may be shown: without user, password and query, but for where in a database the tables are. A file stays as it is. */
export function withoutSecrets(text: string): string {
  if (text.startsWith('file:')) return text
  const shown = URL.parse(text.replace(/^([a-z]+:\/\/(?:[^/]*@)?)\//, '$1localhost/'))
  if (shown === null) return text.slice(0, text.indexOf(':') + 1)
  const { protocol, host, pathname, searchParams } = shown
  const schema = searchParams.get('schema')
  return `${protocol}//${searchParams.get('host') ?? host}${pathname}${schema === null ? '' : `?schema=${schema}`}`
}

/** Of the logo a digest. */
export const brandEntry = (brand: Brand | undefined): Entry => ({
  'brand.colour': brand?.colours.accent ?? null,
  'brand.colour_dark': brand?.colours.accentDark ?? null,
  'brand.text_on_colour': brand?.colours.onAccent ?? null,
  'brand.logo': orNull(brand?.logo, (logo) => sha256(logo).slice(0, 12)),
})
