/** A refusal that a person sees: plain words, the app's name where it is known, and a safe way on. */

import type { Check, Failed } from '../protocol/checks.ts'
import type { Client } from '../protocol/client.ts'
import type { OAuthError } from '../protocol/oauth-error.ts'
import { type Message, message } from '../words/message.ts'
import type { ClientAnswer } from './client-redirect.ts'

export interface PageErrorInput {
  readonly status: number
  readonly title: Message
  /** What happened. */
  readonly message: Message
  /** What to do next. */
  readonly advice: Message
  readonly client?: Client | undefined
  /** An address of ours (path and query) that may work in a moment; otherwise the way on leads back to the app. */
  readonly tryAgain?: string | undefined
  /** Another way on than back to the app; below the issuer. */
  readonly wayOn?: { readonly to: string; readonly label: Message } | undefined
  /** What the app would be sent, for the person to send it; the page names where that leads. */
  readonly answer?: ClientAnswer | undefined
  /** Which one refused, for the operator. */
  readonly check: Check
  /** The same with more to say of it; what of it is a secret is for whoever throws. */
  readonly failed?: Failed | undefined
  /** For whoever looks after the app. */
  readonly cause?: OAuthError | undefined
}

export class PageError extends Error {
  readonly page: PageErrorInput

  constructor(page: PageErrorInput) {
    super(page.title.key)
    this.name = 'PageError'
    this.page = page
  }
}

/** A request of an app that is refused before it is known where an answer could go. */
export const refusedRequest = (cause: OAuthError, client?: Client): PageErrorInput => ({
  status: 400,
  title: message('error.request_title'),
  message: message('error.request_message'),
  advice: message('error.request_advice'),
  client,
  check: cause.failed.check,
  cause,
})

/** The same of an app that came by itself, when the answer could go to it but must not go by itself. */
export const refusedOfUnchecked = (cause: OAuthError, client: Client, answer: ClientAnswer): PageErrorInput => ({
  ...refusedRequest(cause, client),
  advice: message('error.unchecked_advice'),
  answer,
})
