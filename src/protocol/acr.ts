/** How strong a sign-in was, in one word: `acr` (OpenID Connect Core §2), from how it was done: `amr` (RFC 8176). */
import { ACR_VALUES, type Acr } from './vocabulary.ts'

/** RFC 8176 §2: more than one factor. */
export const MULTI_FACTOR = 'mfa'

/** RFC 8176 §2: proof of possession of a key. Only passkeys are: those of another site are of no use here. */
export const KEY_POSSESSION = 'pop'

/**
 * What each takes: of the levels NIST SP 800-63B §4; `phr`, phishing-resistant, OpenID Connect Extended Authentication Profile
 * ACR Values 1.0 §2.
 */
const IS_REACHED: Readonly<Record<Acr, (amr: readonly string[]) => boolean>> = {
  aal1: (amr) => amr.length > 0,
  aal2: (amr) => amr.includes(MULTI_FACTOR),
  phr: (amr) => amr.includes(KEY_POSSESSION),
}

/** Told where nothing is wanted, strongest first. `phr` is told to who asks: to others it would hide the level. */
const LEVELS: readonly Acr[] = ['aal2', 'aal1']

/** What was proven by one factor, and then by another one. */
export const withSecondFactor = (first: readonly string[], second: readonly string[]): readonly string[] => [
  ...new Set([...first, ...second, MULTI_FACTOR]),
]

/** Every one that the sign-in reaches. */
const reachedBy = (amr: readonly string[]): readonly Acr[] => ACR_VALUES.filter((acr) => IS_REACHED[acr](amr))

/** What was proven, and then by a passkey. */
export const withPasskey = (amr: readonly string[]): readonly string[] => withSecondFactor(amr, [KEY_POSSESSION])

/** Whether any sign-in here can ever be one of these. */
export const isWithinReach = (acrs: readonly string[]): boolean => ACR_VALUES.some((acr) => acrs.includes(acr))

export const reaches = (amr: readonly string[], acrs: readonly string[]): boolean =>
  reachedBy(amr).some((acr) => acrs.includes(acr))

/**
 * What the ID token says: of what is wanted, best first, the first that the sign-in reaches; else its level.
 * OpenID Connect Core §5.5.1.1: a client that wants certain values must find one of them, whatever else the sign-in is worth.
 */
export function acrOf(amr: readonly string[], wanted: readonly string[] = []): Acr | undefined {
  const reached = reachedBy(amr)
  return [...wanted, ...LEVELS].map((one) => reached.find((acr) => acr === one)).find((acr) => acr !== undefined)
}
