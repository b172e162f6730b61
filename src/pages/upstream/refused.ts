/** What people are told when a sign-in at a provider came to nothing, and what is kept of it. */
import type { FastifyRequest } from 'fastify'
import type { UpstreamProvider } from '../../config/upstream-provider.ts'
import type { Deps } from '../../deps.ts'
import { PageError } from '../../http/page-error.ts'
import { tellRefusal } from '../../http/refusal.ts'
import type { UpstreamError } from '../../upstream/upstream-error.ts'
import { type Message, message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'

interface Told {
  readonly status: number
  readonly words: Message
}

/** On the page where they asked for it. */
export function told(
  { config }: Pick<Deps, 'config'>,
  { failed: { check } }: UpstreamError,
  { name: provider }: Pick<UpstreamProvider, 'name'>,
): Told {
  const installation = config.name
  switch (check) {
    case 'upstream_denied':
      return { status: 400, words: message('upstream.denied', { provider }) }
    case 'upstream_error':
      return { status: 400, words: message('upstream.error', { provider }) }
    case 'upstream_unreachable':
      return { status: 502, words: message('upstream.unreachable', { provider }) }
    case 'upstream_age':
      return { status: 403, words: message('upstream.age', { provider }) }
    case 'upstream_claim':
      return { status: 403, words: message('upstream.claim', { provider, installation }) }
    case 'upstream_sign_up':
      return { status: 403, words: message('upstream.sign_up', { provider }) }
    case 'upstream_email':
      return { status: 403, words: message('upstream.email', { provider }) }
    case 'upstream_linked':
      return { status: 403, words: message('upstream.taken', { provider }) }
    default:
      return { status: 400, words: message('upstream.unsure', { provider, installation }) }
  }
}

/** For the operator. */
export function tellUpstream(
  deps: Deps,
  request: FastifyRequest,
  { error, provider, status }: { error: UpstreamError; provider: UpstreamProvider; status: number },
): void {
  const { failed } = error
  tellRefusal(deps, request, { failed, description: inEnglish(told(deps, error, provider).words), status })
  const { accountId } = request
  const whose = accountId === undefined ? {} : { accountId }
  deps.audit.record({ kind: 'upstream_refused', provider: provider.id, reason: failed.check, ...whose }, request)
}

/** A page of its own, where nothing is known of who comes. @param tryAgain an address of ours where it goes on */
export function pageOfItsOwn({ failed }: UpstreamError, tryAgain?: string): PageError {
  const { check } = failed
  const isElsewhere = check === 'upstream_browser'
  return new PageError({
    ...{ status: 400, check, failed, tryAgain },
    title: message(isElsewhere ? 'upstream.browser_title' : 'upstream.over_title'),
    message: message(isElsewhere ? 'upstream.browser_message' : 'upstream.over_message'),
    advice: message(tryAgain === undefined ? 'upstream.over_advice' : 'upstream.over_again'),
  })
}
