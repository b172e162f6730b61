/** The end of an authorization request: a code or an error, sent to the client. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { audit } from '../audit/audit.ts'
import { MINUTE } from '../base/duration.ts'
import { sha256 } from '../base/hash.ts'
import { newIdentifier } from '../base/identifier.ts'
import { randomSecret } from '../base/random.ts'
import type { Deps } from '../deps.ts'
import { redirectToClient } from '../http/client-redirect.ts'
import { acrOf } from '../protocol/acr.ts'
import type { Apis } from '../protocol/api.ts'
import type { AuthorizationRequest } from '../protocol/authorization-request.ts'
import { codeResponse, errorResponse, type ResponseFields } from '../protocol/authorization-response.ts'
import type { Client } from '../protocol/client.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { longestAccessToken } from '../protocol/resource.ts'
import { authorizationCode } from '../protocol/tokens/authorization-code.ts'
import type { SignedIn } from '../sessions/session.ts'
import type { Grant } from '../storage/storage.ts'
import type { Asked } from './asked.ts'
import { sessionClient } from './session-client.ts'
import { sessionStateFields } from './session-state.ts'

type AnswerDeps = Pick<Deps, 'config' | 'issuer' | 'apis' | 'storage' | 'cookies' | 'clock' | 'random'>

/** Commits the grant with its code, then answers: what was answered is there, whatever happens next. */
export async function answerWithCode(
  deps: AnswerDeps,
  {
    asked,
    signedIn,
    request,
    reply,
  }: { asked: Asked; signedIn: SignedIn; request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  if (asked.request instanceof OAuthError) return answerWithError(deps, { asked, error: asked.request, request, reply })
  const { grant, secret } = newGrant(deps, asked, asked.request, signedIn)
  const taking = sessionClient(asked.client, grant, signedIn)
  // Both are there before the code is answered: who has a code of a session will hear of its end.
  if (taking === undefined) await deps.storage.grants.insert(grant)
  else await Promise.all([deps.storage.grants.insert(grant), deps.storage.sessionClients.remember(taking)])
  audit(request.log, { kind: 'code_issued', accountId: grant.accountId, clientId: grant.clientId, grantId: grant.id })
  const code = authorizationCode({ grantId: grant.id, secret })
  const state = sessionStateFields(deps, asked, { signedIn, request, reply })
  return answer(deps, asked, { ...codeResponse(code, asked.target, deps.issuer), ...state }, reply)
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
  request.log.info(
    { clientId: asked.client.id, error: error.code, description: error.description, detail: error.detail },
    'authorization refused',
  )
  const state = browser ? sessionStateFields(deps, asked, { ...browser, request, reply }) : {}
  return answer(deps, asked, { ...errorResponse(error, asked.target, deps.issuer), ...state }, reply)
}

const answer = (deps: AnswerDeps, asked: Asked, fields: ResponseFields, reply: FastifyReply): Promise<FastifyReply> =>
  redirectToClient(reply, { target: asked.target, fields, client: asked.client, installation: deps.config.name })

function newGrant(
  { clock, random, apis }: AnswerDeps,
  { client, target }: Asked,
  asked: AuthorizationRequest,
  { session, account }: SignedIn,
): { grant: Grant; secret: string } {
  const now = clock.now()
  const secret = randomSecret(random)
  const grant: Grant = {
    id: newIdentifier(now, random),
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
    codeConsumedAt: undefined,
    refreshSalt: random.bytes(16).toString('base64url'),
    refreshGeneration: 0,
    refreshRotatedAt: undefined,
    refreshExpiresAt: undefined,
    expiresAt: now + familyLifetime(client, apis),
    createdAt: now,
    revokedAt: undefined,
    revokedBecause: undefined,
  }
  return { grant, secret }
}

/** Until the last token that can come of a grant has expired. */
function familyLifetime(client: Client, apis: Apis): number {
  const { metadata, lifetimes } = client
  const renewable = metadata.grant_types.includes('refresh_token') ? lifetimes.refreshTokenAbsolute : 0
  return Math.max(renewable, lifetimes.authorizationCode) + longestAccessToken(client, apis) + MINUTE
}
