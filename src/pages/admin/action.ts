/**
 * What an admin does: asked on a page of its own first, and done by the form of that page alone, which is good for one action,
 * one thing and one session.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { ensureBrowser, formToken } from '../../http/browser.ts'
import { readQuery } from '../../http/form.ts'
import { readGuardedForm } from '../../http/form-guard.ts'
import { signInFirst } from '../interaction/own-page.ts'
import { letIn, notThere } from './guard.ts'
import { type AdminRequest, adminPath, type Question, showQuestion } from './page.ts'

/** What can be done to one thing, as it is now. */
export interface Possible extends Pick<Question, 'title' | 'consequences' | 'button' | 'backUrl'> {
  /** Gives where it goes on. */
  act(): Promise<string>
}

/** Undefined: there is no such thing, or it is not to be done to it. */
export type Action = (asked: AdminRequest, id: string) => Promise<Possible | undefined>

interface Asked {
  readonly path: string
  readonly action: Action
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

const purposeOf = (path: string, id: string, sessionId: string): string => `admin${path}/${id}/${sessionId}`

export async function ask(deps: Deps, { path, action, request, reply }: Asked): Promise<FastifyReply> {
  const asked = await letIn(deps, { request, reply }, () => signInFirst(deps, request, reply))
  if ('answered' in asked) return asked.answered
  const id = asked.query.find('id') ?? ''
  const possible = await action(asked, id)
  if (possible === undefined) return notThere(reply)
  const { title, consequences, button, backUrl } = possible
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  const csrf = formToken(secret, purposeOf(path, id, asked.signedIn.session.id))
  const form = { action: adminPath(deps, path, { id }), csrf }
  return showQuestion(asked, path, { title, consequences, button, backUrl, form })
}

export async function doIt(deps: Deps, { path, action, request, reply }: Asked): Promise<FastifyReply> {
  // Who has to sign in again is asked again afterwards: nothing is done by a form that waited in between.
  const again = (id: string) => reply.redirect(adminPath(deps, path, { id }), 303)
  const asked = await letIn(deps, { request, reply }, () => again(readQuery(request).find('id') ?? ''))
  if ('answered' in asked) return asked.answered
  const id = asked.query.find('id') ?? ''
  const { isOurs } = readGuardedForm(deps, request, purposeOf(path, id, asked.signedIn.session.id))
  if (!isOurs) return again(id)
  const possible = await action(asked, id)
  return possible === undefined ? notThere(reply) : reply.redirect(await possible.act(), 303)
}
