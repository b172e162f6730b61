/** The browser is sent to a provider. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Timestamp } from '../../base/clock.ts'
import { SECOND } from '../../base/duration.ts'
import type { UpstreamProvider } from '../../config/upstream-provider.ts'
import type { Deps } from '../../deps.ts'
import { browserHash, ensureBrowser } from '../../http/browser.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { refuseManyNew } from '../../http/too-many-requests.ts'
import { keepRequest } from '../../upstream/request.ts'

/** To be registered there, byte for byte. */
export const redirectUri = (issuer: string, { id }: Pick<UpstreamProvider, 'id'>): string =>
  new URL(pathBelow(issuer, `${PAGES.upstream}/${id}/callback`), issuer).href

interface Sending {
  readonly provider: UpstreamProvider
  /** One of the two: what it is for. */
  readonly interactionId?: string
  readonly sessionId?: string
  /** The sign-in there must be since then; undefined: any will do. */
  readonly freshSince: Timestamp | undefined
  readonly wantsStrong: boolean
  readonly loginHint: string | undefined
}

/** Rejects with `UpstreamError` when the provider can't be asked. */
export async function sendToProvider(
  deps: Deps,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { provider, freshSince, wantsStrong, loginHint, ...what }: Sending,
): Promise<FastifyReply> {
  refuseManyNew(deps, request)
  const browser = ensureBrowser(deps.cookies, request, reply, deps.random)
  const sending = { ...what, provider, freshSince, browser, browserHash: browserHash(browser) }
  const secrets = await keepRequest(deps, sending)
  const url = await deps.upstream.authorizationUrl(provider, {
    ...secrets,
    redirectUri: redirectUri(deps.issuer, provider),
    maxAge: freshSince === undefined ? undefined : Math.max(0, Math.floor((deps.clock.now() - freshSince) / SECOND)),
    ...{ wantsStrong, loginHint, language: request.language.tag },
  })
  // RFC 9700 §4.12: never 307, with which a browser would post on what was posted here.
  return reply.redirect(url.href, 303)
}
