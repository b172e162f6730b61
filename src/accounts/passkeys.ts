/** Passkeys of an account: making one, proving who one is by one, taking one away. */
import type { Clock } from '../base/clock.ts'
import { sha256 } from '../base/hash.ts'
import type { Random } from '../base/random.ts'
import type { PasskeysConfig } from '../config/config.ts'
import type {
  Account,
  Passkey,
  PasskeyStore,
  RecoveryCodeStore,
  RememberedDeviceStore,
  Storage,
  TotpStore,
} from '../storage/storage.ts'
import {
  type Answer,
  creationOptions,
  passkeyAmr,
  readAnswer,
  requestOptions,
  type UserVerification,
  verifyAssertion,
  verifyRegistration,
} from './authenticators/passkey.ts'
import { challengeEnd, newChallenge } from './authenticators/passkey-challenge.ts'
import { suggestedName } from './authenticators/passkey-name.ts'
import { hasPassword } from './has-password.ts'

export interface PasskeySecrets {
  sealChallenge(place: string, rest: string): string
  userHandle(accountId: string): string
}

export interface PasskeyDeps {
  readonly issuer: string
  readonly config: { readonly name: string; readonly passkeys: PasskeysConfig | undefined }
  readonly storage: Pick<Storage, 'passkeys' | 'usedTokens'>
  readonly factorSecrets: PasskeySecrets
  readonly clock: Clock
  readonly random: Random
}

/** So many fit on their page. */
export const MOST_PASSKEYS = 10
const LONGEST_NAME = 48

/** Where there are none, nobody comes here. */
function relyingParty({ issuer, config }: Pick<PasskeyDeps, 'issuer' | 'config'>) {
  if (config.passkeys === undefined) throw new Error('there are no passkeys here')
  return { rpId: config.passkeys.rpId, name: config.name, origin: new URL(issuer).origin }
}

const challengeFor = ({ factorSecrets, clock, random }: PasskeyDeps, place: string): string =>
  newChallenge(factorSecrets.sealChallenge, place, { now: clock.now(), random })

/** Those that count: none where they are switched off. */
export const passkeysOf = async (
  { config, storage }: Pick<PasskeyDeps, 'config'> & { readonly storage: Pick<Storage, 'passkeys'> },
  accountId: string,
): Promise<readonly Passkey[]> => (config.passkeys === undefined ? [] : storage.passkeys.ofAccount(accountId))

/** What a page asks the browser for. `place`: the form of one browser that the answer is for. */
export const passkeyRequest = (
  deps: PasskeyDeps,
  place: string,
  { userVerification, allowed }: { userVerification: UserVerification; allowed?: readonly Passkey[] },
) =>
  requestOptions(relyingParty(deps), {
    challenge: challengeFor(deps, place),
    userVerification,
    ...(allowed && { allowed }),
  })

export async function passkeyCreation(deps: PasskeyDeps, place: string, account: Account) {
  const excluded = await deps.storage.passkeys.ofAccount(account.id)
  const { username } = account
  const displayName = account.claims.name ?? username
  const user = { handle: handleOf(deps, account, excluded), name: username, displayName }
  return creationOptions(relyingParty(deps), { challenge: challengeFor(deps, place), user, excluded })
}

/** §5.4.3: the same for all of an account, or a device would keep two for one; nothing that apps or people call it. */
const handleOf = (
  { factorSecrets }: Pick<PasskeyDeps, 'factorSecrets'>,
  { id }: Pick<Account, 'id'>,
  [first]: readonly Passkey[],
): string => first?.userHandle ?? factorSecrets.userHandle(id)

export type PasskeyRefusal =
  | 'malformed'
  /** The challenge was made for another page or browser, is too old, or was answered already. */
  | 'old_challenge'
  | 'unknown'
  /** The signature, the origin or the domain is not right. */
  | 'wrong'
  /** The device has not verified who used it. */
  | 'not_verified'
  /** §6.1.1: the count has not grown: there may be two of it. */
  | 'sign_count'

export type PasskeyOutcome =
  | { readonly kind: 'proven'; readonly passkey: Passkey; readonly amr: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: PasskeyRefusal; readonly passkey?: Passkey }

interface Proving {
  readonly place: string
  /** As the form has it. */
  readonly json: string
  readonly userVerification: UserVerification
  /** Whose it must be; undefined: whose it is, is what it tells. */
  readonly accountId?: string
}

