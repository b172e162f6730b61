/**
 * Somebody is sent to a provider, and comes back. What binds the two is the state, whose digest is kept, and the browser: nonce
 * and code verifier come of its secret, so nothing that is kept, and nothing that passes the provider, is enough to go on with.
 */
import { CLOCK_SKEW, type Clock, type Timestamp } from '../base/clock.ts'
import { type Duration, MINUTE } from '../base/duration.ts'
import { constantTimeEqual, sha256 } from '../base/hash.ts'
import { isSecretShaped, type Random, randomSecret } from '../base/random.ts'
import type { UpstreamProvider } from '../config/upstream-provider.ts'
import type { Storage, UpstreamRequest } from '../storage/storage.ts'
import { UpstreamError } from './upstream-error.ts'

/** To sign in there, with whatever it asks for. */
const LASTS: Duration = 10 * MINUTE

export interface RequestDeps {
  readonly storage: Pick<Storage, 'upstreamRequests'>
  readonly clock: Clock
  readonly random: Random
}

/** What goes to the provider in the open, and what only the browser can bring. */
export interface Secrets {
  readonly state: string
  /** OpenID Connect Core §15.5.2 */
  readonly nonce: string
  /** RFC 7636 §4.1 */
  readonly verifier: string
}

export interface Sending {
  readonly provider: UpstreamProvider
  readonly interactionId?: string
  readonly sessionId?: string
  /** The secret of its cookie. */
  readonly browser: string
  readonly browserHash: string
  readonly freshSince: Timestamp | undefined
}

/** @returns what the authorization request says */
export async function keepRequest(deps: RequestDeps, sending: Sending): Promise<Secrets> {
  const state = randomSecret(deps.random)
  const now = deps.clock.now()
  const { provider, interactionId, sessionId, browserHash, freshSince } = sending
  await deps.storage.upstreamRequests.insert({
    ...{ id: idOf(state), provider: provider.id, issuer: provider.issuer, interactionId, sessionId },
    ...{ browserHash, freshSince, createdAt: now, expiresAt: now + LASTS, usedAt: undefined },
  })
  return secretsOf(state, sending.browser)
}

/** Undefined: nobody was sent with it. */
export async function findSent(
  { storage }: Pick<RequestDeps, 'storage'>,
  state: string | undefined,
): Promise<UpstreamRequest | undefined> {
  return state !== undefined && isSecretShaped(state) ? storage.upstreamRequests.find(idOf(state)) : undefined
}

export interface Arriving {
  /** The provider whose address it came to. */
  readonly providerId: string
  /** Undefined: it has none of ours. */
  readonly browserHash: string | undefined
}

/**
 * Takes the answer for it; throws `UpstreamError` unless it comes in the browser that was sent, from where it was sent to, in time,
 * and for the first time. Nothing is used up by whoever is in another browser.
 */
export async function takeAnswer(
  { storage, clock }: Omit<RequestDeps, 'random'>,
  found: UpstreamRequest | undefined,
  { providerId, browserHash }: Arriving,
): Promise<UpstreamRequest> {
  if (found === undefined) throw new UpstreamError('upstream_state', { came: 'a state that is not known here' })
  if (browserHash === undefined || !constantTimeEqual(found.browserHash, browserHash)) {
    const came = browserHash === undefined ? 'no cookie' : 'the cookie of another browser'
    throw new UpstreamError('upstream_browser', { expected: 'the browser that was sent to the provider', came })
  }
  if (found.provider !== providerId) {
    throw new UpstreamError('upstream_issuer', { expected: `an answer of ${found.provider}`, came: providerId })
  }
  const now = clock.now()
  if (found.usedAt !== undefined) throw used()
  if (now >= found.expiresAt || now + CLOCK_SKEW < found.createdAt) {
    throw new UpstreamError('upstream_state', { came: 'a state that is over' })
  }
  if (!(await storage.upstreamRequests.use(found.id, now))) throw used()
  return found
}

const used = (): UpstreamError => new UpstreamError('upstream_state', { came: 'a state that was used already' })

const idOf = (state: string): string => sha256(`upstream:${state}`)

/** Of 256 bits that only the browser and we know, for a state that both and the provider do. */
export const secretsOf = (state: string, browser: string): Secrets => ({
  state,
  nonce: sha256(`upstream nonce:${state}:${browser}`),
  verifier: sha256(`upstream verifier:${state}:${browser}`),
})
