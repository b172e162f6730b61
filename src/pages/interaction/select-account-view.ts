/** prompt=select_account: the account that is signed in, or another one. */
import type { FastifyReply } from 'fastify'
import type { Asked } from '../../authorization/asked.ts'
import type { Deps } from '../../deps.ts'
import { accountView } from '../../http/account-view.ts'
import { formToken } from '../../http/browser.ts'
import { clientView } from '../../http/client-view.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import type { Account } from '../../storage/storage.ts'
import { type Current, pathOf } from './current.ts'

/** Bound to the account that was shown: an answer is never taken for somebody else's. */
export const accountPurpose = (interactionId: string, accountId: string): string =>
  `account/${interactionId}/${accountId}`

export function showSelectAccount(
  deps: Deps,
  { current, reply, asked, account }: { current: Current; reply: FastifyReply; asked: Asked; account: Account },
): Promise<FastifyReply> {
  const { interaction, secret } = current
  allowPage(reply, asked.target.uri)
  return render(reply, 'select-account', {
    installation: deps.config.name,
    client: clientView(asked.client, reply.request.language),
    form: {
      action: pathOf(deps, interaction, '/account'),
      csrf: formToken(secret, accountPurpose(interaction.id, account.id)),
    },
    account: accountView(account),
  })
}
