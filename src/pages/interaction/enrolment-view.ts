/** The page where a second factor is set up because it is needed to go on. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { totpToSetUp } from '../../accounts/totp-setup.ts'
import type { Deps } from '../../deps.ts'
import { formToken } from '../../http/browser.ts'
import { readQuery } from '../../http/form.ts'
import { render } from '../../http/views.ts'
import { totpSecretView } from '../account/totp-view.ts'
import { pathOf } from './current.ts'
import { showPasskeySetup } from './passkey-setup-view.ts'
import { type StepInput, stepFrame } from './second-factor-view.ts'
import type { Step } from './standing.ts'

export const enrolmentPurpose = (interactionId: string, { account, session }: Pick<Step, 'account' | 'session'>) =>
  `enrol/${interactionId}/${account.id}/${session?.id ?? ''}`

/** What is being set up belongs to this interaction: whoever guesses its account elsewhere sees another secret. */
export const enrolmentPlace = (interactionId: string, { account }: Pick<Step, 'account'>) => ({
  id: `interaction/${interactionId}/${account.id}`,
  accountId: account.id,
})

/** The way to a passkey instead, in the address of the page. */
const PASSKEY_QUERY = '?way=passkey'
const wantsPasskey = (request: FastifyRequest): boolean => readQuery(request).find('way') === 'passkey'

export async function showEnrolment(deps: Deps, input: StepInput): Promise<FastifyReply> {
  const { step, current, request, reply, messages } = input
  const arePasskeysOn = deps.config.passkeys !== undefined
  if (step.kind === 'enrol_passkey' || (arePasskeysOn && wantsPasskey(request))) return showPasskeySetup(deps, input)
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
    passkeyWay: arePasskeysOn ? pathOf(deps, { id }, PASSKEY_QUERY) : undefined,
    totp: await totpSecretView(secret, { account, installation: deps.config.name }),
    back: undefined,
  })
}
