/** Loads what the decision needs to know, and takes it. */
import type { Deps } from '../deps.ts'
import { type AuthorizationOutcome, decideAuthorization } from '../protocol/authorization-decision.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import type { SignedInForClient } from '../sessions/session.ts'
import type { Interaction } from '../storage/storage.ts'
import type { Asked } from './asked.ts'
import { findIdTokenHint } from './id-token-hint.ts'

export async function decide(
  deps: Pick<Deps, 'issuer' | 'keyRing' | 'clients' | 'clock'>,
  asked: Asked,
  signedIn: SignedInForClient | undefined,
  interaction: Interaction | undefined,
): Promise<AuthorizationOutcome> {
  const { client, request } = asked
  if (request instanceof OAuthError) return { kind: 'refuse', error: request }
  const hint = await findIdTokenHint(deps, request.idTokenHint)
  if (hint instanceof OAuthError) return { kind: 'refuse', error: hint }
  if (request.idTokenHint !== undefined && hint === undefined) {
    return { kind: 'refuse', error: new OAuthError('invalid_request', 'id_token_hint is not an ID token of ours') }
  }
  const facts = { client, signedIn, consent: signedIn?.consent, interaction, hintedSubject: hint?.subject }
  return decideAuthorization(request, facts, deps.clock.now())
}
