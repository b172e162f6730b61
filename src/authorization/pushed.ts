/** The one use of a pushed request: RFC 9126 §4 and §7.3. */
import type { FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { browserHash, browserSecret } from '../http/browser.ts'
import { findInteraction, isOver } from '../sessions/interaction.ts'
import type { Interaction, PushedRequest } from '../storage/storage.ts'

/** False for whoever comes too late: of several at once, one goes on. */
export const useUp = (
  { storage, clock }: Pick<Deps, 'storage' | 'clock'>,
  { id }: PushedRequest,
  interactionId?: string,
): Promise<boolean> => storage.pushedRequests.use(id, { now: clock.now(), interactionId })

/**
 * Where the use of this request led to, as long as the person is there: whoever reloads the address goes on with the
 * sign-in that it began, in the same browser alone. Undefined: it is over, another browser's, or was answered at once.
 */
export async function findBegun(
  deps: Pick<Deps, 'storage' | 'lifetimes' | 'clock' | 'random' | 'cookies'>,
  { interactionId }: PushedRequest,
  request: FastifyRequest,
): Promise<Interaction | undefined> {
  const secret = browserSecret(deps.cookies, request)
  if (interactionId === undefined || secret === undefined) return undefined
  const found = await findInteraction(deps, interactionId)
  if (found === undefined || isOver(found, deps.clock.now())) return undefined
  return found.browserHash === browserHash(secret) ? found : undefined
}
