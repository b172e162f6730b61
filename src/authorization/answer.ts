/** The end of an authorization request: a code, tokens or an error, sent to the client. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { MINUTE } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import { newIdentifier } from '../base/identifier.ts'
import { randomSecret } from '../base/random.ts'
import type { Deps } from '../deps.ts'
import { redirectToClient } from '../http/client-redirect.ts'
import { tellRefusal } from '../http/refusal.ts'
import { requireEncryptionKey } from '../keys/for-client.ts'
import { acrOf } from '../protocol/acr.ts'
import type { Apis } from '../protocol/api.ts'
import type { AuthorizationRequest } from '../protocol/authorization-request.ts'
import { errorResponse, type ResponseFields, successResponse } from '../protocol/authorization-response.ts'
import type { Client } from '../protocol/client.ts'
import type { Issue } from '../protocol/grant-types/grant-type.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { registeredRedirectUri } from '../protocol/redirect-target.ts'
import { longestAccessToken, resourceTarget } from '../protocol/resource.ts'
import { authorizationCode } from '../protocol/tokens/authorization-code.ts'
import type { ResponseType } from '../protocol/vocabulary.ts'
import { isStillOpen, type SignedIn } from '../sessions/session.ts'
import type { Grant } from '../storage/storage.ts'
import type { Asked } from './asked.ts'
import { revokeGrant } from './revoke-grant.ts'
import { sessionClient } from './session-client.ts'
import { sessionStateFields } from './session-state.ts'
import { implicitResponse } from './token-response.ts'

export type AnswerDeps = Pick<
  Deps,
  | 'audit'
  | 'config'
  | 'issuer'
  | 'clients'
  | 'mailer'
  | 'apis'
  | 'storage'
  | 'cookies'
  | 'lifetimes'
  | 'clock'
  | 'random'
  | 'keyRing'
  | 'deliveries'
  | 'refusals'
  | 'clientKeys'
  | 'uses'
  | 'refreshTokenKey'
  | 'pairwiseKey'
>

interface Granting {
  readonly asked: Asked
  readonly signedIn: SignedIn
  /** Of the interaction that this is the one answer to: the grant goes by the same id from now on. */
  readonly flowId?: string | undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Commits the grant, then answers with its code or its tokens: what was answered is there, whatever happens next. */
export async function answerWithGrant(
  deps: AnswerDeps,
  { asked, signedIn, flowId, request, reply }: Granting,
): Promise<FastifyReply> {
  if (asked.request instanceof OAuthError) return answerWithError(deps, { asked, error: asked.request, request, reply })
  const isCode = asked.request.responseType === 'code'
  const withPage = flowId !== undefined
  // Before anything is granted. The token endpoint asks for a code's.
  const fault = isCode ? undefined : await encryptionFault(deps, asked.client)
  if (fault !== undefined) return answerWithError(deps, { asked, error: fault, request, reply })
  const { grant, secret } = newGrant(deps, { asked, wanted: asked.request, signedIn, flowId })
  request.flowId = grant.id
  const taking = sessionClient(asked.client, grant, { ...signedIn, pairwiseKey: deps.pairwiseKey })
  // Both are there before the code is answered: who has a code of a session will hear of its end.
  if (taking === undefined) await deps.storage.grants.insert(grant)
  else await Promise.all([deps.storage.grants.insert(grant), deps.storage.sessionClients.remember(taking)])
  // A sign-out that came between the decision and the insert told the clients that there were: tokens of its session are
  // given to nobody else. A code is asked about when it is redeemed.
  if (!isCode && !(await isStillOpen(deps, signedIn.session.id))) {
    await revokeGrant(deps, { grant, because: 'session_ended' }, request)
    return answerWithError(deps, { asked, error: SIGNED_OUT, browser: { signedIn: undefined }, request, reply })
  }
  deps.uses.count(asked.client.id, 'sign_on', registeredRedirectUri(asked.client, asked.target.uri))
  const saying = deps.clients.sayUsed(asked.client)
  if (saying !== undefined) await saying
  const given = await givenFor(deps, { asked, wanted: asked.request, grant, secret, signedIn, withPage, request })
  const state = await sessionStateFields(deps, asked, { signedIn, request, reply })
  return answer(deps, asked, { ...successResponse(given, asked.target, deps.issuer), ...state }, reply)
}

const SIGNED_OUT = new OAuthError('login_required', 'the end-user signed out meanwhile', 'signed_out')

/** RFC 6749 §4.2.2.1: at this endpoint the word for what stops us is server_error, whoever has to mend it. */
async function encryptionFault(deps: Pick<Deps, 'clientKeys'>, client: Client): Promise<OAuthError | undefined> {
  try {
    await requireEncryptionKey(deps, client, 'id_token')
    return undefined
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    return new OAuthError('server_error', error.description, error.failed)
  }
}

