/** Setting up an authenticator app: a secret to scan, and a first code that proves that it was scanned. */
import type { Timestamp } from '../base/clock.ts'
import { type Duration, HOUR } from '../base/duration.ts'
import type { Random } from '../base/random.ts'
import type { Storage } from '../storage/storage.ts'
import { matchingStep, newTotpSecret, readTotpCode } from './authenticators/totp.ts'
import type { SecondFactorDeps } from './second-factor.ts'

/** An app has to be found and installed first, perhaps. */
const TAKES_AT_MOST: Duration = HOUR

type SetupDeps = Pick<SecondFactorDeps, 'factorSecrets' | 'clock'> & {
  readonly storage: Pick<Storage, 'totps'>
  readonly random: Random
}

/** Where: a session or an interaction, so that nobody scans what was shown elsewhere. */
interface Place {
  readonly id: string
  readonly accountId: string
}

/** The secret to scan: the same one each time the page is looked at, for phones forget pages. */
export async function totpToSetUp(deps: SetupDeps, place: Place): Promise<Buffer> {
  const known = await openSetup(deps, place)
  if (known !== undefined) return known
  const { storage, factorSecrets, clock, random } = deps
  const secret = newTotpSecret(random)
  const sealedSecret = factorSecrets.sealTotp(place.accountId, secret)
  await storage.totps.putSetup({ ...place, sealedSecret, expiresAt: clock.now() + TAKES_AT_MOST })
  return secret
}

async function openSetup({ storage, factorSecrets, clock }: SetupDeps, { id, accountId }: Place) {
  const setup = await storage.totps.findSetup(id)
  return setup?.accountId === accountId && isOpen(setup, clock.now())
    ? factorSecrets.openTotp(accountId, setup.sealedSecret)
    : undefined
}

/** One that lies further ahead is from a clock that was wrong. */
const isOpen = ({ expiresAt }: { expiresAt: Timestamp }, now: Timestamp): boolean =>
  now < expiresAt && expiresAt <= now + 2 * TAKES_AT_MOST

/**
 * `added`: the account has it from now on, and the code counts as used. `taken`: it has got one meanwhile, in another tab.
 * `expired`: nothing is being set up here any more.
 */
export async function confirmTotp(
  deps: SetupDeps,
  place: Place,
  typed: string,
): Promise<'added' | 'taken' | 'expired' | 'wrong_code'> {
  const secret = await openSetup(deps, place)
  if (secret === undefined) return 'expired'
  const now = deps.clock.now()
  const code = readTotpCode(typed)
  const step = code === undefined ? undefined : matchingStep(secret, code, now)
  if (step === undefined) return 'wrong_code'
  const { accountId } = place
  const sealedSecret = deps.factorSecrets.sealTotp(accountId, secret)
  const totp = { accountId, sealedSecret, lastStep: step, createdAt: now, lastUsedAt: now }
  return (await deps.storage.totps.add(totp)) ? 'added' : 'taken'
}