export async function proveByPasskey(deps: PasskeyDeps, proving: Proving): Promise<PasskeyOutcome> {
  const { accountId, userVerification } = proving
  const answer = readAnswer(proving.json)
  if (answer === undefined) return refused('malformed')
  if (!(await useChallenge(deps, proving.place, answer))) return refused('old_challenge')
  const passkey = await deps.storage.passkeys.find(answer.id)
  // §7.2 step 6
  if (passkey === undefined || !isWhose(passkey, answer, accountId)) return refused('unknown')
  const assertion = await verifyAssertion(relyingParty(deps), { answer, passkey })
  if (assertion === undefined) return refused('wrong', passkey)
  const { isVerified, signCount, isBackedUp } = assertion
  if (userVerification === 'required' && !isVerified) return refused('not_verified', passkey)
  const isUsed = await deps.storage.passkeys.use({ id: passkey.id, signCount, isBackedUp, now: deps.clock.now() })
  return isUsed ? { kind: 'proven', passkey, amr: passkeyAmr(isVerified) } : refused('sign_count', passkey)
}

const refused = (reason: PasskeyRefusal, passkey?: Passkey): PasskeyOutcome => ({
  kind: 'refused',
  reason,
  ...(passkey && { passkey }),
})

const isWhose = (passkey: Passkey, { userHandle }: Answer, accountId: string | undefined): boolean =>
  accountId === undefined
    ? userHandle === passkey.userHandle
    : passkey.accountId === accountId && (userHandle ?? passkey.userHandle) === passkey.userHandle

/** Each is answered once, whatever the answer is worth, in all processes. */
async function useChallenge(
  { storage, factorSecrets, clock }: PasskeyDeps,
  place: string,
  { challenge }: Answer,
): Promise<boolean> {
  const end = challengeEnd(factorSecrets.sealChallenge, { challenge, place, now: clock.now() })
  return end !== undefined && (await storage.usedTokens.use(sha256(`passkey challenge ${challenge}`), end))
}

export type RegistrationOutcome =
  | { readonly kind: 'added'; readonly passkey: Passkey; readonly amr: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: 'malformed' | 'old_challenge' | 'wrong' | 'taken' | 'too_many' }

/** @param device what the browser says it runs on, for the name */
export async function registerPasskey(
  deps: PasskeyDeps,
  { place, json, account, device }: { place: string; json: string; account: Account; device: string | undefined },
): Promise<RegistrationOutcome> {
  const answer = readAnswer(json)
  if (answer === undefined) return { kind: 'refused', reason: 'malformed' }
  if (!(await useChallenge(deps, place, answer))) return { kind: 'refused', reason: 'old_challenge' }
  const credential = await verifyRegistration(relyingParty(deps), answer)
  if (credential === undefined) return { kind: 'refused', reason: 'wrong' }
  const others = await deps.storage.passkeys.ofAccount(account.id)
  if (others.length >= MOST_PASSKEYS) return { kind: 'refused', reason: 'too_many' }
  const now = deps.clock.now()
  const passkey: Passkey = {
    ...credential,
    accountId: account.id,
    userHandle: handleOf(deps, account, others),
    name: suggestedName({ aaguid: credential.aaguid, device, taken: others.map(({ name }) => name) }),
    createdAt: now,
    lastUsedAt: undefined,
  }
  // §7.1 step 26: of two accounts that bring the same one, the second does not get it.
  const isAdded = await deps.storage.passkeys.add(passkey)
  return isAdded ? { kind: 'added', passkey, amr: passkeyAmr(true) } : { kind: 'refused', reason: 'taken' }
}

/** What stands for it where an id is too long, or is nobody's business: the audit log, the address of its page. */
export const passkeyLabel = ({ id }: Pick<Passkey, 'id'>): string => sha256(`passkey ${id}`).slice(0, 16)

/** What people call it, tidied; undefined: nothing to call it by. */
export function passkeyName(typed: string): string | undefined {
  const tidy = typed
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  return tidy === '' ? undefined : [...tidy].slice(0, LONGEST_NAME).join('').trim()
}

interface RemovingDeps {
  readonly storage: {
    readonly passkeys: Pick<PasskeyStore, 'find' | 'ofAccount' | 'remove'>
    readonly totps: Pick<TotpStore, 'find'>
    readonly recoveryCodes: Pick<RecoveryCodeStore, 'replace'>
    readonly rememberedDevices: Pick<RememberedDeviceStore, 'forgetAll'>
  }
  readonly clock: Clock
}

/**
 * `last`: it is the only way into the account. With the last factor beside the password go the codes in its place, and the
 * browsers that need not prove it.
 */
export async function removePasskey(
  { storage, clock }: RemovingDeps,
  { account, id, byForce = false }: { account: Account; id: string; byForce?: boolean },
): Promise<'removed' | 'last' | 'gone'> {
  const accountId = account.id
  const keepsOne = !byForce && !hasPassword(account)
  if (!(await storage.passkeys.remove({ id, accountId }, { keepsOne }))) {
    return (await storage.passkeys.find(id))?.accountId === accountId ? 'last' : 'gone'
  }
  const left = await storage.passkeys.ofAccount(accountId)
  if (left.length === 0 && (await storage.totps.find(accountId)) === undefined) {
    await storage.rememberedDevices.forgetAll(accountId)
    await storage.recoveryCodes.replace(accountId, [], clock.now())
  }
  return 'removed'
}
