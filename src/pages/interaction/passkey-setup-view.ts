/** The pages of a sign-in where a passkey is made: because one is needed, or because it is offered. */
import type { FastifyReply } from 'fastify'
import { passkeyCreation } from '../../accounts/passkeys.ts'
import type { Deps } from '../../deps.ts'
import { render } from '../../http/views.ts'
import { passkeyForm } from '../passkey-form.ts'
import { pathOf } from './current.ts'
import { type StepInput, stepFrame } from './second-factor-view.ts'
import type { Step } from './standing.ts'

export const passkeySetupPurpose = (interactionId: string, { account, session }: Pick<Step, 'account' | 'session'>) =>
  `passkey-setup/${interactionId}/${account.id}/${session?.id ?? ''}`

export async function showPasskeySetup(deps: Deps, input: StepInput): Promise<FastifyReply> {
  const { step, current, reply, messages } = input
  const { interaction, secret } = current
  const { installation, client, account, restart, cancel, errorId } = stepFrame(deps, input, true)
  return render(reply.code(messages?.status ?? 200), 'passkey-setup', {
    ...{ installation, client, account, restart, cancel, errorId },
    passkey: await passkeyForm(deps, {
      action: pathOf(deps, interaction, '/passkey-setup'),
      secret,
      purpose: passkeySetupPurpose(interaction.id, step),
      ask: (place) => passkeyCreation(deps, place, step.account),
    }),
    isOffer: false,
    ...{ notNow: undefined, back: undefined },
    otherWay: step.kind === 'enrol' ? pathOf(deps, interaction) : undefined,
    error: messages?.errors.form,
  })
}
