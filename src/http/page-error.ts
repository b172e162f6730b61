/** A refusal that a person sees: plain words, the app's name where it is known, and a safe way on. */

import type { Check } from '../protocol/checks.ts'
import type { Client } from '../protocol/client.ts'
import type { OAuthError } from '../protocol/oauth-error.ts'
import type { ClientAnswer } from './client-redirect.ts'

export interface PageErrorInput {
  readonly status: number
  readonly title: string
  /** What happened. */
  readonly message: string
  /** What to do next. */
  readonly advice: string
  readonly client?: Client | undefined
  /** An address of ours (path and query) that may work in a moment; otherwise the way on leads back to the app. */
  readonly tryAgain?: string | undefined
  /** What the app would be sent, for the person to send it; the page names where that leads. */
  readonly answer?: ClientAnswer | undefined
  /** Which one refused, for the operator. */
  readonly check: Check
  /** For whoever looks after the app. */
  readonly cause?: OAuthError | undefined
}

export class PageError extends Error {
  readonly page: PageErrorInput

  constructor(page: PageErrorInput) {
    super(page.title)
    this.name = 'PageError'
    this.page = page
  }
}

/** A request of an app that is refused before it is known where an answer could go. */
export const refusedRequest = (cause: OAuthError, client?: Client): PageErrorInput => ({
  status: 400,
  title: 'This link does not work',
  message: 'The app that sent you here asked for something that we have to refuse. Nothing that you did is wrong.',
  advice:
    'Go back to the app and try again. If it happens again, tell whoever looks after the app, and give them the id below.',
  client,
  check: cause.failed.check,
  cause,
})

/** The same of an app that came by itself, when the answer could go to it but must not go by itself. */
export const refusedOfUnchecked = (cause: OAuthError, client: Client, answer: ClientAnswer): PageErrorInput => ({
  ...refusedRequest(cause, client),
  advice: 'If you did not start at that app yourself, close this page. Otherwise you can go back to it and try again.',
  answer,
})
