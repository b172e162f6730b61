/** The one place that speaks OpenID Connect as a client: by openid-client, which is loaded with the first request to a provider. */
import type { Configuration } from 'openid-client'
import { sha256 } from '../base/hash.ts'
import type { UpstreamProvider } from '../config/upstream-provider.ts'
import { type Egress, EgressError } from '../egress/egress.ts'
import { clipped, withoutLookalikes } from '../protocol/checks.ts'
import type { UpstreamClaims } from './claims.ts'
import type { Secrets } from './request.ts'
import { UpstreamError } from './upstream-error.ts'

type Client = typeof import('openid-client')

/** A provider that has been asked who it is. */
export interface Known {
  readonly client: Client
  readonly configuration: Configuration
  /** Seconds by which our clock is ahead of the library's. */
  readonly skew: number
}

/** Discovery documents and key sets of large providers are some ten KiB. */
const MAX_BYTES = 262_144

/** OpenID Connect Discovery §4. Rejects with whatever came of it; `asUpstreamError` says it in our words. */
export async function discover(
  provider: UpstreamProvider,
  { egress, skew }: { egress: Egress; skew: number },
): Promise<Known> {
  const client = await import('openid-client')
  const isPlain = provider.issuer.startsWith('http:')
  const configuration = await client.discovery(
    new URL(provider.issuer),
    provider.clientId,
    { [client.clockSkew]: skew },
    authenticationOf(client, provider),
    {
      [client.customFetch]: (url, { method, headers, body }) => sent(egress, url, { method, headers, body }),
      // The signature of an ID token is looked at however it came.
      execute: [client.enableNonRepudiationChecks, ...(isPlain ? [client.allowInsecureRequests] : [])],
    },
  )
  const { issuer } = configuration.serverMetadata()
  // OpenID Connect Discovery §4.3: exactly. The library makes exceptions for providers of many issuers.
  if (issuer !== provider.issuer) {
    throw new UpstreamError('upstream_issuer', { expected: provider.issuer, came: clipped(withoutLookalikes(issuer)) })
  }
  return { client, configuration, skew }
}

function authenticationOf(client: Client, { authentication, clientSecret }: UpstreamProvider) {
  switch (authentication) {
    case 'client_secret_basic':
      return client.ClientSecretBasic(clientSecret)
    case 'client_secret_post':
      return client.ClientSecretPost(clientSecret)
    case 'none':
      return client.None()
  }
}

/** By the one way out, with its limits and its judgement of addresses. */
async function sent(
  egress: Egress,
  url: string,
  { method, headers, body }: { method: string; headers: Record<string, string>; body: unknown },
): Promise<Response> {
  if (method !== 'GET' && method !== 'POST') throw new Error(`no request of ours is a ${method}`)
  const text = body === undefined || body === null ? undefined : String(body)
  const answer = await egress.send(url, {
    ...{ method, headers, maxBytes: MAX_BYTES },
    ...(text !== undefined && { body: text }),
  })
  const hasBody = answer.status !== 204 && answer.status !== 205
  return new Response(hasBody ? answer.body : null, {
    status: answer.status,
    headers: { 'content-type': answer.contentType ?? '', ...challengeOf(answer.headers.get('www-authenticate')) },
  })
}

const challengeOf = (value: string | null): Record<string, string> =>
  value === null ? {} : { 'www-authenticate': value }

export interface Asking extends Secrets {
  readonly redirectUri: string
  /** Seconds; undefined: however long ago they signed in there. */
  readonly maxAge: number | undefined
  /** Two factors are wanted. */
  readonly wantsStrong: boolean
  readonly loginHint: string | undefined
  readonly language: string
}

/** OpenID Connect Core §3.1.2.1, RFC 7636 §4.3. */
export function authorizationAddress(
  { client, configuration }: Known,
  provider: UpstreamProvider,
  asking: Asking,
): URL {
  const prompt = asking.maxAge === 0 ? 'login' : provider.prompt
  return client.buildAuthorizationUrl(configuration, {
    redirect_uri: asking.redirectUri,
    scope: provider.scope,
    state: asking.state,
    nonce: asking.nonce,
    code_challenge: sha256(asking.verifier),
    code_challenge_method: 'S256',
    ui_locales: asking.language,
    ...(prompt !== undefined && { prompt }),
    ...(asking.maxAge !== undefined && { max_age: String(asking.maxAge) }),
    ...(asking.wantsStrong && provider.trustedAcrs.length > 0 && { acr_values: provider.trustedAcrs.join(' ') }),
    ...(asking.loginHint !== undefined && { login_hint: asking.loginHint }),
  })
}

export interface Answered extends Secrets {
  /** Where the browser came to, with its query. */
  readonly url: URL
}

