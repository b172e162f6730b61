/** The answer to "which account?". */
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../../deps.ts'
import { readGuardedForm, tellNotOurs } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { findSignedIn } from '../../sessions/session.ts'
import { currentInteraction, interactionId, OTHER_ACCOUNT, OTHER_ACCOUNT_QUERY, pathOf } from './current.ts'
import { accountPurpose } from './select-account-view.ts'

export function selectAccount(app: FastifyInstance, deps: Deps): void {
  app.post(`${PAGES.signIn}/:interaction/account`, async (request, reply) => {
    const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
    const purpose = accountPurpose(interactionId(request), signedIn?.account.id ?? '')
    const { form, isOurs, failed } = readGuardedForm(deps, request, purpose)
    const { interaction } = await currentInteraction(deps, request, reply)
    if (failed) tellNotOurs(deps, request, failed)
    const answer = form.find('answer')
    if (isOurs && answer === 'continue' && signedIn) {
      await deps.storage.interactions.selectAccount(interaction.id, signedIn.account.id)
    }
    return reply.redirect(pathOf(deps, interaction, isOurs && answer === OTHER_ACCOUNT ? OTHER_ACCOUNT_QUERY : ''), 303)
  })
}
