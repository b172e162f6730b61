/** A passkey as what comes after the password, or to make a session stronger. */
import type { FastifyInstance } from 'fastify'
import { passkeyLabel, proveByPasskey } from '../../accounts/passkeys.ts'
import type { Deps } from '../../deps.ts'
import { notOurs, readGuardedForm, refuseCrossSite } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { withSecondFactor } from '../../protocol/acr.ts'
import type { Failed } from '../../protocol/checks.ts'
import { passkeyRefusalMessage, postedPlace } from '../passkey-form.ts'
import { begin, goOn } from './begin.ts'
import { currentInteraction, interactionId } from './current.ts'
import { type CodeMessages, inWords, passkeyFactorPurpose, showSecondFactor } from './second-factor-view.ts'
import { showDue } from './show.ts'
import { standingOf } from './standing.ts'

export function passkeyFactor(app: FastifyInstance, deps: Deps): void {
  if (deps.config.passkeys === undefined) return
  app.post(`${PAGES.signIn}/:interaction/passkey-factor`, async (request, reply) => {
    refuseCrossSite(deps, request)
    const current = await currentInteraction(deps, request, reply)
    const standing = await standingOf(deps, current.interaction, request)
    if (standing.kind !== 'step' || !['second_factor', 'passkey'].includes(standing.step.kind)) {
      return showDue(deps, { current, request, reply })
    }
    const { step, asked } = standing
    const { account, session } = step
    const purpose = passkeyFactorPurpose(interactionId(request), step)
    const { form, failed } = readGuardedForm(deps, request, purpose)
    const showAgain = (failed: Failed, messages: CodeMessages) => {
      tellRefusal(deps, request, { failed, description: inWords(messages), status: messages.status })
      return showSecondFactor(deps, { step, asked, current, request, reply, messages })
    }
    if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
    const outcome = await proveByPasskey(deps, {
      place: postedPlace(deps, request, purpose),
      json: form.find('passkey') ?? '',
      userVerification: 'preferred',
      accountId: account.id,
    })
    const of = { as: 'second_factor', accountId: account.id } as const
    if (outcome.kind === 'refused') {
      const { reason, passkey } = outcome
      const which = passkey && { passkey: passkeyLabel(passkey) }
      deps.audit.record({ kind: 'passkey_refused', reason, ...of, ...which }, request)
      const messages = { status: 400, errors: { form: passkeyRefusalMessage(reason) } }
      return showAgain({ check: 'passkey', came: reason }, messages)
    }
    deps.audit.record({ kind: 'passkey_used', ...of, passkey: passkeyLabel(outcome.passkey) }, request)
    const amr = withSecondFactor(step.amr, outcome.amr)
    await begin(deps, { account, amr, session, current, request, reply })
    return goOn(deps, current, reply)
  })
}
