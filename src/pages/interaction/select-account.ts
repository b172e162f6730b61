/** The answer to "which account?". It is kept with the interaction: what other tabs choose is another matter. */
import type { FastifyInstance } from 'fastify'
import { makeActive } from '../../authorization/browser-sessions.ts'
import type { Deps } from '../../deps.ts'
import { readGuardedForm, tellNotOurs } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { accountsHere, chosenIn, signOutChosen } from '../choices.ts'
import {
  CHOOSE_ACCOUNT,
  CHOOSE_ACCOUNT_QUERY,
  currentInteraction,
  interactionId,
  OTHER_ACCOUNT,
  OTHER_ACCOUNT_QUERY,
  pathOf,
} from './current.ts'
import { dropProof } from './proof.ts'
import { accountPurpose } from './select-account-view.ts'

export function selectAccount(app: FastifyInstance, deps: Deps): void {
  app.post(`${PAGES.signIn}/:interaction/account`, async (request, reply) => {
    const { form, failed } = readGuardedForm(deps, request, accountPurpose(interactionId(request)))
    const { interaction } = await currentInteraction(deps, request, reply)
    const goTo = (query = '') => reply.redirect(pathOf(deps, interaction, query), 303)
    if (failed) {
      tellNotOurs(deps, request, failed)
      return goTo()
    }
    const here = await accountsHere(deps, request)
    const onward = { some: pathOf(deps, interaction, CHOOSE_ACCOUNT_QUERY), none: pathOf(deps, interaction) }
    const signedOut = signOutChosen(deps, { form, here, onward, request, reply })
    if (signedOut !== undefined) return signedOut
    const chosen = chosenIn(form, here)
    if (chosen !== undefined) {
      const { account, session, isIdle } = chosen
      // Whoever began to sign in as somebody else here has changed their mind.
      await dropProof(deps, interaction, reply)
      await deps.storage.interactions.selectAccount(interaction.id, account.id)
      if (isIdle) await deps.storage.interactions.keepUsername(interaction.id, account.username)
      // A page of one's own is about the active account.
      if (interaction.clientId !== undefined) return goTo()
      if (isIdle) return goTo(OTHER_ACCOUNT_QUERY)
      await makeActive(deps, session.id, { request, reply })
      return goTo()
    }
    const answer = form.find('answer')
    if (answer === OTHER_ACCOUNT) return goTo(OTHER_ACCOUNT_QUERY)
    return goTo(answer === CHOOSE_ACCOUNT ? CHOOSE_ACCOUNT_QUERY : '')
  })
}
