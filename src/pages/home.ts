/** The issuer opened in a browser: who is signed in, the apps that they can go to, and the way to their account. */
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { accountView } from '../http/account-view.ts'
import { ensureBrowser, formToken } from '../http/browser.ts'
import { readQuery } from '../http/form.ts'
import { speakTo } from '../http/language.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { HEAD_TOO } from '../http/prebuilt.ts'
import { allowPage } from '../http/security-headers.ts'
import type { FormView } from '../http/view-models.ts'
import { render } from '../http/views.ts'
import { findSignedIn } from '../sessions/session.ts'
import { accountUrl } from './account/frame.ts'
import { hasNoRecoveryCodes } from './account/totp.ts'
import { isAdmin } from './admin/who-may.ts'
import { switchAccountView } from './choices.ts'
import { imagesOfAll, launcherFor } from './launcher.ts'
import { noticesFor } from './notices.ts'
import { everywherePurpose } from './sign-out-everywhere.ts'
import { signOutPurpose } from './sign-out-purpose.ts'

export function home(app: FastifyInstance, deps: Deps): void {
  app.get(PAGES.home, HEAD_TOO, async (request, reply) => {
    const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
    speakTo(request, signedIn?.account)
    const secret = signedIn && ensureBrowser(deps.cookies, request, reply, deps.random)
    const form = (path: string, purpose: (sessionId: string) => string): FormView | undefined =>
      signedIn && secret !== undefined
        ? { action: pathBelow(deps.issuer, path), csrf: formToken(secret, purpose(signedIn.session.id)) }
        : undefined
    const { language } = request
    const notices = signedIn && secret !== undefined ? await noticesFor(deps, signedIn, { secret, language }) : []
    const from = readQuery(request).find('from')
    // Which apps there are is for people who are signed in.
    const launcher =
      signedIn && (await launcherFor(deps, { account: signedIn.account, language, from, notices: notices.length }))
    allowPage(reply, undefined, launcher && imagesOfAll(launcher))
    return render(reply, 'home', {
      installation: deps.config.name,
      account: signedIn && accountView(signedIn.account),
      signInUrl: pathBelow(deps.issuer, PAGES.signIn),
      switchAccount: signedIn && switchAccountView(deps, request),
      signOut: form(PAGES.signOut, signOutPurpose),
      signOutEverywhere: form(PAGES.signOutEverywhere, everywherePurpose),
      accountUrl: signedIn && (await accountUrl(deps, signedIn.account)),
      recoveryCodesUrl:
        signedIn && (await hasNoRecoveryCodes(deps, signedIn.account)) ? pathBelow(deps.issuer, PAGES.totp) : undefined,
      adminUrl:
        signedIn && isAdmin(deps.config.admin, signedIn.account) ? pathBelow(deps.issuer, PAGES.admin) : undefined,
      notices,
      launcher,
    })
  })
}