/** What the response type asks for; tokens are signed here and now (OpenID Connect Core §3.2.2.5). */
async function givenFor(
  deps: AnswerDeps,
  {
    asked: { client },
    wanted: { responseType, resources },
    grant,
    secret,
    signedIn: { account },
    withPage,
    request,
  }: {
    asked: Asked
    wanted: AuthorizationRequest
    grant: Grant
    secret: string
    signedIn: SignedIn
    withPage: boolean
    request: FastifyRequest
  },
): Promise<ResponseFields> {
  const about = { clientId: client.id, grantId: grant.id }
  if (responseType === 'code') {
    deps.audit.record({ kind: 'code_issued', accountId: account.id, ...about, withPage }, request)
    return { code: authorizationCode({ grantId: grant.id, secret }) }
  }
  const { scopes } = grant
  const issue: Issue = {
    scopes,
    ...resourceTarget(undefined, { client, scopes, granted: resources }, deps),
    subject: { grant, account },
    refreshGeneration: undefined,
    idToken: 'first',
  }
  const given = await implicitResponse(deps, client, issue, responseType)
  deps.audit.record({ kind: 'tokens_issued', grantType: 'implicit', accountId: account.id, ...about }, request)
  return given
}

/** @param browser whether somebody is signed in, when that was looked at: then the answer says so, too */
export async function answerWithError(
  deps: AnswerDeps,
  {
    asked,
    error,
    browser,
    request,
    reply,
  }: {
    asked: Asked
    error: OAuthError
    browser?: { signedIn: SignedIn | undefined }
    request: FastifyRequest
    reply: FastifyReply
  },
): Promise<FastifyReply> {
  const { code, description, failed } = error
  request.clientId = asked.client.id
  tellRefusal(deps, request, { failed, code, description, status: 303 })
  const state = browser ? await sessionStateFields(deps, asked, { ...browser, request, reply }) : {}
  return answer(
    deps,
    asked,
    { ...errorResponse(error, { target: asked.target, issuer: deps.issuer, errorId: request.id }), ...state },
    reply,
  )
}

const answer = (deps: AnswerDeps, asked: Asked, fields: ResponseFields, reply: FastifyReply): Promise<FastifyReply> =>
  redirectToClient(reply, { target: asked.target, fields, client: asked.client, installation: deps.config.name })

/** What one authorization is, with its code. */
export function newGrant(
  { clock, random, apis }: Pick<AnswerDeps, 'clock' | 'random' | 'apis'>,
  {
    asked: { client, target },
    wanted: asked,
    signedIn: { session, account },
    flowId,
  }: {
    readonly asked: Pick<Asked, 'client' | 'target'>
    readonly wanted: AuthorizationRequest
    readonly signedIn: SignedIn
    readonly flowId?: string | undefined
  },
): { grant: Grant; secret: string } {
  const now = clock.now()
  const secret = randomSecret(random)
  const grant: Grant = {
    id: flowId ?? newIdentifier(now, random),
    clientId: client.id,
    accountId: account.id,
    sessionId: session.id,
    scopes: asked.scopes,
    resources: asked.resources,
    nonce: asked.nonce,
    authenticatedAt: session.authenticatedAt,
    amr: session.amr,
    acr: acrOf(session.amr, asked.acrValues),
    claims: asked.claims,
    redirectUri: target.uri,
    codeChallenge: asked.codeChallenge,
    codeHash: sha256(secret),
    codeExpiresAt: now + client.lifetimes.authorizationCode,
    // Nobody is given the code of tokens that were given without one.
    codeConsumedAt: asked.responseType === 'code' ? undefined : now,
    refreshSalt: random.bytes(16).toString('base64url'),
    refreshGeneration: 0,
    refreshRotatedAt: undefined,
    refreshExpiresAt: undefined,
    expiresAt: now + familyLifetime(client, apis, asked.responseType),
    createdAt: now,
    revokedAt: undefined,
    revokedBecause: undefined,
  }
  return { grant, secret }
}

/** Until the last token that can come of a grant has expired. */
function familyLifetime(client: Client, apis: Apis, responseType: ResponseType): number {
  const { metadata, lifetimes } = client
  if (responseType !== 'code') return longestAccessToken(client, apis) + MINUTE
  const renewable = metadata.grant_types.includes('refresh_token') ? lifetimes.refreshTokenAbsolute : 0
  return Math.max(renewable, lifetimes.authorizationCode) + longestAccessToken(client, apis) + MINUTE
}
