/** The answer to "may this app?": remembered when it is yes, told to the app when it is no. */
import type { FastifyInstance } from 'fastify'
import { answerWithError } from '../../authorization/answer.ts'
import type { Deps } from '../../deps.ts'
import { readGuardedForm, refuseCrossSite, tellNotOurs } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { OAuthError } from '../../protocol/oauth-error.ts'
import { consentPurpose, shownConsent } from './consent-view.ts'
import { currentInteraction, interactionId, pathOf } from './current.ts'
import { standingOf } from './standing.ts'

export function consent(app: FastifyInstance, deps: Deps): void {
  app.post(`${PAGES.signIn}/:interaction/consent`, async (request, reply) => {
    refuseCrossSite(deps, request)
    const { interaction } = await currentInteraction(deps, request, reply)
    const again = () => reply.redirect(pathOf(deps, interaction), 303)
    const standing = await standingOf(deps, interaction, request)
    const { asked, signedIn } = standing
    // A step that comes first may still be due: then this is no answer to anything.
    if (asked === undefined || signedIn === undefined || standing.kind !== 'decided') return again()
    request.accountId = signedIn.account.id
    const shown = shownConsent(asked)
    const purpose = consentPurpose(interactionId(request), signedIn.account.id, shown)
    const { form, isOurs, failed } = readGuardedForm(deps, request, purpose)
    if (failed) tellNotOurs(deps, request, failed)
    const answer = form.find('answer')
    const about = { accountId: signedIn.account.id, clientId: asked.client.id }
    if (isOurs && answer === 'allow') {
      await deps.storage.consents.add({ ...about, ...shown, consentedAt: deps.clock.now() })
      const { scopes, claims, resources } = shown
      deps.audit.record({ kind: 'consented', ...about, scopes, claims, resources }, request)
    }
    if (isOurs && answer === 'deny') {
      await deps.storage.interactions.complete(interaction.id, deps.clock.now())
      deps.audit.record({ kind: 'consent_refused', ...about }, request)
      const error = new OAuthError('access_denied', 'the end-user did not consent', 'denied')
      return answerWithError(deps, { asked, error, request, reply })
    }
    return again()
  })
}
