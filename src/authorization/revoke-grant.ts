/** The end of a grant, and what a theft that was noticed leads to: RFC 6749 §4.1.2, RFC 7009 §2.1, RFC 9700 §4.14.2. */
import type { FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import type { Grant, RevocationReason } from '../protocol/records.ts'
import { THEFTS, type Theft } from '../storage/storage.ts'
import { mailNotice } from './mailed-notice.ts'

/** Everything that came of the grant ends; where that means theft, its owner and whoever wants to know are told. */
export async function revokeGrant(
  deps: Pick<Deps, 'audit' | 'clients' | 'config' | 'storage' | 'deliveries' | 'mailer' | 'clock'>,
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
  if (isTheft && deps.mailer.isOn) await mailTheft(deps, grant, request)
}

/** Where there is a notice: of the thefts of one app within an hour the first alone is told. */
async function mailTheft(
  deps: Pick<Deps, 'clients' | 'config' | 'storage' | 'mailer' | 'clock'>,
  { id, accountId, clientId }: Pick<Grant, 'id' | 'accountId' | 'clientId'>,
  { log, flowId }: FastifyRequest,
): Promise<void> {
  const notice = await deps.storage.securityNotices.find(id)
  const account = notice && (await deps.storage.accounts.find(accountId))
  if (account === undefined) return
  const client = (await deps.clients.find(clientId))?.metadata.client_name ?? clientId
  await mailNotice(deps, { mail: 'family_revoked', account, values: { client }, flowId }, log)
}

const isOneOfThefts = (because: RevocationReason): because is Theft => THEFTS.some((theft) => theft === because)
