/** The page that asks for a second factor, and what it says when a code was not right. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { passkeyRequest, passkeysOf } from '../../accounts/passkeys.ts'
import type { Asked } from '../../authorization/asked.ts'
import { DAY, type Duration, HOUR } from '../../base/duration.ts'
import type { Deps } from '../../deps.ts'
import { accountView } from '../../http/account-view.ts'
import { formToken } from '../../http/browser.ts'
import { askingClientView, imagesOf } from '../../http/client-view.ts'
import { readQuery } from '../../http/form.ts'
import type { PasskeyFormView } from '../../http/passkey-view-models.ts'
import { allowPage } from '../../http/security-headers.ts'
import type { CodeErrors, FormView } from '../../http/view-models.ts'
import { render } from '../../http/views.ts'
import { type Message, message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { passkeyForm, passkeyScriptSource } from '../passkey-form.ts'
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

export const passkeyFactorPurpose = (interactionId: string, { account, session }: Pick<Step, 'account' | 'session'>) =>
  `passkey-factor/${interactionId}/${account.id}/${session?.id ?? ''}`

export async function showSecondFactor(deps: Deps, input: StepInput): Promise<FastifyReply> {
  const { step, asked, current, request, reply, messages } = input
  const { id } = current.interaction
  const isAny = step.kind === 'second_factor'
  const isRecovery = isAny && wantsRecovery(request)
  const hasApp = isAny && (await deps.storage.totps.find(step.account.id)) !== undefined
  const passkey = isRecovery ? undefined : await passkeyFactorForm(deps, input)
  const frame = stepFrame(deps, input, passkey !== undefined)
  const form = {
    action: pathOf(deps, { id }, `/second-factor${isRecovery ? `?way=${RECOVERY}` : ''}`),
    csrf: formToken(current.secret, secondFactorPurpose(id, step)),
  }
  return render(reply.code(messages?.status ?? 200), 'second-factor', {
    ...frame,
    form: isRecovery || hasApp ? form : undefined,
    passkey,
    isPasskeyFirst: passkey !== undefined && !hasApp,
    hasApp,
    isRecovery,
    isStepUp: step.session !== undefined && asked !== undefined,
    otherWay: isAny ? pathOf(deps, { id }, isRecovery ? '' : `?way=${RECOVERY}`) : undefined,
    rememberFor: rememberedFor(deps.config.secondFactor.rememberDevice),
  })
}

async function passkeyFactorForm(deps: Deps, { step, current }: StepInput): Promise<PasskeyFormView | undefined> {
  const allowed = await passkeysOf(deps, step.account.id)
  if (allowed.length === 0) return undefined
  const { interaction, secret } = current
  return passkeyForm(deps, {
    action: pathOf(deps, interaction, '/passkey-factor'),
    secret,
    purpose: passkeyFactorPurpose(interaction.id, step),
    ask: (place) => passkeyRequest(deps, place, { userVerification: 'preferred', allowed }),
  })
}

/** What the pages of these steps have in common, and the policy for them. */
export function stepFrame(
  deps: Deps,
  { step, asked, current, request, reply, messages }: StepInput,
  hasPasskey = false,
) {
  const { interaction, secret } = current
  const client = asked && askingClientView(asked.client, asked.target.uri, request.language)
  const script = hasPasskey ? passkeyScriptSource(deps) : undefined
  allowPage(reply, asked?.target.uri, { ...imagesOf(client), script })
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
