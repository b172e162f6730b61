/** All that is kept about somebody, for themselves: piece by piece, as events may be many. No secret is in it, nor anything of others. */

import { hasPassword } from '../../accounts/has-password.ts'
import type { AuditEventOf, AuditKind } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import { subjectOf } from '../../protocol/subject.ts'
import type { Account, ChainedEvent } from '../../storage/storage.ts'
import { accessOf, withClient } from './access.ts'
import { isByOther } from './event-actor.ts'

type DataDeps = Pick<Deps, 'storage' | 'clients' | 'clock' | 'issuer' | 'pairwiseKey'>

const MOST = 500
const PAGE = 500

const time = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString())

/** The pieces of one JSON document. */
export async function* collectedData(deps: DataDeps, account: Account): AsyncGenerator<string> {
  const { issuer, clock } = deps
  const head = {
    exported_at: time(clock.now()),
    issuer,
    account: accountPart(account),
    sign_in: await signInPart(deps, account),
    sessions: await sessionsPart(deps, account),
    apps: await appsPart(deps, account),
    notices: (await deps.storage.securityNotices.ofAccount(account.id, MOST)).map(({ kind, clientId, createdAt }) => ({
      kind,
      client_id: clientId,
      at: time(createdAt),
    })),
  }
  // The list of events is the last member, and is written as it is read.
  yield `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n  "events": [`
  let separator = '\n    '
  for await (const event of eventsOf(deps, account.id)) {
    yield `${separator}${JSON.stringify(eventPart(event, account.id))}`
    separator = ',\n    '
  }
  yield '\n  ]\n}\n'
}

const accountPart = ({ id, username, claims, origin, createdAt, updatedAt }: Account) => ({
  sub: id,
  username,
  claims,
  ...(origin !== undefined && { origin }),
  created_at: time(createdAt),
  updated_at: time(updatedAt),
})

async function signInPart({ storage, clock }: DataDeps, account: Account) {
  const [passkeys, linked, totp, codes, browsers] = await Promise.all([
    storage.passkeys.ofAccount(account.id),
    storage.upstreamIdentities.ofAccount(account.id),
    storage.totps.find(account.id),
    storage.recoveryCodes.count(account.id),
    storage.rememberedDevices.ofAccount(account.id, clock.now()),
  ])
  return {
    password: hasPassword(account),
    passkeys: passkeys.map(({ name, createdAt, lastUsedAt }) => ({
      ...{ name, added_at: time(createdAt), last_used_at: time(lastUsedAt) },
    })),
    linked: linked.map(({ issuer, subject, label, linkedAt, lastUsedAt }) => ({
      ...{ issuer, sub: subject, label, linked_at: time(linkedAt), last_used_at: time(lastUsedAt) },
    })),
    authenticator_app: totp && { added_at: time(totp.createdAt), last_used_at: time(totp.lastUsedAt) },
    recovery_codes: codes,
    remembered_browsers: browsers.map(({ createdAt, expiresAt }) => ({
      since: time(createdAt),
      until: time(expiresAt),
    })),
  }
}

async function sessionsPart({ storage, clock }: DataDeps, { id }: Account) {
  const sessions = await storage.sessions.ofAccount(id, { now: clock.now(), limit: MOST })
  return sessions.map(({ id: sid, createdAt, authenticatedAt, lastSeenAt, expiresAt, amr, userAgent, address }) => ({
    ...{ sid, created_at: time(createdAt), signed_in_at: time(authenticatedAt), amr },
    ...{ last_seen_at: time(lastSeenAt), expires_at: time(expiresAt), user_agent: userAgent, address },
  }))
}

async function appsPart(deps: DataDeps, { id }: Account) {
  const all = await Promise.all((await accessOf(deps, id)).map((access) => withClient(deps, access)))
  return all.map(({ clientId, client, scopes, claims, resources, since, lastAt, staysConnected }) => ({
    client_id: clientId,
    name: client?.metadata.client_name,
    // What it knows them by.
    sub: client && subjectOf(client, id, deps.pairwiseKey),
    ...{ scopes, claims, resources, since: time(since), last_used_at: time(lastAt), stays_connected: staysConnected },
  }))
}

/** Newest first. */
async function* eventsOf({ storage }: DataDeps, accountId: string): AsyncGenerator<ChainedEvent> {
  let from: { until: number; skip: number } | undefined
  for (;;) {
    const page: readonly ChainedEvent[] = await storage.auditEvents.ofAccount(accountId, { ...from, limit: PAGE })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    const same = page.filter(({ at }) => at === last.at).length
    from = { until: last.at + 1, skip: same + (from?.until === last.at + 1 ? from.skip : 0) }
  }
}

/** Who looks after this, and from where, is nobody else's business; nor are the numbers by which we find things. */
function eventPart({ at, kind, fields }: ChainedEvent, accountId: string): object {
  const {
    actor,
    accountId: _whose,
    requestId: _request,
    flowId: _flow,
    address,
    userAgent,
    ...said
  } = JSON.parse(fields) as AuditEventOf<AuditKind> & Record<string, unknown>
  const byOther = isByOther(actor as string | undefined, accountId)
  return { at: time(at), ...said, kind, ...(byOther ? { by: 'operator' } : { address, user_agent: userAgent }) }
}
