/** Signing out in every browser and at every app: one button on the home page, for whoever has lost a phone, say. */
import type { FastifyInstance } from 'fastify'
import { signOutEverywhere as endAll } from '../accounts/account-changes.ts'
import { keepState } from '../authorization/session-state.ts'
import { leave } from '../authorization/sign-out.ts'
import type { Deps } from '../deps.ts'
import { readGuardedForm } from '../http/form-guard.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { findSession } from '../sessions/session.ts'

/** What the token of the form is good for. */
export const everywherePurpose = (sessionId: string): string => `sign-out-everywhere/${sessionId}`

const NOBODY_ASKED = { client: undefined, target: undefined }

export function signOutEverywhere(app: FastifyInstance, deps: Deps): void {
  app.post(PAGES.signOutEverywhere, async (request, reply) => {
    const signedIn = await findSession(deps, deps.cookies.session.read(request))
    const { isOurs } = readGuardedForm(deps, request, everywherePurpose(signedIn?.session.id ?? ''))
    if (signedIn === undefined) return leave(deps, NOBODY_ASKED, reply)
    if (!isOurs) return reply.redirect(pathBelow(deps.issuer, PAGES.home), 303)
    const { account } = signedIn
    const ended = await endAll(deps.storage, account.id, deps.clock.now())
    // Apps are told by their servers (back-channel logout).
    deps.deliveries.kick()
    await deps.audit.recordNow({ kind: 'signed_out_everywhere', accountId: account.id, ...ended }, request)
    deps.cookies.session.clear(reply)
    keepState(deps, { signedIn: undefined, request, reply })
    return leave(deps, NOBODY_ASKED, reply)
  })
}
