/** The page that asks for a second factor, and what it says when a code was not right. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Asked } from '../../authorization/asked.ts'
import { DAY, type Duration, HOUR } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { accountView } from '../../http/account-view.ts'
import { formToken } from '../../http/browser.ts'
import { askingClientView, imagesOf } from '../../http/client-view.ts'
import { readQuery } from '../../http/form.ts'
import { allowPage } from '../../http/security-headers.ts'
import type { CodeErrors, FormView } from '../../http/view-models.ts'
import { render } from '../../http/views.ts'
import { type Message, message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { type Current, pathOf } from './current.ts'
import { cancelPurpose } from './sign-in-view.ts'
import type { Step } from './standing.ts'

export interface CodeMessages {
  readonly status: number
  readonly errors: CodeErrors
}

/** For the log and for `countersign explain`. */
export const inWords = ({ errors }: CodeMessages): string => Object.values(errors).map(inEnglish).join(' ')

export interface StepInput {
  readonly step: Step
  readonly asked: Asked | undefined
  readonly current: Current
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly messages?: CodeMessages
}

/** Bound to whose it is: a form is never taken for another account's. */
export const secondFactorPurpose = (interactionId: string, { account, session }: Pick<Step, 'account' | 'session'>) =>
  `second-factor/${interactionId}/${account.id}/${session?.id ?? ''}`
export const restartPurpose = (interactionId: string): string => `restart/${interactionId}`

/** The other way: a code that was written down. */
export const RECOVERY = 'recovery'
export const wantsRecovery = (request: FastifyRequest): boolean => readQuery(request).find('way') === RECOVERY

export async function showSecondFactor(deps: Deps, input: StepInput): Promise<FastifyReply> {
  const { step, asked, current, request, reply, messages } = input
  const { id } = current.interaction
  const isRecovery = wantsRecovery(request)
  const frame = stepFrame(deps, input)
  return render(reply.code(messages?.status ?? 200), 'second-factor', {
    ...frame,
    form: {
      action: pathOf(deps, { id }, `/second-factor${isRecovery ? `?way=${RECOVERY}` : ''}`),
      csrf: formToken(current.secret, secondFactorPurpose(id, step)),
    },
    isRecovery,
    isStepUp: step.session !== undefined && asked !== undefined,
    otherWay: pathOf(deps, { id }, isRecovery ? '' : `?way=${RECOVERY}`),
    rememberFor: rememberedFor(deps.config.secondFactor.rememberDevice),
  })
}

/** What the pages of these steps have in common, and the policy for them. */
export function stepFrame(deps: Deps, { step, asked, current, request, reply, messages }: StepInput) {
  const { interaction, secret } = current
  const client = asked && askingClientView(asked.client, asked.target.uri, request.language)
  allowPage(reply, asked?.target.uri, imagesOf(client))
  const form = (path: string, purpose: string): FormView => ({
    action: pathOf(deps, interaction, path),
    csrf: formToken(secret, purpose),
  })
  return {
    installation: deps.config.name,
    client,
    account: accountView(step.account),
    restart: form('/restart', restartPurpose(interaction.id)),
    cancel: asked && form('/cancel', cancelPurpose(interaction.id)),
    errors: messages?.errors ?? {},
    hasErrors: messages !== undefined,
    errorId: messages === undefined ? undefined : request.id,
  }
}

/** `30 days`, `12 hours`; undefined: never. */
function rememberedFor(duration: Duration): Message | undefined {
  if (duration < HOUR) return undefined
  return duration >= 2 * DAY
    ? message('consent.days', { count: Math.floor(duration / DAY) })
    : message('consent.hours', { count: Math.floor(duration / HOUR) })
}
