/** Loads what the decision needs to know, and takes it: first who answers, then what that takes. */
import type { FastifyRequest } from 'fastify'
import { isNameOf } from '../accounts/username.ts'
import type { Deps } from '../deps.ts'
import {
  type AuthorizationOutcome,
  decideAuthorization,
  isMeant,
  type StepDue,
} from '../protocol/authorization-decision.ts'
import type { AuthorizationRequest } from '../protocol/authorization-request.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { subjectOf } from '../protocol/subject.ts'
import type { IdTokenHint } from '../protocol/tokens/id-token.ts'
import { holdsSeveral } from '../sessions/handles.ts'
import {
  findAllForClient,
  findSignedInForClient,
  inUse,
  type SignedIn,
  type SignedInForClient,
} from '../sessions/session.ts'
import { answeringBySaid, answeringByUse } from '../sessions/who-answers.ts'
import type { Interaction } from '../storage/storage.ts'
import type { Asked } from './asked.ts'
import { findIdTokenHint, hintedKey } from './id-token-hint.ts'
import { type StepDeps, stepDue, wantedBy } from './step-due.ts'

interface Asking {
  /** Undefined while nobody was asked anything. */
  readonly interaction: Interaction | undefined
  readonly request: FastifyRequest
}

export interface Decided {
  readonly outcome: AuthorizationOutcome
  /** Who answers, or would; undefined: nobody who may is signed in here. */
  readonly signedIn: SignedInForClient | undefined
}

type DecideDeps = StepDeps & Pick<Deps, 'issuer' | 'keyRing' | 'clients' | 'pairwiseKey' | 'lifetimes'>

export async function decide(deps: DecideDeps, asked: Asked, { interaction, request: http }: Asking): Promise<Decided> {
  const { client, request } = asked
  const cookie = deps.cookies.session.read(http)
  const hint = request instanceof OAuthError ? request : await hintOf(deps, request)
  if (request instanceof OAuthError || hint instanceof OAuthError) {
    const error = request instanceof OAuthError ? request : (hint as OAuthError)
    const signedIn = await findSignedInForClient(deps, cookie, client.id)
    return { outcome: { kind: 'refuse', error }, signedIn }
  }
  const isOneOfSeveral = holdsSeveral(cookie)
  const answering = { asked, request, hint, chosenId: interaction?.selectedAccountId, cookie }
  const signedIn = await (isOneOfSeveral ? oneOfSeveral : theOnlyOne)(deps, answering)
  const account = signedIn?.account
  const due = signedIn === undefined ? 'nothing' : await dueFor(deps, asked, { ...signedIn, request: http })
  const facts = {
    ...{ client, signedIn, due, consent: signedIn?.consent, interaction, isOneOfSeveral },
    ...(await namesOf(deps, answering, account?.id)),
    isAnotherHinted:
      account !== undefined &&
      request.loginHint !== undefined &&
      answering.chosenId !== account.id &&
      !isNameOf(account, request.loginHint),
  }
  return { outcome: decideAuthorization(request, facts, deps.clock.now()), signedIn }
}

interface Answering {
  readonly asked: Asked
  readonly request: AuthorizationRequest
  readonly hint: IdTokenHint | undefined
  /** At this very request. */
  readonly chosenId: string | undefined
  readonly cookie: string | undefined
}

async function theOnlyOne(deps: DecideDeps, { asked, chosenId, cookie }: Answering) {
  const found = await findSignedInForClient(deps, cookie, asked.client.id)
  return chosenId === undefined || found?.account.id === chosenId ? found : undefined
}

async function oneOfSeveral(deps: DecideDeps, answering: Answering): Promise<SignedInForClient | undefined> {
  const { asked, request, hint, chosenId, cookie } = answering
  const everybody = await findAllForClient(deps, cookie, asked.client.id)
  const here = everybody.filter(({ isOver }) => !isOver)
  const { loginHint } = request
  const candidates = await Promise.all(
    here.map(async (one) => ({
      ...one,
      isMeant: isMeant(request, await namesOf(deps, answering, one.account.id)),
      isNamed: loginHint !== undefined && isNameOf(one.account, loginHint),
    })),
  )
  const isSomebodyMeant = hint !== undefined || request.subjects !== undefined
  const said = answeringBySaid(candidates, { chosenId, isSomebodyMeant })
  if (said === 'nobody') return undefined
  if (said !== 'unsaid') return inUse(deps, said)
  const inOrder = [...here, ...everybody.filter(({ isOver }) => isOver)]
  const ids = inOrder.map(({ session }) => session.id)
  const uses = inOrder.length > 1 ? await deps.storage.sessions.uses(ids, asked.client.id) : []
  const last = answeringByUse(inOrder, uses, { isSilent: request.prompts.has('none') })
  return last?.isOver ? undefined : inUse(deps, last)
}

/** What the client calls the account, and whom it has in mind. */
async function namesOf(deps: DecideDeps, { asked: { client }, hint }: Answering, accountId: string | undefined) {
  const subject = accountId === undefined ? undefined : subjectOf(client, accountId, deps.pairwiseKey)
  const hintedSubject = hint && (await isAbout(deps, hint, accountId)) ? subject : hint?.subject
  return { subject, hintedSubject }
}

async function hintOf(
  deps: Pick<Deps, 'issuer' | 'keyRing' | 'clients'>,
  { idTokenHint }: AuthorizationRequest,
): Promise<IdTokenHint | OAuthError | undefined> {
  if (idTokenHint === undefined) return undefined
  const hint = await findIdTokenHint(deps, idTokenHint)
  if (hint !== undefined) return hint
  const failed = { check: 'id_token_hint', came: hintedKey(idTokenHint) } as const
  return new OAuthError('invalid_request', 'id_token_hint is not an ID token of ours', failed)
}

const dueFor = (
  deps: StepDeps,
  asked: Asked,
  { session, account, request }: SignedIn & { readonly request: FastifyRequest },
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
