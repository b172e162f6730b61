/** What every post of a page of ours must prove before anything is done: it comes from the browser that got the form. */
import type { FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import type { Failed } from '../protocol/checks.ts'
import { type Parameters, readParameters } from '../protocol/parameters.ts'
import { type Message, message } from '../words/message.ts'
import { inEnglish } from '../words/words.ts'
import { browserSecret, isCrossSite, isFormToken } from './browser.ts'
import { rawForm } from './form.ts'
import { PageError } from './page-error.ts'
import { type RefusalDeps, tellRefusal } from './refusal.ts'

export interface GuardedForm {
  /** To be read with `find`: what people type is never malformed, only not right. */
  readonly form: Parameters
  /** False when the cookie is lost or the form is another's: show the page again, do nothing. */
  readonly isOurs: boolean
  /** Why it is not ours. */
  readonly failed: Failed | undefined
}

/** Throws a 403 page for a post that another site made. */
export function readGuardedForm(
  deps: Pick<Deps, 'issuer' | 'cookies'>,
  request: FastifyRequest,
  purpose: string,
): GuardedForm {
  refuseCrossSite(deps, request)
  const form = readParameters(rawForm(request))
  const [token, secret] = [form.find('csrf'), browserSecret(deps.cookies, request)]
  const isOurs = isFormToken(token, secret, purpose)
  return { form, isOurs, failed: isOurs ? undefined : whyNotOurs(token, secret) }
}

/** Three faults with three causes: the browser, whoever changed the page, and an old tab. */
function whyNotOurs(token: string | undefined, secret: string | undefined): Failed {
  if (secret === undefined) {
    return { check: 'lost_cookie', expected: 'the cookie of the browser that got the form', came: 'no cookie' }
  }
  if (token === undefined || token === '') {
    return {
      check: 'no_form_token',
      expected: 'the field csrf, as it was in the form',
      came: 'our cookie, and no csrf',
    }
  }
  return {
    ...{ check: 'form_token', expected: 'the csrf of this form in this browser' },
    came: 'our cookie, and the csrf of another form',
  }
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

/** What a person is told of a form that is not ours, so that nothing was done with it. */
export const notOurs = ({ check }: Failed): Message => (check === 'lost_cookie' ? LOST_COOKIE : OLD_FORM)

/** Of a form whose page is simply shown again: otherwise nothing would say why it always comes back. */
export const tellNotOurs = (deps: RefusalDeps, request: FastifyRequest, failed: Failed): void =>
  tellRefusal(deps, request, { failed, description: inEnglish(notOurs(failed)), status: 303 })

const LOST_COOKIE = message('sign_in.lost_cookie')
const OLD_FORM = message('sign_in.old_form')
