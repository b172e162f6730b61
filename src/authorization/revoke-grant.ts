/** The end of a grant, and what a theft that was noticed leads to: RFC 6749 §4.1.2, RFC 7009 §2.1, RFC 9700 §4.14.2. */
import type { FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import type { Grant, RevocationReason } from '../protocol/records.ts'
import { THEFTS, type Theft } from '../storage/storage.ts'

/** Everything that came of the grant ends; where that means theft, its owner and whoever wants to know are told. */
export async function revokeGrant(
  deps: Pick<Deps, 'audit' | 'config' | 'storage' | 'deliveries' | 'clock'>,
  { grant, because }: { grant: Pick<Grant, 'id' | 'accountId' | 'clientId'>; because: RevocationReason },
  request: FastifyRequest,
): Promise<void> {
  const { storage, deliveries } = deps
  const now = deps.clock.now()
  const isSent = deps.config.notifications !== undefined
  const isTheft = isOneOfThefts(because)
  const isFirst = isTheft
    ? await storage.securityNotices.revokeStolen(grant.id, { because, now, isSent })
    : await storage.grants.revoke(grant.id, now, because)
  if (!isFirst) return
  const { id: grantId, accountId, clientId } = grant
  await deps.audit.recordNow({ kind: 'grant_revoked', grantId, accountId, clientId, because }, request)
  if (isTheft && isSent) deliveries.kick()
}

const isOneOfThefts = (because: RevocationReason): because is Theft => THEFTS.some((theft) => theft === because)
