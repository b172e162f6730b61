/** A passkey that is needed to go on: from here on the account has it. */
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../../deps.ts'
import { notOurs, readGuardedForm, refuseCrossSite } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { withSecondFactor } from '../../protocol/acr.ts'
import { isEnrolment } from '../../protocol/authorization-decision.ts'
import type { Failed } from '../../protocol/checks.ts'
import { showRecoveryCodes } from '../account/recovery-codes-view.ts'
import { codesForPasskey, makePasskey } from '../new-passkey.ts'
import { passkeyNotMadeMessage } from '../passkey-form.ts'
import { begin, goOn } from './begin.ts'
import { currentInteraction, interactionId, pathOf } from './current.ts'
import { passkeySetupPurpose, showPasskeySetup } from './passkey-setup-view.ts'
import { type CodeMessages, inWords } from './second-factor-view.ts'
import { showDue } from './show.ts'
import { standingOf } from './standing.ts'

export function passkeySetup(app: FastifyInstance, deps: Deps): void {
  if (deps.config.passkeys === undefined) return
  app.post(`${PAGES.signIn}/:interaction/passkey-setup`, async (request, reply) => {
    refuseCrossSite(deps, request)
    const current = await currentInteraction(deps, request, reply)
    const standing = await standingOf(deps, current.interaction, request)
    if (standing.kind !== 'step' || !isEnrolment(standing.step.kind)) return showDue(deps, { current, request, reply })
    const { step, asked } = standing
    const { account, session } = step
    const purpose = passkeySetupPurpose(interactionId(request), step)
    const { form, failed } = readGuardedForm(deps, request, purpose)
    const showAgain = (failed: Failed, messages: CodeMessages) => {
      tellRefusal(deps, request, { failed, description: inWords(messages), status: messages.status })
      return showPasskeySetup(deps, { step, asked, current, request, reply, messages })
    }
    if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
    const made = await makePasskey(deps, { account, purpose, form, request })
    if (made.kind === 'refused') {
      const messages = { status: 400, errors: { form: passkeyNotMadeMessage(made.reason) } }
      return showAgain({ check: 'passkey', came: made.reason }, messages)
    }
    const codes = await codesForPasskey(deps, account, request)
    await begin(deps, { account, amr: withSecondFactor(step.amr, made.amr), session, current, request, reply })
    if (codes === undefined) return goOn(deps, current, reply)
    const onward = { url: pathOf(deps, current.interaction), client: asked?.client }
    return showRecoveryCodes(deps, { codes, account, onward, reply })
  })
}
