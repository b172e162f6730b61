/** What every post of a page of ours must prove before anything is done: it comes from the browser that got the form. */
import type { FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { browserSecret, isCrossSite, isFormToken } from './browser.ts'
import { readForm } from './form.ts'
import { PageError } from './page-error.ts'

export interface GuardedForm {
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
  if (isCrossSite(request, deps.issuer)) throw new PageError(FROM_ELSEWHERE)
  const form = readForm(request)
  return { form, isOurs: isFormToken(form.get('csrf'), browserSecret(deps.cookies, request), purpose) }
}

const FROM_ELSEWHERE = {
  status: 403,
  title: 'That did not come from this page',
  message: 'Another site tried to fill in a form of ours for you. We did nothing with it.',
  advice: 'If you meant to sign in or out, start from the app or from here.',
} as const

/** Shown when a form comes without the cookie of the browser that got it. */
export const LOST_COOKIE =
  'Your browser did not send our cookie with the form, so we did nothing with it. Please try again. If you see this again, allow cookies for this site.'
