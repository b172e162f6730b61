/** The second factor: the code that is posted to the page, and the way back to the first one. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { proveSecondFactor, type SecondFactor, type SecondFactorOutcome } from '../../accounts/second-factor.ts'
import type { Deps } from '../../deps.ts'
import { notOurs, readGuardedForm, refuseCrossSite, tellNotOurs } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { waitMessage } from '../../http/wait-message.ts'
import { withSecondFactor } from '../../protocol/acr.ts'
import type { Failed } from '../../protocol/checks.ts'
import { rememberDevice } from '../../sessions/remembered-devices.ts'
import { secondsUntil } from '../../throttling/waiting.ts'
import { message } from '../../words/message.ts'
import { begin, goOn } from './begin.ts'
import { currentInteraction, interactionId, OTHER_ACCOUNT_QUERY, pathOf } from './current.ts'
import { dropProof } from './proof.ts'
import {
  type CodeMessages,
  inWords,
  restartPurpose,
  secondFactorPurpose,
  showSecondFactor,
  wantsRecovery,
} from './second-factor-view.ts'
import { showDue } from './show.ts'
import { type Step, standingOf } from './standing.ts'

export function secondFactor(app: FastifyInstance, deps: Deps): void {
  app.post(`${PAGES.signIn}/:interaction/second-factor`, async (request, reply) => {
    refuseCrossSite(deps, request)
    const current = await currentInteraction(deps, request, reply)
    const standing = await standingOf(deps, current.interaction, request)
    // Posted without the step before it, or once more: the page that is due says what is to be done.
    if (standing.kind !== 'step' || standing.step.kind !== 'second_factor') {
      return showDue(deps, { current, request, reply })
    }
    const { step, asked } = standing
    const purpose = secondFactorPurpose(interactionId(request), step)
    const { form, failed } = readGuardedForm(deps, request, purpose)
    const showAgain = (failed: Failed, messages: CodeMessages) => {
      tellRefusal(deps, request, { failed, description: inWords(messages), status: messages.status })
      return showSecondFactor(deps, { step, asked, current, request, reply, messages })
    }
    if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
    const factor: SecondFactor = wantsRecovery(request) ? 'recovery_code' : 'totp'
    const typed = form.find('code')?.trim() ?? ''
    if (typed === '') {
      const code = message(factor === 'totp' ? 'second_factor.empty' : 'second_factor.empty_recovery')
      return showAgain({ check: 'field', came: 'an empty field' }, { status: 400, errors: { code } })
    }
    const outcome = await prove(deps, { step, factor, typed, request, reply })
    if (outcome.kind !== 'proven') {
      const failed: Failed = outcome.kind === 'throttled' ? { check: 'rate' } : { check: 'otp', came: outcome.reason }
      return showAgain(failed, refusal(outcome, factor, deps))
    }
    const { account, authenticatedAt, session } = step
    const amr = withSecondFactor(step.amr, outcome.amr)
    const isIn = await begin(deps, { account, amr, authenticatedAt, session, current, request, reply })
    if (isIn && form.find('remember') === 'yes') await remember(deps, account.id, request, reply)
    return goOn(deps, current, reply)
  })

  // Another account, or the password once more.
  app.post(`${PAGES.signIn}/:interaction/restart`, async (request, reply) => {
    const { isOurs, failed } = readGuardedForm(deps, request, restartPurpose(interactionId(request)))
    const { interaction } = await currentInteraction(deps, request, reply)
    if (failed) tellNotOurs(deps, request, failed)
    else await dropProof(deps, interaction, reply)
    return reply.redirect(pathOf(deps, interaction, isOurs ? OTHER_ACCOUNT_QUERY : ''), 303)
  })
}

interface Trying {
  readonly step: Step
  readonly factor: SecondFactor
  readonly typed: string
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function prove(deps: Deps, { step, factor, typed, request, reply }: Trying): Promise<SecondFactorOutcome> {
  const accountId = step.account.id
  const device = deps.cookies.device.read(request)
  const admit = () => deps.guesses.admitSecondFactor({ accountId, ip: request.ip, device })
  const outcome = await proveSecondFactor({ ...deps, admit }, { accountId, factor, typed })
  if (outcome.kind === 'refused') {
    deps.audit.record({ kind: 'second_factor_refused', accountId, factor, reason: outcome.reason }, request)
  }
  if (outcome.kind === 'throttled') {
    deps.audit.record({ kind: 'throttled', what: 'second_factor', by: outcome.by, accountId }, request)
    reply.header('retry-after', String(secondsUntil(outcome.retryAt, deps.clock.now())))
  }
  if (outcome.kind === 'proven' && factor === 'recovery_code') {
    const { left } = await deps.storage.recoveryCodes.count(accountId)
    deps.audit.record({ kind: 'recovery_code_used', accountId, left }, request)
  }
  return outcome
}

function refusal(
  outcome: Exclude<SecondFactorOutcome, { kind: 'proven' }>,
  factor: SecondFactor,
  { clock }: Pick<Deps, 'clock'>,
): CodeMessages {
  if (outcome.kind === 'throttled') {
    const wait = waitMessage(secondsUntil(outcome.retryAt, clock.now()))
    return { status: 429, errors: { form: message('second_factor.throttled', { wait }) } }
  }
  if (factor === 'recovery_code') return { status: 400, errors: { code: message('second_factor.wrong_recovery') } }
  return {
    status: 400,
    errors: { code: message(outcome.reason === 'used_code' ? 'second_factor.used' : 'second_factor.wrong') },
  }
}

async function remember(deps: Deps, accountId: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (deps.config.secondFactor.rememberDevice === 0) return
  const { remembered } = deps.cookies
  remembered.write(reply, await rememberDevice(deps, accountId, remembered.read(request)))
  deps.audit.record({ kind: 'device_remembered', accountId }, request)
}
