/** The page of one's password. */
import type { FastifyReply } from 'fastify'
import { hasPassword } from '../../accounts/has-password.ts'
import { MIN_PASSWORD_LENGTH } from '../../accounts/normalized-password.ts'
import type { Deps } from '../../deps.ts'
import type { PasswordView } from '../../http/account-view-models.ts'
import { ensureBrowser, formToken } from '../../http/browser.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import type { SignedIn } from '../../sessions/session.ts'
import type { Message } from '../../words/message.ts'
import { accountFrame } from './frame.ts'

/** Of what it asks for: an account may have got a password, or lost it, since. */
export const passwordPurpose = ({ session, account }: SignedIn): string =>
  `change-password/${session.id}/${hasPassword(account) ? 'change' : 'set'}`

export interface PasswordMessages {
  readonly status: number
  readonly errors: PasswordView['errors'] & { readonly form?: Message }
  readonly endsOthers: boolean
}

interface PasswordInput {
  readonly signedIn: SignedIn
  readonly reply: FastifyReply
  readonly done?: Message | undefined
  readonly messages?: PasswordMessages
}

export async function showPassword(
  deps: Deps,
  { signedIn, reply, done, messages }: PasswordInput,
): Promise<FastifyReply> {
  const { account } = signedIn
  const { request } = reply
  const csrf = formToken(ensureBrowser(deps.cookies, request, reply, deps.random), passwordPurpose(signedIn))
  const { form, current, password } = messages?.errors ?? {}
  const isThere = hasPassword(account)
  const problem = (field: string, said: Message | undefined) => (said === undefined ? [] : [{ field, message: said }])
  allowPage(reply)
  return render(reply.code(messages?.status ?? 200), 'account-password', {
    ...(await accountFrame(deps, account, PAGES.password)),
    form: { action: pathBelow(deps.issuer, `${PAGES.password}/change`), csrf },
    hasPassword: isThere,
    shortest: MIN_PASSWORD_LENGTH,
    errors: { ...(current && { current }), ...(password && { password }) },
    endsOthers: messages?.endsOthers ?? true,
    problems: [
      ...problem(isThere ? 'current' : 'password', form),
      ...problem('current', current),
      ...problem('password', password),
    ],
    done,
    errorId: messages === undefined ? undefined : request.id,
  })
}
