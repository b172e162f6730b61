/** The sign-in page, and what it says when something was not right. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isNameOf } from '../../accounts/username.ts'
import type { Asked } from '../../authorization/asked.ts'
import { everybodyHere } from '../../authorization/browser-sessions.ts'
import { hasSignUp } from '../../config/installation.ts'
import type { Deps } from '../../deps.ts'
import { formToken } from '../../http/browser.ts'
import type { OtherAccountView } from '../../http/chooser-view-models.ts'
import { askingClientView, imagesOf } from '../../http/client-view.ts'
import { allowPage } from '../../http/security-headers.ts'
import type { ClientView, FormView, SignInView } from '../../http/view-models.ts'
import { render } from '../../http/views.ts'
import { OAuthError } from '../../protocol/oauth-error.ts'
import type { Present } from '../../sessions/session.ts'
import type { Account } from '../../storage/storage.ts'
import { type Message, message } from '../../words/message.ts'
import { passkeyScriptSource } from '../passkey-form.ts'
import { CHOOSE_ACCOUNT, type Current, FORGOT, OTHER_ACCOUNT, OTHER_ACCOUNT_QUERY, pathOf, SIGN_UP } from './current.ts'
import { signInPasskey } from './passkey-view.ts'
import { accountPurpose } from './select-account-view.ts'
import { plainProvider, upstreamView } from './upstream-view.ts'

export interface SignInMessages {
  readonly status: number
  readonly errors?: SignInView['errors']
  /** What was typed; a password never comes back. */
  readonly username?: string
}

export interface ShowInput {
  readonly current: Current
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly messages?: SignInMessages
}

export interface SignInInput extends ShowInput {
  readonly asked: Asked | undefined
  /** Who must prove again to be the same. */
  readonly again: Account | undefined
  /** Somebody else than who is signed in: asked for, and still so after a wrong password. */
  readonly another: boolean
}

export const passwordPurpose = (interactionId: string): string => `password/${interactionId}`
export const cancelPurpose = (interactionId: string): string => `cancel/${interactionId}`

export async function showSignIn(deps: Deps, input: SignInInput): Promise<FastifyReply> {
  const { current, asked, again, another, request, reply, messages } = input
  const { interaction, secret } = current
  const form = (step: string, purpose: string): FormView => ({
    action: pathOf(deps, interaction, step),
    csrf: formToken(secret, purpose),
  })
  const status = messages?.status ?? 200
  const here = await everybodyHere(deps, request)
  const username = messages?.username ?? again?.username ?? (await likelyUsername(deps, input, here))
  const client = asked && askingClientView(asked.client, asked.target.uri, request.language)
  const query = another ? OTHER_ACCOUNT_QUERY : ''
  const passkey = await signInPasskey(deps, current, query)
  const upstream = await upstreamView(deps, current, again)
  const logos = upstream?.providers.flatMap(({ logo }) => logo ?? []) ?? []
  allowPage(reply, asked?.target.uri, {
    images: [...imagesOf(client).images, ...logos],
    alsoTo: upstream && plainProvider(deps),
    ...(passkey && { script: passkeyScriptSource(deps) }),
  })
  return render(reply.code(status), 'sign-in', {
    installation: deps.config.name,
    client,
    passkey,
    form: form(`/password${query}`, passwordPurpose(interaction.id)),
    username,
    reauthenticating: again !== undefined,
    otherAccount: otherAccountView(input, {
      isAmongOthers: here.some(({ account }) => another || !isNameOf(account, username)),
      form: form('/account', accountPurpose(interaction.id)),
    }),
    signUp:
      again === undefined && hasSignUp(deps.config)
        ? pathOf(deps, interaction, `${SIGN_UP}${another ? OTHER_ACCOUNT_QUERY : ''}`)
        : undefined,
    upstream,
    cancel: asked && form('/cancel', cancelPurpose(interaction.id)),
    forgotUrl: deps.config.recovery.byMail ? pathOf(deps, interaction, FORGOT) : undefined,
    errors: messages?.errors ?? {},
    hasErrors: messages?.errors !== undefined,
    notice: messages === undefined ? noticeOf(input, client) : undefined,
    errorId: status >= 400 ? request.id : undefined,
  })
}

/** To those that are signed in in this browser, or were until they were away for too long; else to a page without a name. */
function otherAccountView(
  { again, another }: SignInInput,
  { isAmongOthers, form }: { isAmongOthers: boolean; form: FormView },
): OtherAccountView | undefined {
  if (again === undefined && !isAmongOthers) return undefined
  return { ...form, answer: isAmongOthers ? CHOOSE_ACCOUNT : OTHER_ACCOUNT, isBack: another }
}

/** What was typed here before, what the app expects, or who was signed in here until it took too long. */
async function likelyUsername(
  deps: Deps,
  { current, asked, another }: SignInInput,
  here: readonly Present[],
): Promise<string> {
  const { proven, username, selectedAccountId } = current.interaction
  const known = username ?? loginHint(asked)
  if (known !== undefined || another) return known ?? ''
  if (proven !== undefined) return (await deps.storage.accounts.find(proven.accountId))?.username ?? ''
  const before = here.find(({ account, isIdle }) =>
    selectedAccountId === undefined ? isIdle : account.id === selectedAccountId,
  )
  return before?.account.username ?? ''
}

const loginHint = (asked: Asked | undefined): string | undefined =>
  asked === undefined || asked.request instanceof OAuthError ? undefined : asked.request.loginHint

function noticeOf({ current, another }: SignInInput, client: ClientView | undefined): Message | undefined {
  if (current.hasExpired) return wereAway(client)
  return current.interaction.proven !== undefined && !another ? PASSWORD_AGAIN : undefined
}

/** A password was right here, and what had to follow it did not in time; or the account has changed meanwhile. */
const PASSWORD_AGAIN = message('sign_in.password_again')

const wereAway = (client: ClientView | undefined): Message =>
  client === undefined ? message('sign_in.away') : message('sign_in.away_to', { client: client.name })
