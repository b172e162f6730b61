/** What every post of a page of ours must prove before anything is done: it comes from the browser that got the form. */
import type { FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { type Parameters, readParameters } from '../protocol/parameters.ts'
import { message } from '../words/message.ts'
import { browserSecret, isCrossSite, isFormToken } from './browser.ts'
import { rawForm } from './form.ts'
import { PageError } from './page-error.ts'

export interface GuardedForm {
  /** To be read with `find`: what people type is never malformed, only not right. */
  readonly form: Parameters
  /** False when the cookie is lost or the form is another's: show the page again, do nothing. */
  readonly isOurs: boolean
}

/** Throws a 403 page for a post that another site made. */
export function readGuardedForm(
  deps: Pick<Deps, 'issuer' | 'cookies'>,
  request: FastifyRequest,
  purpose: string,
): GuardedForm {
  refuseCrossSite(deps, request)
  const form = readParameters(rawForm(request))
  return { form, isOurs: isFormToken(form.find('csrf'), browserSecret(deps.cookies, request), purpose) }
}

/** For what must be known before anything else is looked at. Throws the same 403 page. */
export function refuseCrossSite({ issuer }: Pick<Deps, 'issuer'>, request: FastifyRequest): void {
  if (isCrossSite(request, issuer)) throw new PageError(FROM_ELSEWHERE)
}

const FROM_ELSEWHERE = {
  status: 403,
  check: 'cross_site',
  title: message('error.elsewhere_title'),
  message: message('error.elsewhere_message'),
  advice: message('error.elsewhere_advice'),
} as const

/** Shown when a form comes without the cookie of the browser that got it. */
export const LOST_COOKIE = message('sign_in.lost_cookie')
