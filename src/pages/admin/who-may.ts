/** The one place that decides who may see the pages for admins. Pure; asked for each request, on facts that were just read. */
import { CLOCK_SKEW, type Timestamp } from '../../base/clock.ts'
import type { AdminConfig } from '../../config/config.ts'
import type { SignedIn } from '../../sessions/session.ts'
import type { Account, Session } from '../../storage/storage.ts'

export type AdminOutcome =
  | { readonly kind: 'admit'; readonly signedIn: SignedIn }
  /** Nobody is there, or who is there signed in too long ago. */
  | { readonly kind: 'sign_in' }
  /** For them there is no such page. */
  | { readonly kind: 'hide' }

/** @param signedIn who the browser's session cookie stands for; nothing else makes an admin, tokens least of all */
export function decideAdmin(
  admin: AdminConfig | undefined,
  signedIn: SignedIn | undefined,
  now: Timestamp,
): AdminOutcome {
  if (admin === undefined) return { kind: 'hide' }
  if (signedIn === undefined || !isUsable(signedIn, now)) return { kind: 'sign_in' }
  if (!isAdmin(admin, signedIn.account)) return { kind: 'hide' }
  return isFreshForAdmin(admin, signedIn.session, now) ? { kind: 'admit', signedIn } : { kind: 'sign_in' }
}

/** Whether these pages are there for an account, however long ago it signed in. */
export const isAdmin = (admin: Pick<AdminConfig, 'groups'> | undefined, { claims }: Pick<Account, 'claims'>): boolean =>
  admin !== undefined && (claims.groups ?? []).some((group) => admin.groups.includes(group))

/** Who found the session has asked this before; whoever forgets to must not open the door. */
const isUsable = ({ session, account }: SignedIn, now: Timestamp): boolean =>
  session.accountId === account.id &&
  account.disabledAt === undefined &&
  session.endedAt === undefined &&
  now < session.expiresAt

/** A sign-in that lies ahead (the clock went back) proves nothing. */
export const isFreshForAdmin = (
  admin: Pick<AdminConfig, 'maxAge'> | undefined,
  { authenticatedAt }: Pick<Session, 'authenticatedAt'>,
  now: Timestamp,
): boolean => admin !== undefined && now - authenticatedAt <= admin.maxAge && authenticatedAt <= now + CLOCK_SKEW
