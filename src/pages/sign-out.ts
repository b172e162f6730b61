/** Signing out: the question, the answer, and the page that says it is done. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { everybodyHere } from '../authorization/browser-sessions.ts'
import {
  ABOUT_SESSION,
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
import { speakTo } from '../http/language.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { allowPage } from '../http/security-headers.ts'
import { render } from '../http/views.ts'
import { formAbout } from './form-about.ts'
import { signOutPurpose } from './sign-out-purpose.ts'

export function signOut(app: FastifyInstance, deps: Deps): void {
  const asked = (request: FastifyRequest): Promise<SignOutRequest> =>
    readEndSession(deps, readQuery(request), undefined)

  app.get(PAGES.signOut, async (request, reply) => {
    const wanted = await asked(request)
    const { client, target } = wanted
    const here = await everybodyHere(deps, request)
    const about = readQuery(request).find(ABOUT_SESSION)
    const signedIn = here.find(({ session }) => session.id === about) ?? here[0]
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
      others: here.length - 1,
      accountsUrl: pathBelow(deps.issuer, PAGES.accounts),
    })
  })

  app.post(PAGES.signOut, async (request, reply) => {
    const here = await everybodyHere(deps, request)
    const { form, signedIn } = formAbout(deps, request, { here, purpose: signOutPurpose })
    const by = await asked(request)
    if (here.length === 0) return leaveUnasked(deps, by, reply)
    if (signedIn === undefined) return reply.redirect(signOutPage(deps, by), 303)
    const leaving = form.find('answer') === 'all' ? here : [signedIn]
    return signOutAndLeave(deps, { leaving, asked: by, request, reply })
  })

  app.get(PAGES.signedOut, async (request, reply) => {
    const { client, target } = await asked(request)
    const here = await everybodyHere(deps, request)
    allowPage(reply)
    return render(reply, 'signed-out', {
      installation: deps.config.name,
      client:
        client &&
        (target ? askingClientView(client, target.uri, request.language) : clientView(client, request.language)),
      wayToClient: target && wayToClient({ target, fields: target.state === undefined ? {} : { state: target.state } }),
      signInUrl: pathBelow(deps.issuer, PAGES.signIn),
      accountsUrl: here.length > 0 ? pathBelow(deps.issuer, PAGES.accounts) : undefined,
    })
  })
}
