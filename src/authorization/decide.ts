/** Loads what the decision needs to know, and takes it. */
import type { Deps } from '../deps.ts'
import { type AuthorizationOutcome, decideAuthorization } from '../protocol/authorization-decision.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import type { SignedIn } from '../sessions/session.ts'
import type { Interaction } from '../storage/storage.ts'
import type { Asked } from './asked.ts'

export async function decide(
  deps: Pick<Deps, 'storage' | 'clock'>,
  asked: Asked,
  signedIn: SignedIn | undefined,
  interaction: Interaction | undefined,
): Promise<AuthorizationOutcome> {
  const { client, request } = asked
  if (request instanceof OAuthError) return { kind: 'refuse', error: request }
  // Only who might be asked has a consent to remember: single sign-on to our own apps costs one read less.
  const mayBeAsked = !client.isFirstParty || request.prompts.has('consent')
  const consent = signedIn && mayBeAsked ? await deps.storage.consents.find(signedIn.account.id, client.id) : undefined
  return decideAuthorization(request, { client, signedIn, consent, interaction }, deps.clock.now())
}