export interface UpstreamAnswer {
  readonly issuer: string
  readonly subject: string
  /** Of the ID token, and of userinfo where that was needed. */
  readonly claims: UpstreamClaims
  /** Of the ID token alone. */
  readonly told: UpstreamClaims
}

/** OpenID Connect Core §3.1.3, RFC 9207 §2.4. Rejects with `UpstreamError`. */
export async function askProvider(
  { client, configuration }: Known,
  provider: UpstreamProvider,
  { url, state, nonce, verifier }: Answered,
): Promise<UpstreamAnswer> {
  const issuer = url.searchParams.get('iss')
  if (issuer !== null && issuer !== provider.issuer) {
    throw new UpstreamError('upstream_issuer', { expected: provider.issuer, came: clipped(withoutLookalikes(issuer)) })
  }
  try {
    const tokens = await client.authorizationCodeGrant(configuration, url, {
      ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
    })
    const told = tokens.claims()
    if (told === undefined || !isSubject(told.sub)) {
      throw new UpstreamError('upstream_id_token', { came: 'no sub that could be one' })
    }
    const isComplete = wantedClaims(provider).every((name) => told[name] !== undefined)
    const canAsk = configuration.serverMetadata().userinfo_endpoint !== undefined
    const more = isComplete || !canAsk ? {} : await client.fetchUserInfo(configuration, tokens.access_token, told.sub)
    return { issuer: told.iss, subject: told.sub, claims: { ...more, ...told }, told }
  } catch (error) {
    throw asUpstreamError(error)
  }
}

/** OpenID Connect Core §2: 255 ASCII characters at most; some go beyond that, and none is empty. */
const isSubject = (sub: string): boolean => sub !== '' && sub.length <= 500 && !/\p{Cc}/u.test(sub)

const wantedClaims = ({ claims, require, allowedDomains }: UpstreamProvider): readonly string[] => [
  ...Object.values(claims),
  ...require.map(({ claim }) => claim),
  ...(allowedDomains.length > 0 ? ['email', 'email_verified'] : []),
]

/** What the library and the way out throw, in our words. */
export function asUpstreamError(error: unknown): UpstreamError {
  const chain = causesOf(error)
  const known = chain.find((one) => one instanceof UpstreamError)
  if (known !== undefined) return known
  const lost = chain.find((one) => one instanceof EgressError)
  if (lost !== undefined) return new UpstreamError('upstream_unreachable', { came: lost.summary }, { cause: error })
  const code = chain.map(({ code }) => code).find((one) => typeof one === 'string')
  const words = chain.map(({ message }) => message)
  const said = clipped(withoutLookalikes(words.at(-1) ?? ''))
  switch (code) {
    case 'OAUTH_AUTHORIZATION_RESPONSE_ERROR':
      return ofAnswer(chain)
    case 'OAUTH_RESPONSE_BODY_ERROR':
    case 'OAUTH_WWW_AUTHENTICATE_CHALLENGE':
      return new UpstreamError('upstream_response', { came: errorOf(chain) ?? said }, { cause: error })
    case 'OAUTH_TIMEOUT':
      return new UpstreamError('upstream_unreachable', { came: 'it took too long' }, { cause: error })
    default: {
      const isOfToken = OF_TOKEN.has(code ?? '') || words.some((text) => /JWT|JWS|ID Token|nonce|"sub"/.test(text))
      return new UpstreamError(isOfToken ? 'upstream_id_token' : 'upstream_response', { came: said }, { cause: error })
    }
  }
}

const OF_TOKEN: ReadonlySet<string> = new Set([
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
])

/** RFC 6749 §4.1.2.1 */
function ofAnswer(chain: readonly Cause[]): UpstreamError {
  const came = errorOf(chain) ?? 'an error'
  return new UpstreamError(came.startsWith('access_denied') ? 'upstream_denied' : 'upstream_error', { came })
}

/** The code and the words of an error that the provider sent. */
function errorOf(chain: readonly Cause[]): string | undefined {
  const found = chain.find(({ error }) => typeof error === 'string')
  if (found === undefined) return undefined
  const description = typeof found.error_description === 'string' ? `: ${found.error_description}` : ''
  return clipped(withoutLookalikes(`${String(found.error)}${description}`).replace(/\p{Cc}/gu, ' '))
}

interface Cause extends Error {
  readonly code?: unknown
  readonly error?: unknown
  readonly error_description?: unknown
}

function causesOf(error: unknown): readonly Cause[] {
  const causes: Cause[] = []
  for (let one = error; one instanceof Error && causes.length < 6; one = one.cause) causes.push(one as Cause)
  return causes
}
