/** Ends every session of an account, and what its apps were given: for a lost phone, or a person who has left. */
import { signOutEverywhere } from '../../accounts/account-changes.ts'
import { findAccount } from './account.ts'
import type { Action } from './action.ts'
import { adminPath, byAdmin } from './page.ts'

export const signOutAccount: Action = async (asked, id) => {
  const { deps } = asked
  const found = await findAccount(asked, id)
  if (found === undefined) return undefined
  return {
    title: `Sign ${found.username} out everywhere?`,
    consequences: [
      'Every session of this account ends, in every browser. Apps that stayed connected lose their access, and those that want to be told of it are told.',
      'The password stays. Whoever knows it can sign in again.',
    ],
    button: 'Sign out everywhere',
    backUrl: adminPath(deps, '/account', { id }),
    async act() {
      const ended = await signOutEverywhere(deps.storage, id, deps.clock.now())
      // Apps are told by their servers (back-channel logout).
      deps.deliveries.kick()
      await deps.audit.recordNow({ kind: 'signed_out_everywhere', accountId: id, ...ended }, byAdmin(asked))
      return adminPath(deps, '/account', { id, done: 'signed-out' })
    },
  }
}
