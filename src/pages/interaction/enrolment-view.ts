/** The page where a second factor is set up because it is needed to go on. */
import type { FastifyReply } from 'fastify'
import { totpToSetUp } from '../../accounts/totp-setup.ts'
import type { Deps } from '../../deps.ts'
import { formToken } from '../../http/browser.ts'
import { render } from '../../http/views.ts'
import { totpSecretView } from '../account/totp-view.ts'
import { pathOf } from './current.ts'
import { type StepInput, stepFrame } from './second-factor-view.ts'
import type { Step } from './standing.ts'

export const enrolmentPurpose = (interactionId: string, { account, session }: Pick<Step, 'account' | 'session'>) =>
  `enrol/${interactionId}/${account.id}/${session?.id ?? ''}`

/** What is being set up belongs to this interaction: whoever guesses its account elsewhere sees another secret. */
export const enrolmentPlace = (interactionId: string, { account }: Pick<Step, 'account'>) => ({
  id: `interaction/${interactionId}/${account.id}`,
  accountId: account.id,
})

export async function showEnrolment(deps: Deps, input: StepInput): Promise<FastifyReply> {
  const { step, current, reply, messages } = input
  const { id } = current.interaction
  const { account } = step
  const secret = await totpToSetUp(deps, enrolmentPlace(id, step))
  return render(reply.code(messages?.status ?? 200), 'totp-setup', {
    ...stepFrame(deps, input),
    form: {
      action: pathOf(deps, { id }, '/totp'),
      csrf: formToken(current.secret, enrolmentPurpose(id, step)),
    },
    isNeeded: true,
    totp: await totpSecretView(secret, { account, installation: deps.config.name }),
    back: undefined,
  })
}
