/** Which clients take part in a session: OpenID Connect Back-Channel Logout §2.3. */
import type { KeyObject } from 'node:crypto'
import type { Client } from '../protocol/client.ts'
import { subjectOf } from '../protocol/subject.ts'
import type { SignedIn } from '../sessions/session.ts'
import type { Grant, SessionClient } from '../storage/storage.ts'

/** Undefined: it has nowhere to be told of the session's end, or gets no ID token and so knows of no session. */
export function sessionClient(
  client: Client,
  grant: Pick<Grant, 'scopes'>,
  { session, account, pairwiseKey }: SignedIn & { readonly pairwiseKey: KeyObject },
): SessionClient | undefined {
  const { id: clientId, metadata } = client
  const hasBackChannel = metadata.backchannel_logout_uri !== undefined
  const hasFrontChannel = metadata.frontchannel_logout_uri !== undefined
  if (!(hasBackChannel || hasFrontChannel) || !grant.scopes.includes('openid')) return undefined
  return {
    ...{ sessionId: session.id, clientId, accountId: account.id, subject: subjectOf(client, account.id, pairwiseKey) },
    ...{ hasBackChannel, hasFrontChannel, expiresAt: session.expiresAt },
  }
}
