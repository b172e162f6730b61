/**
 * The tokens that an account would get at a client, made by the same functions as the real ones, and by nobody kept:
 * no row is written, and of what is signed only header and claims come out.
 */
import { createSecretKey, type KeyObject } from 'node:crypto'
import { sha256 } from '../base/hash.ts'
import type { Deps } from '../deps.ts'
import { encodePart } from '../keys/token.ts'
import { parseAuthorizationRequest } from '../protocol/authorization-request.ts'
import type { Client } from '../protocol/client.ts'
import { isUserinfoJwt } from '../protocol/client-responses.ts'
import { authorizationCodeGrant } from '../protocol/grant-types/authorization-code.ts'
import type { Issue } from '../protocol/grant-types/grant-type.ts'
import { readParameters } from '../protocol/parameters.ts'
import type { Account, Grant, Session } from '../protocol/records.ts'
import { proveRedirectTarget } from '../protocol/redirect-target.ts'
import { resourceTarget } from '../protocol/resource.ts'
import { readAccessToken } from '../protocol/tokens/access-token.ts'
import { authorizationCode } from '../protocol/tokens/authorization-code.ts'
import { userinfoClaims, userinfoRefusal } from '../protocol/userinfo.ts'
import type { ResponseType, SigningAlgorithm } from '../protocol/vocabulary.ts'
import { newGrant } from './answer.ts'
import { implicitResponse, tokenResponse } from './token-response.ts'

export interface PreviewDeps extends Pick<Deps, 'issuer' | 'apis' | 'clock' | 'random'> {
  readonly implicitFlow: boolean
  readonly pairwiseKey: KeyObject
  /** The key that signs now; undefined: there is none yet. */
  kidOf(algorithm: SigningAlgorithm): string | undefined
}

/** What the client asks for, as it would send it. */
export interface PreviewRequest {
  readonly scope: string
  readonly resources: readonly string[]
  /** The claims parameter (OpenID Connect Core §5.5). */
  readonly claims: string | undefined
  /** How whoever signs in proves who they are. */
  readonly amr: readonly string[]
}

type Claims = Readonly<Record<string, unknown>>

export interface PreviewedToken {
  readonly header: Claims
  readonly claims: Claims
}

export type PreviewedUserinfo =
  | { readonly claims: Claims }
  /** RFC 6750 §3.1 */
  | { readonly refused: 'invalid_token' | 'insufficient_scope' }

export interface Preview {
  /** What was granted of what was asked for. */
  readonly scopes: readonly string[]
  readonly idToken: PreviewedToken | undefined
  readonly accessToken: PreviewedToken | undefined
  /** Undefined: there is no access token to ask with. */
  readonly userinfo: PreviewedUserinfo | undefined
}

/** What is another one each time, in the place of its value. */
const PLACEHOLDERS: Claims = {
  jti: '(random, another one for each token)',
  sid: '(of the session)',
  at_hash: '(of the access token)',
  nonce: '(as the app sent it)',
}

const VERIFIER = 'preview-preview-preview-preview-preview-preview'

/**
 * Rejects with the OAuthError that such a request would get. That the account may be disabled, and that encrypted tokens
 * are shown as they are before that, is for the caller to say.
 */
export async function previewTokens(
  given: PreviewDeps,
  { account, client, request }: { account: Account; client: Client; request: PreviewRequest },
): Promise<Preview> {
  const now = given.clock.now()
  // All of it is of one moment: a code is redeemed and a session is asked about as soon as they are made.
  const deps = { ...given, clock: { now: () => now } }
  const readable = unencrypted(client)
  const parameters = readParameters(authorizationQuery(readable, request))
  const asked = { client: readable, target: proveRedirectTarget(readable, parameters) }
  const wanted = parseAuthorizationRequest(parameters, readable, deps)
  const signedIn = { account: { ...account, disabledAt: undefined }, session: sessionOf(account, request, deps) }
  const { grant, secret } = newGrant(deps, { asked, wanted, signedIn })
  const issuing = { ...deps, ...unsigned(deps), refreshTokenKey: createSecretKey(deps.random.bytes(32)) }
  const facts = { grant, account: signedIn.account, session: signedIn.session }
  const response =
    wanted.responseType === 'code'
      ? await tokenResponse(issuing, readable, redeemed(issuing, { client: readable, request, secret, facts }))
      : await implicitResponse(issuing, readable, implicitIssue(deps, readable, facts), wanted.responseType)
  const accessToken = opened(response['access_token'])
  const subject = { grant, account: signedIn.account }
  return {
    scopes: grant.scopes,
    idToken: shown(opened(response['id_token'])),
    accessToken: shown(accessToken),
    userinfo: accessToken && userinfo(deps, readable, { subject, claims: accessToken.claims }),
  }
}

