/** Signing out in every browser and at every app: one button on the home page, for whoever has lost a phone, say. */
import type { FastifyInstance } from 'fastify'
import { signOutEverywhere as endAll } from '../accounts/account-changes.ts'
import { dropSessions, everybodyHere } from '../authorization/browser-sessions.ts'
import { leave } from '../authorization/sign-out.ts'
import type { Deps } from '../deps.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { formAbout } from './form-about.ts'

/** What the token of the form is good for. */
export const everywherePurpose = (sessionId: string): string => `sign-out-everywhere/${sessionId}`

const NOBODY_ASKED = { client: undefined, target: undefined }

export function signOutEverywhere(app: FastifyInstance, deps: Deps): void {
  app.post(PAGES.signOutEverywhere, async (request, reply) => {
    const here = await everybodyHere(deps, request)
    const { signedIn } = formAbout(deps, request, { here, purpose: everywherePurpose })
    if (here.length === 0) return leave(deps, NOBODY_ASKED, reply)
    if (signedIn === undefined) return reply.redirect(pathBelow(deps.issuer, PAGES.home), 303)
    const { account } = signedIn
    const ended = await endAll(deps.storage, account.id, deps.clock.now())
    // Apps are told by their servers (back-channel logout).
    deps.deliveries.kick()
    await deps.audit.recordNow({ kind: 'signed_out_everywhere', accountId: account.id, ...ended }, request)
    // The other accounts of this browser stay.
    await dropSessions(deps, [signedIn.session.id], { request, reply })
    return leave(deps, NOBODY_ASKED, reply)
  })
}
