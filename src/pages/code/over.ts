/** What came out of a mail is over, or never was: one page for all of it, so that it tells nothing. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { browserHash, browserSecret } from '../../http/browser.ts'
import { PageError } from '../../http/page-error.ts'
import { pathParameter } from '../../http/path-parameter.ts'
import { PAGES } from '../../http/paths.ts'
import { message } from '../../words/message.ts'
import { pathOf } from '../interaction/current.ts'

export const linkIsOver = (): PageError =>
  new PageError({
    status: 410,
    check: 'mailed_link',
    title: message('code.over_title'),
    message: message('code.over_message'),
    advice: message('code.over_advice'),
    wayOn: { to: PAGES.signIn, label: message('code.to_sign_in') },
  })

/** All was done, or it took too long, and somebody comes back: in the browser that asked the sign-in leads on. */
export async function backWhereAsked(
  deps: Pick<Deps, 'issuer' | 'codes' | 'cookies'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const record = await deps.codes.find(pathParameter(request, 'handle'))
  const secret = browserSecret(deps.cookies, request)
  const isHere = secret !== undefined && record?.browserHash === browserHash(secret)
  if (!isHere || record?.interactionId === undefined) throw linkIsOver()
  return reply.redirect(pathOf(deps, { id: record.interactionId }), 303)
}
