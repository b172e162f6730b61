/** Somebody changes the password of their own account, and cuts off whoever else is signed in to it. */
import type { Timestamp } from '../base/clock.ts'
import type {
  AccountStore,
  GrantStore,
  OneTimeCodeStore,
  RememberedDeviceStore,
  SessionStore,
} from '../storage/storage.ts'
import type { CutOff } from './account-changes.ts'

interface ElsewhereStores {
  readonly sessions: Pick<SessionStore, 'endByAccount'>
  readonly grants: Pick<GrantStore, 'revokeByAccount'>
  readonly rememberedDevices: Pick<RememberedDeviceStore, 'forgetAll'>
}

export interface OwnPasswordStores extends ElsewhereStores {
  readonly accounts: Pick<AccountStore, 'setPasswordHash'>
  readonly oneTimeCodes: Pick<OneTimeCodeStore, 'withdraw'>
}

export interface OwnPassword {
  readonly accountId: string
  /** What was shown to be known; empty: there is none. */
  readonly from: string
  readonly to: string
  /** The session that goes on. */
  readonly sessionId: string
  readonly endsOthers: boolean
}

/** Undefined: it is another one by now, or the account is gone. */
export async function changeOwnPassword(
  stores: OwnPasswordStores,
  { accountId, from, to, sessionId, endsOthers }: OwnPassword,
  now: Timestamp,
): Promise<CutOff | undefined> {
  // First the change, then the end: in the other order someone could sign in with the old password in between.
  if (!(await stores.accounts.setPasswordHash(accountId, to, now, from))) return undefined
  // Whoever has a mail for another password has had it for the old one.
  await stores.oneTimeCodes.withdraw(accountId, ['reset_password'], now)
  if (endsOthers) return signOutElsewhere(stores, { accountId, sessionId }, now)
  await stores.rememberedDevices.forgetAll(accountId)
  return { sessions: 0, grants: 0 }
}

/** In every browser but one, and at the apps that were reached there or stayed connected. */
export async function signOutElsewhere(
  stores: ElsewhereStores,
  { accountId, sessionId }: Pick<OwnPassword, 'accountId' | 'sessionId'>,
  now: Timestamp,
): Promise<CutOff> {
  await stores.rememberedDevices.forgetAll(accountId)
  const sessions = await stores.sessions.endByAccount(accountId, now, sessionId)
  const grants = await stores.grants.revokeByAccount(accountId, now, 'signed_out_everywhere', sessionId)
  return { sessions, grants }
}
