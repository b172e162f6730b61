/** What cuts off whoever is signed in to an account: its sessions end and its grants are revoked at once. */
import type { Timestamp } from '../base/clock.ts'
import type {
  AccountStore,
  GrantStore,
  OneTimeCodeStore,
  RememberedDeviceStore,
  RevocationReason,
  SessionStore,
} from '../storage/storage.ts'

export interface AccountChangeStores {
  readonly accounts: Pick<AccountStore, 'setPasswordHash' | 'setDisabled' | 'remove'>
  readonly sessions: Pick<SessionStore, 'endByAccount'>
  readonly grants: Pick<GrantStore, 'revokeByAccount'>
  readonly rememberedDevices: Pick<RememberedDeviceStore, 'forgetAll'>
  readonly oneTimeCodes: Pick<OneTimeCodeStore, 'withdraw'>
}

type CutOffStores = Omit<AccountChangeStores, 'accounts' | 'oneTimeCodes'>

/** How many sessions and grants ended with the change. */
export interface CutOff {
  readonly sessions: number
  readonly grants: number
}

/** Undefined: there is no such account any more. */
export async function changePassword(
  stores: AccountChangeStores,
  change: { accountId: string; passwordHash: string },
  now: Timestamp,
): Promise<CutOff | undefined> {
  // First the change, then the end: in the other order someone could sign in with the old password in between.
  const isChanged = await stores.accounts.setPasswordHash(change.accountId, change.passwordHash, now)
  // Whoever else has asked for a new one, or has such a mail, comes too late.
  await stores.oneTimeCodes.withdraw(change.accountId, ['reset_password'], now)
  return isChanged ? cutOff(stores, change.accountId, now) : undefined
}

/** Undefined: there is no such account any more. */
export async function disableAccount(
  stores: AccountChangeStores,
  accountId: string,
  now: Timestamp,
): Promise<CutOff | undefined> {
  const isChanged = await stores.accounts.setDisabled(accountId, now, now)
  return isChanged ? cutOff(stores, accountId, now) : undefined
}

/** Undefined: there is no such account any more. */
export async function removeAccount(
  stores: AccountChangeStores,
  accountId: string,
  now: Timestamp,
): Promise<CutOff | undefined> {
  // Disabled before it goes: nobody signs in while its sessions and grants are being counted out.
  const ended = await disableAccount(stores, accountId, now)
  return ended && (await stores.accounts.remove(accountId)) ? ended : undefined
}

/** In every browser, and at every app, also where it may act while the person is away (offline_access). */
export const signOutEverywhere = (stores: CutOffStores, accountId: string, now: Timestamp): Promise<CutOff> =>
  cutOff(stores, accountId, now, 'signed_out_everywhere')

async function cutOff(
  stores: CutOffStores,
  accountId: string,
  now: Timestamp,
  because: RevocationReason = 'account_changed',
): Promise<CutOff> {
  await stores.rememberedDevices.forgetAll(accountId)
  const sessions = await stores.sessions.endByAccount(accountId, now)
  const grants = await stores.grants.revokeByAccount(accountId, now, because)
  return { sessions, grants }
}
