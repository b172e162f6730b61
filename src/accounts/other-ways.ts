/** Whether somebody can still sign in when one way is taken away. */
import type { Account, Storage, UpstreamIdentity } from '../storage/storage.ts'
import { hasPassword } from './has-password.ts'
import { type PasskeyDeps, passkeysOf } from './passkeys.ts'

/** @param isUsable whether there is such a provider now */
export async function hasOtherWay(
  deps: Pick<PasskeyDeps, 'config'> & { readonly storage: Pick<Storage, 'upstreamIdentities' | 'passkeys'> },
  account: Account,
  { beside, isUsable }: { beside: UpstreamIdentity; isUsable: (issuer: string) => boolean },
): Promise<boolean> {
  // One that signs nobody in is none to lose.
  if (hasPassword(account) || !isUsable(beside.issuer)) return true
  if ((await passkeysOf(deps, account.id)).length > 0) return true
  const identities = await deps.storage.upstreamIdentities.ofAccount(account.id)
  return identities.some(({ id, issuer }) => id !== beside.id && isUsable(issuer))
}
