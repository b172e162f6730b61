/** Signing out: the question, the answer, and the page that says it is done. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  leaveUnasked,
  readEndSession,
  type SignOutRequest,
  signOutAndLeave,
  signOutPage,
} from '../authorization/sign-out.ts'
import type { Deps } from '../deps.ts'
import { accountView } from '../http/account-view.ts'
import { ensureBrowser, formToken } from '../http/browser.ts'
import { wayToClient } from '../http/client-redirect.ts'
import { askingClientView, clientView } from '../http/client-view.ts'
import { readQuery } from '../http/form.ts'
import { readGuardedForm } from '../http/form-guard.ts'
import { speakTo } from '../http/language.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { allowPage } from '../http/security-headers.ts'
import { render } from '../http/views.ts'
import { findSession } from '../sessions/session.ts'
import { signOutPurpose } from './sign-out-purpose.ts'

export function signOut(app: FastifyInstance, deps: Deps): void {
  const asked = (request: FastifyRequest): Promise<SignOutRequest> =>
    readEndSession(deps, readQuery(request), undefined)

  app.get(PAGES.signOut, async (request, reply) => {
    const wanted = await asked(request)
    const { client, target } = wanted
    const signedIn = await findSession(deps, deps.cookies.session.read(request))
    if (signedIn === undefined) return leaveUnasked(deps, wanted, reply)
    speakTo(request, signedIn.account)
    const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
    allowPage(reply, target?.uri)
    return render(reply, 'sign-out', {
      installation: deps.config.name,
      client: client && clientView(client, request.language),
      form: {
        action: signOutPage(deps, wanted),
        csrf: formToken(secret, signOutPurpose(signedIn.session.id)),
      },
      account: accountView(signedIn.account),
    })
  })

  app.post(PAGES.signOut, async (request, reply) => {
    const signedIn = await findSession(deps, deps.cookies.session.read(request))
    const { isOurs } = readGuardedForm(deps, request, signOutPurpose(signedIn?.session.id ?? ''))
    if (signedIn === undefined) return leaveUnasked(deps, await asked(request), reply)
    if (!isOurs) return reply.redirect(signOutPage(deps, await asked(request)), 303)
    return signOutAndLeave(deps, { signedIn, asked: await asked(request), request, reply })
  })

  app.get(PAGES.signedOut, async (request, reply) => {
    const { client, target } = await asked(request)
    allowPage(reply)
    return render(reply, 'signed-out', {
      installation: deps.config.name,
      client:
        client &&
        (target ? askingClientView(client, target.uri, request.language) : clientView(client, request.language)),
      wayToClient: target && wayToClient({ target, fields: target.state === undefined ? {} : { state: target.state } }),
      signInUrl: pathBelow(deps.issuer, PAGES.signIn),
    })
  })
}
