/** Claims that somebody changes for themselves: what is wrong with what they typed, or the claims that come of it. */
import { type Timestamp, toSeconds } from '../base/clock.ts'
import type { EditableClaim } from '../config/account-config.ts'
import type { StandardClaims } from '../protocol/claims.ts'
import { parseAccountClaims } from './account-claims.ts'

export type ProfileFlaw = 'too_long' | 'not_text' | 'not_url' | 'not_zone' | 'not_language'

/** A name that fills a page is no name. */
export const LONGEST_CLAIM = 200

/** As it was typed; what is not among them stays as it is. */
export type TypedClaims = { readonly [Name in EditableClaim]?: string | undefined }

export type OwnChange =
  | { readonly flaws: { readonly [Name in EditableClaim]?: ProfileFlaw } }
  | { readonly claims: StandardClaims; readonly changed: readonly EditableClaim[] }

/** @param offered languages that there are pages in */
export function changedClaims(
  claims: StandardClaims,
  typed: TypedClaims,
  { offered, now }: { readonly offered: readonly string[]; readonly now: Timestamp },
): OwnChange {
  const entries = Object.entries(typed) as [EditableClaim, string][]
  const wanted = entries.map(([name, text]) => ({ name, value: text.normalize('NFC').trim() }))
  const changed = wanted.filter(({ name, value }) => value !== (claims[name] ?? ''))
  const flaws = Object.fromEntries(
    changed.flatMap(({ name, value }) => {
      const flaw = value === '' ? undefined : flawOf(name, value, offered)
      return flaw === undefined ? [] : [[name, flaw]]
    }),
  )
  if (Object.keys(flaws).length > 0) return { flaws }
  if (changed.length === 0) return { claims, changed: [] }
  const others = Object.entries(claims).filter(([name]) => !changed.some((one) => one.name === name))
  // An empty one is none.
  const given = changed.filter(({ value }) => value !== '').map(({ name, value }) => [name, value])
  return {
    claims: { ...Object.fromEntries([...others, ...given]), updated_at: toSeconds(now) },
    changed: changed.map(({ name }) => name),
  }
}

function flawOf(name: EditableClaim, value: string, offered: readonly string[]): ProfileFlaw | undefined {
  if (Array.from(value).length > LONGEST_CLAIM) return 'too_long'
  if (name === 'locale') return offered.includes(value) ? undefined : 'not_language'
  if (parseAccountClaims({ [name]: value }).faults.length === 0) return undefined
  return name === 'website' ? 'not_url' : name === 'zoneinfo' ? 'not_zone' : 'not_text'
}
