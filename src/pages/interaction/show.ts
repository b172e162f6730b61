/** Where an interaction stands: decided afresh each time, so that a stale tab or the back button is always right. */
import type { FastifyReply } from 'fastify'
import { emailKey, usernameKey } from '../../accounts/username.ts'
import { answerWithGrant } from '../../authorization/answer.ts'
import { readParkedAuthorization } from '../../authorization/asked.ts'
import { decide } from '../../authorization/decide.ts'
import { refuse } from '../../authorization/refuse.ts'
import type { Deps } from '../../deps.ts'
import { speakTo } from '../../http/language.ts'
import { findSignedInForClient } from '../../sessions/session.ts'
import type { Account } from '../../storage/storage.ts'
import { showConsent } from './consent-view.ts'
import { wantsAnother } from './current.ts'
import { showOwn } from './own-page.ts'
import { showSelectAccount } from './select-account-view.ts'
import { type ShowInput, showSignIn } from './sign-in-view.ts'

export async function show(deps: Deps, input: ShowInput): Promise<FastifyReply> {
  const { current, request, reply } = input
  const { interaction } = current
  const cookie = deps.cookies.session.read(request)
  if (interaction.clientId === undefined) return showOwn(deps, input)
  const asked = await readParkedAuthorization(deps, interaction.parameters)
  request.askedAs = asked.encoded
  const signedIn = await findSignedInForClient(deps, cookie, asked.client.id)
  request.accountId ??= signedIn?.account.id
  speakTo(request, signedIn?.account)
  const another = wantsAnother(request)
  // Who typed another name here and was refused is not sent on as the one who signed in in another tab.
  if (signedIn && isSomebodyElse(input.messages?.username, signedIn.account)) {
    return showSignIn(deps, { ...input, asked, another: true, again: undefined })
  }
  const outcome = await decide(deps, asked, signedIn, interaction)
  switch (outcome.kind) {
    case 'sign_in':
      return showSignIn(deps, { ...input, asked, another, again: another ? undefined : outcome.again })
    case 'select_account':
      if (another) return showSignIn(deps, { ...input, asked, another, again: undefined })
      return showSelectAccount(deps, { current, reply, asked, account: outcome.account })
    case 'consent':
      return showConsent(deps, { ...outcome, current, reply, asked })
    case 'refuse':
      await deps.storage.interactions.complete(interaction.id, deps.clock.now())
      return refuse(deps, { asked, error: outcome.error, browser: { signedIn }, request, reply })
    case 'grant': {
      // Of two tabs that answer at the same moment one goes on under the same id.
      const isFirst = await deps.storage.interactions.complete(interaction.id, deps.clock.now())
      const flowId = isFirst ? interaction.id : undefined
      return answerWithGrant(deps, { asked, signedIn: outcome, flowId, request, reply })
    }
  }
}

function isSomebodyElse(typed: string | undefined, { usernameKey: name, emailKey: email }: Account): boolean {
  return typed !== undefined && typed !== '' && usernameKey(typed) !== name && emailKey(typed) !== email
}
