/** What became of the key that a refused token was signed with: its kid is in what came, and the rows of keys stay. */
import type { Timestamp } from '../base/clock.ts'
import { isoSeconds } from '../protocol/shown-time.ts'
import type { Refusal, StoredSigningKey } from '../storage/storage.ts'

const KID = /^kid ([\w-]{43})$/

/** Also a hint whose key is in question. */
export const isAboutKey = ({ check, came }: Pick<Refusal, 'check' | 'came'>): boolean =>
  (check === 'token_key' || check === 'id_token_hint') && KID.test(came ?? '')

/** @param keys all that there are and were */
export function ofKey({ check, came, at }: Refusal, keys: readonly StoredSigningKey[]): readonly string[] {
  const kid = KID.exec(came ?? '')?.[1]
  if (kid === undefined) return []
  const key = keys.find((one) => one.kid === kid)
  if (key === undefined) {
    return [
      'There is no key with this kid in the database, and never was: the token is from another installation, from before the database was made anew, or invented.',
    ]
  }
  const { revokedAt, state, withdrawAt } = key
  if (revokedAt !== undefined) {
    const why = revokedAt <= at ? 'since then every token that it signed is refused' : 'that was after this refusal'
    const who = '`countersign audit list --kind key_revoked,all_keys_revoked` has who did it.'
    return [`The key ${kid} was revoked at ${iso(revokedAt)} (countersign keys revoke): ${why}. ${who}`]
  }
  if (state !== 'withdrawn')
    return [`The key ${kid} is believed now: it was made just then, or what the token says was changed.`]
  // A hint may be signed with one that was withdrawn.
  if (check === 'id_token_hint') return []
  return [
    `The key ${kid} has signed nothing since ${iso(key.retiredAt)}, and was taken out at ${iso(withdrawAt)}, when every token that it had signed was over by \`exp\`.`,
  ]
}

const iso = (at: Timestamp | undefined): string => (at === undefined ? 'a time that is not known' : isoSeconds(at))
