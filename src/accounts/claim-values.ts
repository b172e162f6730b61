/** What one value of a claim may be: each function gives what is wrong with it, or undefined. */
import { emailFault } from './username.ts'

/** What is wrong with `value`, said so that it can follow the name of the claim; undefined when nothing is. */
export type ValueFault = (value: unknown) => string | undefined

const MAX_TEXT_LENGTH = 1000
const MAX_URL_LENGTH = 2048
const MAX_GROUPS = 500
const MAX_GROUP_LENGTH = 255

/** A line of text that shows something. Control characters would reach terminals, headers and logs of every app. */
export const textFault: ValueFault = (value) =>
  stringFault(value) ?? (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(String(value)) ? 'has a control character in it' : undefined)

/** Text of several lines: addresses (OpenID Connect Core §5.1.1). */
const linesFault: ValueFault = (value) =>
  stringFault(value) ??
  (/[^\P{Cc}\r\n]/u.test(String(value)) ? 'has a control character other than a line break in it' : undefined)

const stringFault: ValueFault = (value) => {
  if (typeof value !== 'string') return 'is not a string'
  if (value.trim() === '') return 'is empty'
  if (value.length > MAX_TEXT_LENGTH) return `is longer than ${MAX_TEXT_LENGTH} characters`
  return value.isWellFormed() ? undefined : 'is not valid Unicode text'
}

export const booleanFault: ValueFault = (value) => (typeof value === 'boolean' ? undefined : 'is not true or false')

/** NumericDate of whole seconds, up to the year 9999. */
export const secondsFault: ValueFault = (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 253_402_300_799
    ? undefined
    : 'is not a whole number of seconds since 1970'

export const emailValueFault: ValueFault = (value) => textFault(value) ?? emailFault(String(value))

/** OpenID Connect Core §5.1 recommends E.164, with an RFC 3966 extension; the usual signs between the digits are let pass. */
export const phoneFault: ValueFault = (value) => {
  const match = /^\+([\d ().-]+)(?:;ext=\d{1,10})?$/.exec(String(value))
  const digits = match?.[1]?.replace(/\D/g, '') ?? ''
  return typeof value === 'string' && /^[1-9]\d{3,14}$/.test(digits)
    ? undefined
    : 'is not a telephone number with its country code (+49 30 123456)'
}

/** `javascript:` and the like would run in the apps that show them as links. */
export const urlFault: ValueFault = (value) => {
  if (typeof value !== 'string' || value.length > MAX_URL_LENGTH || !URL.canParse(value)) return 'is not a URL'
  if (/[^\x21-\x7e]/.test(value)) return 'has a character in it that a URL must percent-encode'
  return /^https?:$/.test(new URL(value).protocol) ? undefined : 'is not an https: or http: URL'
}

/** OpenID Connect Core §5.1: `YYYY-MM-DD`, the year alone, or `0000-MM-DD` where the year is not given. */
export const birthdateFault: ValueFault = (value) => {
  const match = typeof value === 'string' ? /^(\d{4})(?:-(\d{2})-(\d{2}))?$/.exec(value) : null
  if (!match) return 'is not a date (YYYY-MM-DD, 0000-MM-DD or YYYY)'
  const [, year, month, day] = match
  if (month === undefined) return year === '0000' ? 'is not a year' : undefined
  return Number(day) >= 1 && Number(day) <= daysInMonth(Number(year), Number(month)) ? undefined : 'is not a day'
}

/** The year 0 stands for any, and is a leap year. */
function daysInMonth(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
}

/** BCP 47 (RFC 5646). */
export const localeFault: ValueFault = (value) =>
  typeof value === 'string' && doesNotThrow(() => Intl.getCanonicalLocales(value))
    ? undefined
    : 'is not a language tag (en, de-AT)'

/** A name of the time zone database; bare offsets, which Intl knows too, are none. */
export const zoneinfoFault: ValueFault = (value) =>
  typeof value === 'string' &&
  /^[A-Za-z]/.test(value) &&
  doesNotThrow(() => new Intl.DateTimeFormat('en', { timeZone: value }))
    ? undefined
    : 'is not a time zone (Europe/Berlin)'

function doesNotThrow(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

const ADDRESS_MEMBERS = ['formatted', 'street_address', 'locality', 'region', 'postal_code', 'country']

/** OpenID Connect Core §5.1.1 */
export const addressFault: ValueFault = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is not an object'
  for (const [member, text] of Object.entries(value)) {
    if (!ADDRESS_MEMBERS.includes(member)) return `has an unknown member (known: ${ADDRESS_MEMBERS.join(', ')})`
    const fault = linesFault(text)
    if (fault !== undefined) return `has a member, ${member}, that ${fault}`
  }
  return Object.keys(value).length > 0 ? undefined : 'is empty'
}

/** Apps decide by groups what someone may do: no name twice, none that only looks like another by the blanks around it. */
export const groupsFault: ValueFault = (value) => {
  if (!Array.isArray(value)) return 'is not a list of strings'
  if (value.length > MAX_GROUPS) return `has more than ${MAX_GROUPS} members`
  const groups: readonly unknown[] = value
  for (const group of groups) {
    const fault = textFault(group)
    if (fault !== undefined) return `has a member that ${fault}`
    if (String(group) !== String(group).trim()) return 'has a member with blanks around it'
    if (String(group).length > MAX_GROUP_LENGTH) return `has a member longer than ${MAX_GROUP_LENGTH} characters`
  }
  return new Set(groups).size === groups.length ? undefined : 'has the same member twice'
}
