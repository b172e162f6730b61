/** Somebody comes back from a provider (OpenID Connect Core §3.1.2.5): signed in, or with a provider more to sign in with. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { browserHash, browserSecret } from '../../http/browser.ts'
import { rawQuery, readQuery } from '../../http/form.ts'
import { pathParameter } from '../../http/path-parameter.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import type { UpstreamRequest } from '../../storage/storage.ts'
import { requireClaims } from '../../upstream/claims.ts'
import type { UpstreamAnswer } from '../../upstream/openid.ts'
import { findSent, secretsOf, takeAnswer } from '../../upstream/request.ts'
import { UpstreamError } from '../../upstream/upstream-error.ts'
import { pathOf } from '../interaction/current.ts'
import type { Back } from './back.ts'
import { linkBack } from './link-back.ts'
import { pageOfItsOwn } from './refused.ts'
import { redirectUri } from './send.ts'
import { signInBack } from './sign-in-back.ts'

export function upstreamCallback(app: FastifyInstance, deps: Deps): void {
  app.get(`${PAGES.upstream}/:provider/callback`, async (request, reply) => {
    const back = await comeBack(deps, request, reply)
    return back.sent.sessionId === undefined ? signInBack(deps, back) : linkBack(deps, back)
  })
}

/** Throws a page for whoever was not sent, or not from this browser. The state is used up by it. */
async function comeBack(deps: Deps, request: FastifyRequest, reply: FastifyReply): Promise<Back> {
  const state = readQuery(request).find('state') ?? ''
  const secret = browserSecret(deps.cookies, request) ?? ''
  const hash = secret === '' ? undefined : browserHash(secret)
  const providerId = pathParameter(request, 'provider')
  const found = await findSent(deps, state)
  try {
    const sent = await takeAnswer(deps, found, { providerId, browserHash: hash })
    const provider = deps.upstream.find(providerId)
    if (provider === undefined || provider.issuer !== sent.issuer) {
      throw new UpstreamError('upstream_state', { came: 'an answer of a provider that was taken out meanwhile' })
    }
    const ask = async (): Promise<UpstreamAnswer> => {
      const url = new URL(`${redirectUri(deps.issuer, provider)}?${rawQuery(request)}`)
      const answer = await deps.upstream.answer(provider, { ...secretsOf(state, secret), url })
      requireClaims(provider, answer.claims)
      return answer
    }
    return { provider, sent, request, reply, ask }
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    const known = deps.upstream.find(providerId)
    if (known) deps.audit.record({ kind: 'upstream_refused', provider: known.id, reason: error.failed.check }, request)
    throw pageOfItsOwn(error, found?.browserHash === hash ? wayOn(deps, found) : undefined)
  }
}

/** The page that they came from. */
function wayOn({ issuer }: Pick<Deps, 'issuer'>, sent: UpstreamRequest | undefined): string | undefined {
  if (sent === undefined) return undefined
  const { interactionId: id } = sent
  return id === undefined ? pathBelow(issuer, PAGES.linked) : pathOf({ issuer }, { id })
}
