/** The accounts of this browser: which one is active, signing in to another one beside it, signing out of one or all. */
import type { FastifyInstance } from 'fastify'
import { makeActive } from '../authorization/browser-sessions.ts'
import type { Deps } from '../deps.ts'
import { ensureBrowser, formToken } from '../http/browser.ts'
import { readGuardedForm, tellNotOurs } from '../http/form-guard.ts'
import { speakTo } from '../http/language.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { allowPage } from '../http/security-headers.ts'
import { render } from '../http/views.ts'
import { accountsHere, choicesOf, chosenIn, signOutChosen } from './choices.ts'
import { OTHER_ACCOUNT, OTHER_ACCOUNT_QUERY } from './interaction/current.ts'
import { signInDirectly } from './interaction/sign-in.ts'

/** What the token of the form is good for. What it does is said by a button, and is about this browser alone. */
const PURPOSE = 'accounts'

export function accounts(app: FastifyInstance, deps: Deps): void {
  const below = (path: string) => pathBelow(deps.issuer, path)

  app.get(PAGES.accounts, async (request, reply) => {
    const here = await accountsHere(deps, request)
    if (here.length === 0) return reply.redirect(below(PAGES.signIn), 303)
    speakTo(request, here[0]?.account)
    const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
    allowPage(reply)
    return render(reply, 'select-account', {
      installation: deps.config.name,
      client: undefined,
      form: { action: below(PAGES.accounts), csrf: formToken(secret, PURPOSE) },
      choices: choicesOf(here),
      isSeveral: here.length > 1,
      back: below(PAGES.home),
    })
  })

  app.post(PAGES.accounts, async (request, reply) => {
    const { form, failed } = readGuardedForm(deps, request, PURPOSE)
    const again = () => reply.redirect(below(PAGES.accounts), 303)
    if (failed) {
      tellNotOurs(deps, request, failed)
      return again()
    }
    const here = await accountsHere(deps, request)
    const onward = { some: below(PAGES.accounts), none: below(PAGES.signedOut) }
    const signedOut = signOutChosen(deps, { form, here, onward, request, reply })
    if (signedOut !== undefined) return signedOut
    if (form.find('answer') === OTHER_ACCOUNT) {
      return reply.redirect(below(`${PAGES.signIn}${OTHER_ACCOUNT_QUERY}`), 303)
    }
    const chosen = chosenIn(form, here)
    if (chosen === undefined) return again()
    if (!chosen.isIdle) {
      await makeActive(deps, chosen.session.id, { request, reply })
      return reply.redirect(below(PAGES.home), 303)
    }
    // Their name need not be typed again.
    return signInDirectly(deps, { username: chosen.account.username, request, reply })
  })
}
