/** A form that a passkey answers: what the browser is asked for, for whom, and where the script comes from. */
import type { FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { browserHash, browserSecret, formToken } from '../http/browser.ts'
import type { PasskeyFormView } from '../http/passkey-view-models.ts'
import { PAGES, pathBelow } from '../http/paths.ts'
import { PASSKEYS_SCRIPT } from '../http/views.ts'
import { type Message, message } from '../words/message.ts'

/** What a challenge is bound to: this form of this page, in this browser. */
const placeOf = (secret: string, purpose: string): string => `${purpose}\0${browserHash(secret)}`

/** The same of a form that was posted; its guard has seen the browser. */
export const postedPlace = (deps: Pick<Deps, 'cookies'>, request: FastifyRequest, purpose: string): string =>
  placeOf(browserSecret(deps.cookies, request) ?? '', purpose)

interface PasskeyForm {
  readonly action: string
  readonly secret: string
  readonly purpose: string
  /** By the place that its challenge is for. */
  readonly ask: (place: string) => object | Promise<object>
}

export async function passkeyForm(
  { issuer }: Pick<Deps, 'issuer'>,
  { action, secret, purpose, ask }: PasskeyForm,
): Promise<PasskeyFormView> {
  return {
    action,
    csrf: formToken(secret, purpose),
    options: JSON.stringify(await ask(placeOf(secret, purpose))),
    script: `${pathBelow(issuer, PAGES.passkeysScript)}?${PASSKEYS_SCRIPT.version}`,
  }
}

/** For the policy of a page that has such a form: this address and no other. */
export const passkeyScriptSource = ({ issuer }: Pick<Deps, 'issuer'>): string =>
  `${new URL(issuer).origin}${pathBelow(issuer, PAGES.passkeysScript)}`

/** What its owner is told of one that was refused. */
export function passkeyRefusalMessage(reason: string): Message {
  if (reason === 'old_challenge') return message('passkey.too_late')
  return message(reason === 'not_verified' ? 'passkey.not_verified' : 'passkey.wrong')
}

/** The same of one that was to be made. */
export function passkeyNotMadeMessage(reason: string): Message {
  if (reason === 'old_challenge') return message('passkey.too_late')
  if (reason === 'too_many') return message('passkey.too_many')
  return message('passkey.not_made')
}
