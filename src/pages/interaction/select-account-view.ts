/** Which of the accounts of this browser, or another one: asked by an app (prompt=select_account), or wanted by the person. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Asked } from '../../authorization/asked.ts'
import type { Deps } from '../../deps.ts'
import { formToken } from '../../http/browser.ts'
import { clientView } from '../../http/client-view.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import { accountsHere, choicesOf } from '../choices.ts'
import { type Current, pathOf } from './current.ts'

/** An answer names its account: it is never taken for somebody else's. */
export const accountPurpose = (interactionId: string): string => `account/${interactionId}`

interface SelectInput {
  readonly current: Current
  /** Undefined: no app asked. */
  readonly asked: Asked | undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Undefined: there is nobody to choose. */
export async function showSelectAccount(
  deps: Deps,
  { current, asked, request, reply }: SelectInput,
): Promise<FastifyReply | undefined> {
  const { interaction, secret } = current
  const here = await accountsHere(deps, request)
  if (here.length === 0) return undefined
  allowPage(reply, asked?.target.uri)
  return render(reply, 'select-account', {
    installation: deps.config.name,
    client: asked && clientView(asked.client, request.language),
    form: {
      action: pathOf(deps, interaction, '/account'),
      csrf: formToken(secret, accountPurpose(interaction.id)),
    },
    choices: choicesOf(here),
    isSeveral: here.length > 1,
    back: undefined,
  })
}
