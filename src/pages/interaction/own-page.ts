/**
 * A sign-in that no app asked for: the sign-in page opened by itself, or a page of ours that wants to know who is there. What is
 * parked then is where it goes on, below the issuer; it was written by us, and is looked at again all the same.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { browserHash, ensureBrowser } from '../../http/browser.ts'
import { speakTo } from '../../http/language.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { refuseManyNew } from '../../http/too-many-requests.ts'
import { park } from '../../sessions/interaction.ts'
import { findSignedIn } from '../../sessions/session.ts'
import { isFreshForAdmin } from '../admin/who-may.ts'
import { pathOf, wantsAnother } from './current.ts'
import { type ShowInput, showSignIn } from './sign-in-view.ts'

/** Longer ones lead to the first page of their kind: nobody has to remember a filter of so many letters. */
const LONGEST = 1000

/** On to the sign-in page, and then back to this page for admins. */
export async function signInFirst(deps: Deps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  refuseManyNew(deps, request)
  const browser = ensureBrowser(deps.cookies, request, reply, deps.random)
  const wanted = request.url.slice(pathBelow(deps.issuer, '').length)
  const to = wanted.length > LONGEST ? PAGES.admin : wanted
  const parameters = new URLSearchParams({ to }).toString()
  const interaction = await park(deps, { clientId: undefined, parameters }, browserHash(browser))
  return reply.redirect(pathOf(deps, interaction), 303)
}

/** The page that was wanted; undefined: none, or one that is not there any more. */
function wantedPage({ config }: Pick<Deps, 'config'>, parameters: string): string | undefined {
  const to = new URLSearchParams(parameters).get('to') ?? ''
  return config.admin !== undefined && ADMIN_PAGE.test(to) ? to : undefined
}

const ADMIN_PAGE = new RegExp(`^${PAGES.admin}(?:[/?][\\x21-\\x5b\\x5d-\\x7e]*)?$`)

export async function showOwn(deps: Deps, input: ShowInput): Promise<FastifyReply> {
  const { current, request, reply } = input
  const signedIn = await findSignedIn(deps, deps.cookies.session.read(request))
  request.accountId ??= signedIn?.account.id
  speakTo(request, signedIn?.account)
  const wanted = wantedPage(deps, current.interaction.parameters)
  const isEnough =
    wanted === undefined || (signedIn && isFreshForAdmin(deps.config.admin, signedIn.session, deps.clock.now()))
  if (signedIn && isEnough) return reply.redirect(pathBelow(deps.issuer, wanted ?? PAGES.home), 303)
  const another = wantsAnother(request)
  return showSignIn(deps, { ...input, asked: undefined, another, again: another ? undefined : signedIn?.account })
}
