/** The accounts of a browser as people choose among them: at a request of an app, and by themselves. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { emailKey } from '../accounts/username.ts'
import { everybodyHere } from '../authorization/browser-sessions.ts'
import { signOutAndLeave } from '../authorization/sign-out.ts'
import type { Deps } from '../deps.ts'
import { accountView } from '../http/account-view.ts'
import type { ChoiceView, SwitchAccountView } from '../http/chooser-view-models.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { holdsSeveral } from '../sessions/handles.ts'
import type { Present } from '../sessions/session.ts'
import { OTHER_ACCOUNT_QUERY } from './interaction/current.ts'

/** Each account once, the active one first. */
export async function accountsHere(deps: Deps, request: FastifyRequest): Promise<readonly Present[]> {
  const here = await everybodyHere(deps, request)
  return here.filter(({ account }, at) => here.findIndex((other) => other.account.id === account.id) === at)
}

/** `value` chooses among the sessions that the browser has proven to have: somebody else's is none of them. */
export function choicesOf(here: readonly Present[]): readonly ChoiceView[] {
  const active = here.find(({ isIdle }) => !isIdle)
  return here.map((one) => ({
    value: one.session.id,
    account: accountView(one.account),
    email: shownEmail(one),
    isActive: here.length > 1 && one === active,
    isSignedOut: one.isIdle,
  }))
}

/** Enough to know one's own by. */
const LONGEST_EMAIL = 64

function shownEmail({ account: { claims, usernameKey } }: Present): string | undefined {
  const { email } = claims
  if (email === undefined || emailKey(email) === usernameKey) return undefined
  return email.length > LONGEST_EMAIL ? `${email.slice(0, LONGEST_EMAIL)}…` : email
}

/** Of the account whose page it is. */
export const switchAccountView = (
  { issuer, cookies }: Pick<Deps, 'issuer' | 'cookies'>,
  request: FastifyRequest,
): SwitchAccountView =>
  holdsSeveral(cookies.session.read(request))
    ? { url: pathBelow(issuer, PAGES.accounts), isSeveral: true }
    : { url: pathBelow(issuer, `${PAGES.signIn}${OTHER_ACCOUNT_QUERY}`), isSeveral: false }

interface Posted {
  readonly form: Parameters
  readonly here: readonly Present[]
  /** Where it goes on when somebody is still signed in, and when nobody is. */
  readonly onward: { readonly some: string; readonly none: string }
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

const ALL = 'all'

/** Signs out whom the form says; undefined: nobody. */
export function signOutChosen(
  deps: Deps,
  { form, here, onward, request, reply }: Posted,
): Promise<FastifyReply> | undefined {
  const whom = form.find('sign_out')
  const leaving = whom === ALL ? here : here.filter(({ session }) => session.id === whom)
  if (leaving.length === 0) return undefined
  const asked = { client: undefined, target: undefined }
  const next = leaving.length < here.length ? onward.some : onward.none
  return signOutAndLeave(deps, { leaving, asked, onward: next, request, reply })
}

/** The session of the form's answer; undefined: it names none of this browser. */
export const chosenIn = (form: Parameters, here: readonly Present[]): Present | undefined => {
  const answer = form.find('answer')
  return here.find(({ session }) => session.id === answer)
}