/** Encrypted ones could be read by the client alone. */
function unencrypted(client: Client): Client {
  const { id_token_encrypted_response_alg: _, userinfo_encrypted_response_alg: __, ...metadata } = client.metadata
  return { ...client, metadata }
}

function authorizationQuery({ id, metadata }: Client, { scope, resources, claims }: PreviewRequest): string {
  const query = new URLSearchParams({
    client_id: id,
    response_type: responseTypeOf(metadata.response_types),
    redirect_uri: metadata.redirect_uris[0] ?? '',
    scope,
    nonce: String(PLACEHOLDERS['nonce']),
    code_challenge: sha256(VERIFIER),
    code_challenge_method: 'S256',
  })
  for (const resource of resources) query.append('resource', resource)
  if (claims !== undefined) query.set('claims', claims)
  return query.toString()
}

/** The one with the most in it. */
const responseTypeOf = (types: readonly ResponseType[]): string =>
  types.find((type) => type === 'code') ?? types.find((type) => type === 'id_token token') ?? types[0] ?? 'code'

function sessionOf({ id }: Account, { amr }: PreviewRequest, { clock }: PreviewDeps): Session {
  const now = clock.now()
  return {
    ...{ id: String(PLACEHOLDERS['sid']), accountId: id, secretHash: '', amr },
    ...{ authenticatedAt: now, createdAt: now, lastSeenAt: now, expiresAt: now + 1, endedAt: undefined },
    ...{ userAgent: undefined, address: undefined },
  }
}

type Facts = { readonly grant: Grant; readonly account: Account; readonly session: Session }

/** The code is redeemed at once: by the rules of the token endpoint, without its writes. */
function redeemed(
  deps: PreviewDeps & { refreshTokenKey: KeyObject },
  { client, request, secret, facts }: { client: Client; request: PreviewRequest; secret: string; facts: Facts },
): Issue {
  const form = new URLSearchParams({
    code: authorizationCode({ grantId: facts.grant.id, secret }),
    redirect_uri: facts.grant.redirectUri,
    code_verifier: VERIFIER,
  })
  for (const resource of request.resources) form.append('resource', resource)
  const context = { refreshTokenKey: deps.refreshTokenKey, refreshRetryWindow: 0, resources: deps }
  const asked = authorizationCodeGrant.parse(readParameters(form.toString()), client, context)
  const decision = asked.decide(facts, deps.clock.now())
  if (decision.kind === 'refuse') throw decision.error
  return decision.issue
}

const implicitIssue = (deps: PreviewDeps, client: Client, { grant, account }: Facts): Issue => ({
  scopes: grant.scopes,
  ...resourceTarget(undefined, { client, scopes: grant.scopes, granted: grant.resources }, deps),
  subject: { grant, account },
  refreshGeneration: undefined,
  idToken: 'first',
})

/** In place of the key ring: what it would sign, with nothing where the signature would be. */
const unsigned = ({ kidOf }: PreviewDeps) => ({
  keyRing: {
    async sign(algorithm: SigningAlgorithm, typ: string, claims: Claims): Promise<string> {
      const header = { alg: algorithm, typ, kid: kidOf(algorithm) ?? '(made when the server first starts)' }
      return `${encodePart(header)}.${encodePart(claims)}.`
    },
  } as Deps['keyRing'],
  clientKeys: { encryptionKey: async () => undefined } as unknown as Deps['clientKeys'],
})

/** Without its signature, if it has one (HS256). */
function opened(token: unknown): PreviewedToken | undefined {
  if (typeof token !== 'string') return undefined
  const [header = '', claims = ''] = token.split('.')
  return { header: partOf(header), claims: partOf(claims) }
}

const partOf = (part: string): Claims => JSON.parse(Buffer.from(part, 'base64url').toString())

const shown = (token: PreviewedToken | undefined): PreviewedToken | undefined =>
  token && {
    header: token.header,
    claims: Object.fromEntries(
      Object.entries(token.claims).map(([name, value]) => [name, PLACEHOLDERS[name] ?? value]),
    ),
  }

function userinfo(
  { issuer, clock }: PreviewDeps,
  client: Client,
  { subject, claims }: { subject: Pick<Facts, 'grant' | 'account'>; claims: Claims },
): PreviewedUserinfo {
  const token = readAccessToken(claims, issuer, clock.now())
  const refused = token === undefined ? 'invalid_token' : userinfoRefusal(token, { issuer })
  if (token === undefined || refused !== undefined) return { refused: refused ?? 'invalid_token' }
  const answer = userinfoClaims(subject, { subject: token.subject, scopes: token.scopes, client })
  return { claims: isUserinfoJwt(client.metadata) ? { ...answer, iss: issuer, aud: client.id } : answer }
}
