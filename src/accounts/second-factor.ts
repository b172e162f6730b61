/** Proving a second factor: a code of the authenticator app, or one of the codes for when that is lost. */
import type { Clock, Timestamp } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { PasskeyStore, RecoveryCodeStore, RememberedDeviceStore, Storage, TotpStore } from '../storage/storage.ts'
import type { Admission } from '../throttling/guesses.ts'
import { newRecoveryCode, RECOVERY_CODES, readRecoveryCode } from './authenticators/recovery-code.ts'
import { latestPossibleStep, matchingStep, OTP_AMR, readTotpCode } from './authenticators/totp.ts'
import type { PasskeySecrets } from './passkeys.ts'

export interface FactorSecrets extends PasskeySecrets {
  sealTotp(accountId: string, secret: Uint8Array): string
  openTotp(accountId: string, sealed: string): Buffer
  recoveryHash(accountId: string, code: string): string
}

export type SecondFactor = 'totp' | 'recovery_code'

export interface SecondFactorDeps {
  readonly storage: Pick<Storage, 'totps' | 'recoveryCodes'>
  readonly factorSecrets: FactorSecrets
  readonly clock: Clock
}

export type SecondFactorOutcome =
  | { readonly kind: 'proven'; readonly amr: readonly string[] }
  /** `used_code`: it was right, and counts once (RFC 6238 §5.2). */
  | { readonly kind: 'refused'; readonly reason: 'wrong_code' | 'used_code' }
  /** Too many were wrong; this one was not looked at. */
  | ({ readonly kind: 'throttled' } & Pick<Exclude<Admission, { isAdmitted: true }>, 'by' | 'retryAt'>)

/** @param admit whether a code may be tried just now */
export async function proveSecondFactor(
  deps: SecondFactorDeps & { readonly admit: () => Promise<Admission> },
  { accountId, factor, typed }: { accountId: string; factor: SecondFactor; typed: string },
): Promise<SecondFactorOutcome> {
  const admission = await deps.admit()
  if (!admission.isAdmitted) return { kind: 'throttled', by: admission.by, retryAt: admission.retryAt }
  const result = await (factor === 'totp' ? useTotp : useRecoveryCode)(deps, accountId, typed)
  // Before the answer goes out: who is told already asks again.
  await (result === 'right' ? admission.right() : admission.wrong())
  // A recovery code has no entry of its own in the registry of RFC 8176: it is a password that counts once.
  return result === 'right' ? { kind: 'proven', amr: OTP_AMR } : { kind: 'refused', reason: result }
}

type Tried = 'right' | 'wrong_code' | 'used_code'

async function useTotp(deps: SecondFactorDeps, accountId: string, typed: string): Promise<Tried> {
  const { storage, factorSecrets, clock } = deps
  const totp = await storage.totps.find(accountId)
  const code = readTotpCode(typed)
  if (totp === undefined || code === undefined) return 'wrong_code'
  const now = clock.now()
  const step = matchingStep(factorSecrets.openTotp(accountId, totp.sealedSecret), code, now)
  if (step === undefined) return 'wrong_code'
  const use = { accountId, sealedSecret: totp.sealedSecret, step, possible: latestPossibleStep(now), now }
  return (await storage.totps.useStep(use)) ? 'right' : 'used_code'
}

async function useRecoveryCode(deps: SecondFactorDeps, accountId: string, typed: string): Promise<Tried> {
  const { storage, factorSecrets, clock } = deps
  const code = readRecoveryCode(typed)
  if (code === undefined) return 'wrong_code'
  const isUsed = await storage.recoveryCodes.use(accountId, factorSecrets.recoveryHash(accountId, code), clock.now())
  return isUsed ? 'right' : 'wrong_code'
}

/** Makes new ones in place of those that there were, to be shown once. */
export async function makeRecoveryCodes(
  { storage, factorSecrets, clock, random }: SecondFactorDeps & { readonly random: Random },
  accountId: string,
): Promise<readonly string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => newRecoveryCode(random))
  const hashes = codes.map((code) => factorSecrets.recoveryHash(accountId, code.replaceAll('-', '')))
  await storage.recoveryCodes.replace(accountId, hashes, clock.now())
  return codes
}

interface RemovingStores {
  readonly passkeys: Pick<PasskeyStore, 'ofAccount'>
  readonly totps: Pick<TotpStore, 'remove'>
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'replace'>
  readonly rememberedDevices: Pick<RememberedDeviceStore, 'forgetAll'>
}

/** With all that stood in its place; gives whether there was one. */
export async function removeTotp(
  { passkeys, totps, recoveryCodes, rememberedDevices }: RemovingStores,
  accountId: string,
  now: Timestamp,
): Promise<boolean> {
  await rememberedDevices.forgetAll(accountId)
  const isRemoved = await totps.remove(accountId)
  // They stand in for passkeys, too.
  if ((await passkeys.ofAccount(accountId)).length === 0) await recoveryCodes.replace(accountId, [], now)
  return isRemoved
}
