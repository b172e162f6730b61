/** An account as the terminal shows it: never with its password hash. */

import { hasPassword } from '../../accounts/has-password.ts'
import type { Timestamp } from '../../base/clock.ts'
import type { AccountOrigin } from '../../protocol/records.ts'
import type { Account, UpstreamIdentity } from '../../storage/storage.ts'
import { formatTable } from '../table.ts'

/** What an account has beside its password. */
export interface SecondFactorShown {
  /** Undefined: no authenticator app. */
  readonly totpSince: Timestamp | undefined
  readonly passkeys: number
  readonly recoveryCodesLeft: number
}

/** For `--json`. */
export const secondFactorJson = ({ totpSince, passkeys, recoveryCodesLeft }: SecondFactorShown) => ({
  second_factor:
    totpSince === undefined ? null : { totp_since: formatTime(totpSince), recovery_codes_left: recoveryCodesLeft },
  passkeys,
  recovery_codes_left: recoveryCodesLeft,
})

/** For `--json`; RFC 3339 times. */
export const accountJson = (account: Account) => ({
  sub: account.id,
  username: account.username,
  disabled: account.disabledAt !== undefined,
  ...(account.disabledAt === undefined ? {} : { disabled_at: formatTime(account.disabledAt) }),
  has_password: hasPassword(account),
  origin: account.origin ?? 'operator',
  created_at: formatTime(account.createdAt),
  updated_at: formatTime(account.updatedAt),
  claims: account.claims,
})

/**
 * One line for each thing to know, the names in a column of their own.
 * @param known what clients call it, by client_id
 */
export function accountText(
  account: Account,
  {
    known = {},
    secondFactor,
    linked = [],
  }: {
    known?: Readonly<Record<string, string>>
    secondFactor?: SecondFactorShown | undefined
    linked?: readonly UpstreamIdentity[]
  },
): string {
  const state = account.disabledAt === undefined ? 'active' : `disabled since ${formatTime(account.disabledAt)}`
  const { groups, ...claims } = account.claims
  return formatTable([
    ['username', account.username],
    ['sub', account.id],
    ...Object.entries(known).map(([clientId, sub]) => [`sub at ${clientId}`, sub]),
    ['state', state],
    ['password', hasPassword(account) ? 'set' : 'none'],
    ...(secondFactor === undefined ? [] : secondFactorRows(secondFactor)),
    ...linked.map(linkedRow),
    ['created', `${formatTime(account.createdAt)} ${ORIGINS[account.origin ?? 'operator']}`],
    ['updated', formatTime(account.updatedAt)],
    ['groups', groups?.join(', ') || 'none'],
    ...Object.entries(claims).map(([name, value]) => [
      `claim ${name}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
    ...(isUnverified(account) ? [['sign-in', 'by the user name alone: the e-mail address is not verified']] : []),
  ])
}

const secondFactorRows = ({ totpSince, passkeys, recoveryCodesLeft }: SecondFactorShown) => [
  [
    'second factor',
    totpSince === undefined
      ? 'none'
      : `authenticator app since ${formatTime(totpSince)}, ${recoveryCodesLeft} recovery codes left`,
  ],
  [
    'passkeys',
    passkeys === 0
      ? 'none'
      : `${passkeys}${totpSince === undefined ? `, ${recoveryCodesLeft} recovery codes left` : ''}`,
  ],
]

const linkedRow = ({ issuer, subject, label, linkedAt, lastUsedAt }: UpstreamIdentity): string[] => [
  'linked',
  `${issuer} ${subject}${label === '' ? '' : ` (${label})`}, since ${formatTime(linkedAt)}, last used ${formatTime(lastUsedAt)}`,
]

/** For `--json`. */
export const linkedJson = (linked: readonly UpstreamIdentity[]) => ({
  linked: linked.map(({ issuer, subject, label, linkedAt, lastUsedAt }) => ({
    ...{ issuer, subject, label, linked_at: formatTime(linkedAt), last_used_at: formatTime(lastUsedAt) },
  })),
})

const ORIGINS = {
  operator: 'by an operator',
  sign_up: 'by its owner, who proved the address',
  invitation: 'by its owner, who was invited',
  upstream: 'with the first sign-in by another provider',
} as const satisfies Readonly<Record<AccountOrigin | 'operator', string>>

const HEADINGS = ['USERNAME', 'SUB', 'NAME', 'EMAIL', 'STATE', 'GROUPS']

/** A table with one line for each account. */
export const accountTable = (accounts: readonly Account[]): string =>
  formatTable([
    HEADINGS,
    ...accounts.map(({ id, username, claims, disabledAt }) => [
      username,
      id,
      claims.name ?? '',
      `${claims.email ?? ''}${isUnverified({ claims }) ? ' (not verified)' : ''}`,
      disabledAt === undefined ? 'active' : 'disabled',
      claims.groups?.join(', ') ?? '',
    ]),
  ])

/** As signing in takes it: what does not say so is not verified. */
const isUnverified = ({ claims }: Pick<Account, 'claims'>): boolean =>
  claims.email !== undefined && claims.email_verified !== true

const formatTime = (at: Timestamp): string => new Date(at).toISOString()
