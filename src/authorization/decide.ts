/** Loads what the decision needs to know, and takes it. */
import type { FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { type AuthorizationOutcome, decideAuthorization, type StepDue } from '../protocol/authorization-decision.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { subjectOf } from '../protocol/subject.ts'
import type { IdTokenHint } from '../protocol/tokens/id-token.ts'
import type { SignedInForClient } from '../sessions/session.ts'
import type { Interaction } from '../storage/storage.ts'
import type { Asked } from './asked.ts'
import { findIdTokenHint, hintedKey } from './id-token-hint.ts'
import { type StepDeps, stepDue, wantedBy } from './step-due.ts'

interface Asking {
  readonly signedIn: SignedInForClient | undefined
  /** Undefined while nobody was asked anything. */
  readonly interaction: Interaction | undefined
  readonly request: FastifyRequest
}

export async function decide(
  deps: StepDeps & Pick<Deps, 'issuer' | 'keyRing' | 'clients' | 'pairwiseKey' | 'clock'>,
  asked: Asked,
  { signedIn, interaction, request: http }: Asking,
): Promise<AuthorizationOutcome> {
  const { client, request } = asked
  if (request instanceof OAuthError) return { kind: 'refuse', error: request }
  const hint = await findIdTokenHint(deps, request.idTokenHint)
  if (hint instanceof OAuthError) return { kind: 'refuse', error: hint }
  if (request.idTokenHint !== undefined && hint === undefined) {
    return {
      kind: 'refuse',
      error: new OAuthError('invalid_request', 'id_token_hint is not an ID token of ours', {
        check: 'id_token_hint',
        came: hintedKey(request.idTokenHint),
      }),
    }
  }
  const accountId = signedIn?.account.id
  const subject = accountId === undefined ? undefined : subjectOf(client, accountId, deps.pairwiseKey)
  const hintedSubject = hint && (await isAbout(deps, hint, accountId)) ? subject : hint?.subject
  const due = signedIn === undefined ? 'nothing' : await dueFor(deps, asked, { ...signedIn, request: http })
  const facts = { client, signedIn, due, consent: signedIn?.consent, interaction, subject, hintedSubject }
  return decideAuthorization(request, facts, deps.clock.now())
}

const dueFor = (
  deps: StepDeps,
  asked: Asked,
  { session, account, request }: SignedInForClient & { readonly request: FastifyRequest },
): Promise<StepDue> =>
  stepDue(deps, { account, proof: { amr: session.amr, isSession: true }, wanted: wantedBy(asked), request })

/** The hint may have been issued to another client, which may know the same person by another name. */
async function isAbout(
  { clients, pairwiseKey }: Pick<Deps, 'clients' | 'pairwiseKey'>,
  hint: IdTokenHint,
  accountId: string | undefined,
): Promise<boolean> {
  if (accountId === undefined) return false
  const client = await clients.find(hint.clientId)
  return hint.subject === (client === undefined ? accountId : subjectOf(client, accountId, pairwiseKey))
}
