/** The providers that sign one in to one's account: linking one more, and unlinking. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasOtherWay } from '../../accounts/other-ways.ts'
import { type Duration, MINUTE } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { readQuery } from '../../http/form.ts'
import { readGuardedForm, tellNotOurs } from '../../http/form-guard.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import type { SignedIn } from '../../sessions/session.ts'
import { UpstreamError } from '../../upstream/upstream-error.ts'
import { requireFresh } from '../interaction/own-page.ts'
import { tellUpstream, told } from '../upstream/refused.ts'
import { sendToProvider } from '../upstream/send.ts'
import { linkPurpose, showLinked, unlinkPurpose } from './linked-view.ts'

/** Since the sign-in, with the second factor where there is one. */
const FRESH: Duration = 15 * MINUTE

export function linked(app: FastifyInstance, deps: Deps): void {
  const fresh = (request: FastifyRequest, reply: FastifyReply) =>
    requireFresh(deps, { request, reply }, { to: PAGES.linked, maxAge: FRESH, acr: 'aal2' })
  const back = (reply: FastifyReply, query = '') =>
    reply.redirect(`${pathBelow(deps.issuer, PAGES.linked)}${query}`, 303)

  app.get(PAGES.linked, async (request, reply) => {
    const signedIn = await fresh(request, reply)
    if ('answered' in signedIn) return signedIn.answered
    return showLinked(deps, { signedIn, request, reply, done: readQuery(request).find('done') })
  })
  // The address of a form, opened again.
  app.get(`${PAGES.linked}/:change`, (_request, reply) => back(reply))

  app.post(`${PAGES.linked}/link`, async (request, reply) => {
    const signedIn = await fresh(request, reply)
    if ('answered' in signedIn) return signedIn.answered
    const { session } = signedIn
    const { form, failed } = readGuardedForm(deps, request, linkPurpose(session))
    if (failed) tellNotOurs(deps, request, failed)
    const provider = deps.upstream.find(form.find('provider') ?? '')
    if (failed || provider === undefined) return back(reply)
    const sending = { provider, sessionId: session.id, freshSince: undefined, wantsStrong: false }
    try {
      return await sendToProvider(deps, { request, reply }, { ...sending, loginHint: undefined })
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      const { status, words } = told(deps, error, provider)
      tellUpstream(deps, request, { error, provider, status })
      return showLinked(deps, { signedIn, request, reply, refused: { status, words } })
    }
  })

  app.post(`${PAGES.linked}/unlink`, async (request, reply) => {
    const signedIn = await fresh(request, reply)
    if ('answered' in signedIn) return signedIn.answered
    const id = readQuery(request).find('id') ?? ''
    const { failed } = readGuardedForm(deps, request, unlinkPurpose(id, signedIn.session))
    if (failed) {
      tellNotOurs(deps, request, failed)
      return back(reply)
    }
    return back(reply, (await unlink(deps, signedIn, { id, request })) ? '?done=unlinked' : '')
  })
}

/** Never the last way in. */
async function unlink(
  deps: Deps,
  { account }: SignedIn,
  { id, request }: { id: string; request: FastifyRequest },
): Promise<boolean> {
  const { upstreamIdentities } = deps.storage
  const identity = (await upstreamIdentities.ofAccount(account.id)).find((one) => one.id === id)
  if (identity === undefined) return false
  const isUsable = (issuer: string): boolean => deps.upstream.ofIssuer(issuer) !== undefined
  if (!(await hasOtherWay(deps, account, { beside: identity, isUsable }))) return false
  if (!(await upstreamIdentities.unlink(id, account.id))) return false
  const provider = deps.upstream.ofIssuer(identity.issuer)?.id ?? identity.issuer
  deps.audit.record({ kind: 'upstream_unlinked', accountId: account.id, provider }, request)
  return true
}
