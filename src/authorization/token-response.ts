/** Signs what was decided: RFC 6749 §5.1 and OpenID Connect Core §3.1.3.3. */
import { toSeconds } from '../base/clock.ts'
import type { Deps } from '../deps.ts'
import { jwtForClient } from '../keys/for-client.ts'
import type { ResponseFields } from '../protocol/authorization-response.ts'
import type { Client } from '../protocol/client.ts'
import type { LiveGrant } from '../protocol/grant.ts'
import type { Issue } from '../protocol/grant-types/grant-type.ts'
import { type AccessTokenTarget, ownTarget } from '../protocol/resource.ts'
import { type KnownAs, knownAs } from '../protocol/subject.ts'
import { accessTokenClaims } from '../protocol/tokens/access-token.ts'
import { ID_TOKEN_TYPE, idTokenClaims } from '../protocol/tokens/id-token.ts'
import { refreshToken } from '../protocol/tokens/refresh-token.ts'
import type { ResponseType } from '../protocol/vocabulary.ts'

type SigningDeps = Pick<
  Deps,
  'issuer' | 'apis' | 'keyRing' | 'clientKeys' | 'refreshTokenKey' | 'pairwiseKey' | 'clock' | 'random'
>

type Subject = LiveGrant & { readonly knownAs: KnownAs }

export async function tokenResponse(
  deps: SigningDeps,
  client: Client,
  issue: Issue,
): Promise<Readonly<Record<string, unknown>>> {
  const { scopes, refreshGeneration } = issue
  const subject = subjectFor(deps, client, issue)
  const target = issue.target ?? ownTarget({ client, scopes }, deps)
  const accessToken = await signAccessToken(deps, client, subject, target)
  const idToken = await signIdToken(deps, client, { ...issue, subject }, accessToken)
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: toSeconds(target.lifetime),
    // RFC 6749 §5.1: also that an API understands none of what was asked for.
    ...((scopes.length > 0 || issue.target) && { scope: target.scopes.join(' ') }),
    ...(subject &&
      refreshGeneration !== undefined && {
        refresh_token: refreshToken(deps.refreshTokenKey, subject.grant, refreshGeneration),
      }),
    ...(idToken && { id_token: idToken }),
  }
}

/** OpenID Connect Core §3.2.2.5: what the authorization endpoint itself gives, as texts. */
export async function implicitResponse(
  deps: SigningDeps,
  client: Client,
  issue: Issue,
  responseType: Exclude<ResponseType, 'code'>,
): Promise<ResponseFields> {
  if (responseType === 'id_token') {
    const subject = subjectFor(deps, client, issue)
    return { id_token: String(await signIdToken(deps, client, { ...issue, subject }, undefined)) }
  }
  const response = await tokenResponse(deps, client, issue)
  return Object.fromEntries(Object.entries(response).map(([name, value]) => [name, String(value)]))
}

const subjectFor = ({ pairwiseKey }: SigningDeps, client: Client, { subject }: Issue): Subject | undefined =>
  subject && { ...subject, knownAs: knownAs(client, subject.grant, pairwiseKey) }

function signAccessToken(
  deps: SigningDeps,
  client: Client,
  subject: Subject | undefined,
  target: AccessTokenTarget,
): Promise<string> {
  const claims = accessTokenClaims({
    issuer: deps.issuer,
    client,
    subject,
    target,
    serial: deps.random.bytes(16).toString('base64url'),
    now: deps.clock.now(),
  })
  return deps.keyRing.sign(target.algorithm, target.typ, claims)
}

async function signIdToken(
  deps: SigningDeps,
  client: Client,
  { subject, scopes, idToken }: Pick<Issue, 'scopes' | 'idToken'> & { readonly subject: Subject | undefined },
  accessToken: string | undefined,
): Promise<string | undefined> {
  if (subject === undefined || idToken === undefined) return undefined
  const nonce = idToken === 'first' ? subject.grant.nonce : undefined
  const claims = idTokenClaims({
    issuer: deps.issuer,
    client,
    subject,
    scopes,
    accessToken,
    nonce,
    now: deps.clock.now(),
  })
  return jwtForClient(deps, client, { response: 'id_token', typ: ID_TOKEN_TYPE, claims })
}
