/** The first code of an authenticator app that is needed to go on: from here on the account has it. */
import type { FastifyInstance } from 'fastify'
import { OTP_AMR } from '../../accounts/authenticators/totp.ts'
import { makeRecoveryCodes } from '../../accounts/second-factor.ts'
import { confirmTotp } from '../../accounts/totp-setup.ts'
import type { Deps } from '../../deps.ts'
import { notOurs, readGuardedForm, refuseCrossSite } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { withSecondFactor } from '../../protocol/acr.ts'
import type { Failed } from '../../protocol/checks.ts'
import { message } from '../../words/message.ts'
import { showRecoveryCodes } from '../account/recovery-codes-view.ts'
import { begin, goOn } from './begin.ts'
import { currentInteraction, interactionId, pathOf } from './current.ts'
import { enrolmentPlace, enrolmentPurpose, showEnrolment } from './enrolment-view.ts'
import { type CodeMessages, inWords } from './second-factor-view.ts'
import { showDue } from './show.ts'
import { standingOf } from './standing.ts'

export function enrolment(app: FastifyInstance, deps: Deps): void {
  app.post(`${PAGES.signIn}/:interaction/totp`, async (request, reply) => {
    refuseCrossSite(deps, request)
    const current = await currentInteraction(deps, request, reply)
    const standing = await standingOf(deps, current.interaction, request)
    if (standing.kind !== 'step' || standing.step.kind !== 'enrol') {
      return showDue(deps, { current, request, reply })
    }
    const { step, asked } = standing
    const { account, authenticatedAt, session } = step
    const { form, failed } = readGuardedForm(deps, request, enrolmentPurpose(interactionId(request), step))
    const showAgain = (failed: Failed, messages: CodeMessages) => {
      tellRefusal(deps, request, { failed, description: inWords(messages), status: messages.status })
      return showEnrolment(deps, { step, asked, current, request, reply, messages })
    }
    if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
    const typed = form.find('code')?.trim() ?? ''
    if (typed === '') {
      const messages = { status: 400, errors: { code: message('totp_setup.empty') } }
      return showAgain({ check: 'field', came: 'an empty field' }, messages)
    }
    const result = await confirmTotp(deps, enrolmentPlace(current.interaction.id, step), typed)
    // In another tab: it is asked for now.
    if (result === 'taken') return goOn(deps, current, reply)
    if (result !== 'added') {
      const errors =
        result === 'expired' ? { form: message('totp_setup.expired') } : { code: message('totp_setup.wrong') }
      return showAgain({ check: 'otp', came: result }, { status: 400, errors })
    }
    deps.audit.record({ kind: 'second_factor_added', accountId: account.id, factor: 'totp' }, request)
    const codes = await makeRecoveryCodes(deps, account.id)
    deps.audit.record({ kind: 'recovery_codes_made', accountId: account.id, count: codes.length }, request)
    const amr = withSecondFactor(step.amr, OTP_AMR)
    await begin(deps, { account, amr, authenticatedAt, session, current, request, reply })
    const onward = { url: pathOf(deps, current.interaction), client: asked?.client }
    return showRecoveryCodes(deps, { codes, account, onward, reply })
  })
}
