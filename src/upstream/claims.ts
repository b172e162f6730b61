/** What a provider says of a person, as far as the configuration wants to know. Pure. */
import type { UpstreamClaim, UpstreamProvider } from '../config/upstream-provider.ts'
import { UpstreamError } from './upstream-error.ts'

export type UpstreamClaims = Readonly<Record<string, unknown>>

/** Throws unless each claim that is required is there and right. */
export function requireClaims({ require }: Pick<UpstreamProvider, 'require'>, claims: UpstreamClaims): void {
  for (const { claim, values } of require) {
    const value = claims[claim]
    const all = Array.isArray(value) ? value : [value]
    if (all.some((one) => typeof one === 'string' && values.includes(one))) continue
    const came = value === undefined ? 'no such claim' : 'another value'
    throw new UpstreamError('upstream_claim', { expected: `${claim}: ${values.join(' or ')}`, came })
  }
}

export interface TakenOver {
  /** By our names; unchecked. Groups and e-mail address apart. */
  readonly claims: Readonly<Record<string, unknown>>
  /** Of those that the provider decides about; undefined: about none. */
  readonly groups: readonly string[] | undefined
  readonly email: { readonly address: string; readonly isVerified: boolean } | undefined
}

/** An address counts as verified here only by a provider that is trusted with it. */
export function takenOver(
  { claims: mapping, allowedGroups, trustsEmail }: Pick<UpstreamProvider, 'claims' | 'allowedGroups' | 'trustsEmail'>,
  claims: UpstreamClaims,
): TakenOver {
  const theirs = (ours: UpstreamClaim): unknown => {
    const name = mapping[ours]
    return name === undefined ? undefined : claims[name]
  }
  const plain = Object.keys(mapping).filter((ours) => ours !== 'groups' && ours !== 'email') as UpstreamClaim[]
  const values = plain.map((ours) => [ours, theirs(ours)]).filter(([, value]) => value !== undefined && value !== null)
  const [groups, email] = [theirs('groups'), theirs('email')]
  return {
    claims: Object.fromEntries(values),
    // Who is in none is told as who is in none, whether the claim is empty or left out.
    groups:
      mapping.groups === undefined
        ? undefined
        : allowedGroups.filter((one) => (Array.isArray(groups) ? groups.includes(one) : groups === one)),
    email:
      typeof email === 'string'
        ? { address: email, isVerified: trustsEmail && mapping.email === 'email' && isVerified(claims) }
        : undefined,
  }
}

/** Some say it as a text. */
const isVerified = (claims: UpstreamClaims): boolean =>
  claims['email_verified'] === true || claims['email_verified'] === 'true'

/** Whether who is new may have an account; throws where not. */
export function requireSignUp(
  { signUp, allowedDomains }: Pick<UpstreamProvider, 'signUp' | 'allowedDomains'>,
  claims: UpstreamClaims,
): void {
  if (signUp === 'nobody') {
    throw new UpstreamError('upstream_sign_up', {
      expected: 'somebody who is linked to an account',
      came: 'a new subject',
    })
  }
  if (allowedDomains.length === 0) return
  const email = claims['email']
  const domain = typeof email === 'string' ? email.slice(email.lastIndexOf('@') + 1).toLowerCase() : undefined
  if (domain !== undefined && allowedDomains.includes(domain) && isVerified(claims)) return
  const came =
    domain === undefined ? 'no address' : isVerified(claims) ? 'another domain' : 'an address nobody verified'
  throw new UpstreamError('upstream_sign_up', { expected: `an address at ${allowedDomains.join(' or ')}`, came })
}

/** Names to try for a new account, best first. An address is none: who has it is for mails to find out. */
export function proposedNames(claims: UpstreamClaims): readonly string[] {
  const texts = [claims['preferred_username'], claims['email'], claims['nickname'], claims['name']]
  return texts.filter((text) => typeof text === 'string').map((text) => text.slice(0, 200).replace(/@.*$/s, ''))
}

/** What the account's page shows it by. */
export function labelOf(claims: UpstreamClaims): string {
  const [label = ''] = [claims['email'], claims['preferred_username'], claims['name']].filter(
    (text) => typeof text === 'string' && text !== '',
  )
  return String(label)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .slice(0, 200)
}
