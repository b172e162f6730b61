/** Back from a provider that is to be linked to the account of who is signed in. */
import type { FastifyReply } from 'fastify'
import { newIdentifier } from '../../base/identifier.ts'
import type { Deps } from '../../deps.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { findSignedIn, type SignedIn } from '../../sessions/session.ts'
import { labelOf } from '../../upstream/claims.ts'
import type { UpstreamAnswer } from '../../upstream/openid.ts'
import { UpstreamError } from '../../upstream/upstream-error.ts'
import { showLinked } from '../account/linked-view.ts'
import type { Back } from './back.ts'
import { pageOfItsOwn, tellUpstream, told } from './refused.ts'

export async function linkBack(deps: Deps, back: Back): Promise<FastifyReply> {
  const { provider, sent, request, reply } = back
  const page = pathBelow(deps.issuer, PAGES.linked)
  const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
  // Signed out meanwhile, or somebody else: nothing of theirs is linked.
  if (signedIn === undefined || signedIn.session.id !== sent.sessionId) {
    const came = signedIn === undefined ? 'nobody is signed in' : 'another session'
    throw pageOfItsOwn(new UpstreamError('upstream_state', { expected: 'the session that links', came }), page)
  }
  request.accountId = signedIn.account.id
  try {
    await link(deps, { signedIn, back, answer: await back.ask() })
    return reply.redirect(`${page}?done=linked`, 303)
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    const { status, words } = told(deps, error, provider)
    tellUpstream(deps, request, { error, provider, status })
    return showLinked(deps, { signedIn, request, reply, refused: { status, words } })
  }
}

async function link(
  deps: Deps,
  { signedIn, back, answer }: { signedIn: SignedIn; back: Back; answer: UpstreamAnswer },
): Promise<void> {
  const { upstreamIdentities } = deps.storage
  const { id: accountId } = signedIn.account
  const { issuer, subject, claims } = answer
  const now = deps.clock.now()
  const identity = { id: newIdentifier(now, deps.random), issuer, subject, accountId, label: labelOf(claims) }
  if (await upstreamIdentities.link({ ...identity, linkedAt: now, lastUsedAt: now })) {
    const event = { accountId, provider: back.provider.id, madeAccount: false }
    deps.audit.record({ kind: 'upstream_linked', ...event }, back.request)
    return
  }
  const known = await upstreamIdentities.find(issuer, subject)
  if (known?.accountId !== accountId) throw new UpstreamError('upstream_linked', { came: 'a subject that is linked' })
}
