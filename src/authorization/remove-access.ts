/** Somebody takes an app's access to their account away: what they allowed it, and all that came of it. */
import type { FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'

/** False when there was nothing to take away. */
export async function removeAccess(
  { storage, deliveries, audit, clock }: Pick<Deps, 'storage' | 'deliveries' | 'audit' | 'clock'>,
  of: { readonly accountId: string; readonly clientId: string },
  request: FastifyRequest,
): Promise<boolean> {
  const now = clock.now()
  // First what lets it in again without a question, then what it has.
  const hadConsent = await storage.consents.remove(of.accountId, of.clientId)
  const grants = await storage.grants.revokeByClient(of, now, 'access_removed')
  // Where somebody is signed on to it, it is told that this is over (OpenID Connect Back-Channel Logout §2.5).
  const told = await storage.sessionClients.tellClient(of, now)
  if (told > 0) deliveries.kick()
  if (!hadConsent && grants === 0 && told === 0) return false
  await audit.recordNow({ kind: 'access_removed', ...of, grants }, request)
  return true
}
