/**
 * Which of the accounts that are signed in in a browser answers an authorization request. Pure; asked only where there are several.
 * Nobody is asked who has said it already: at this request, by the app, or by what they did before (docs/decisions/0036).
 */
import type { SessionUse } from '../storage/storage.ts'
import type { SignedIn } from './session.ts'

export interface Candidate extends SignedIn {
  /** By the id_token_hint or a `sub` in the claims parameter; true when there is neither. */
  readonly isMeant: boolean
  /** The login_hint is a name of theirs. */
  readonly isNamed: boolean
}

export interface Said {
  /** Whom the person chose, or signed in as, at this very request. */
  readonly chosenId: string | undefined
  /** Whether the app said for certain whom it means. */
  readonly isSomebodyMeant: boolean
}

/**
 * By what was said: the candidate, `nobody` (who was chosen here is signed out), or `unsaid`.
 * @param candidates the active account first
 */
export function answeringBySaid<Of extends Candidate>(
  candidates: readonly Of[],
  { chosenId, isSomebodyMeant }: Said,
): Of | 'nobody' | 'unsaid' {
  if (chosenId !== undefined) return candidates.find(({ account }) => account.id === chosenId) ?? 'nobody'
  // OpenID Connect Core §3.1.2.2: if nobody here is meant, who is active is judged, and is not good enough.
  if (isSomebodyMeant) return candidates.find(({ isMeant }) => isMeant) ?? candidates[0] ?? 'nobody'
  return candidates.find(({ isNamed }) => isNamed) ?? 'unsaid'
}

/**
 * By what was done: who last used this app here, or has been preferred to the others since. Nobody is preferred to who is
 * using an app by a request that nobody sees (prompt=none): the app goes on for the same person. Else the active one. Whose
 * session is over is found as well when it is them: nobody takes their place unseen.
 * @param candidates whose session is over last
 */
export function answeringByUse<Of extends SignedIn & { readonly isOver?: boolean }>(
  candidates: readonly Of[],
  uses: readonly SessionUse[],
  { isSilent }: { readonly isSilent: boolean },
): Of | undefined {
  const lastOf = ({ session, isOver }: Of): number => {
    const use = uses.find(({ sessionId }) => sessionId === session.id)
    return Math.max(use?.usedAt ?? 0, isSilent || isOver ? 0 : (use?.chosenAt ?? 0))
  }
  const latest = Math.max(0, ...candidates.map(lastOf))
  return candidates.find((one) => lastOf(one) === latest)
}
