/** Whether each upstream provider can be asked, and is who the configuration says. */
import { systemClock } from '../../base/clock.ts'
import type { Config } from '../../config/config.ts'
import type { Egress } from '../../egress/egress.ts'
import { EXPLANATIONS } from '../../refusals/explanations/index.ts'
import { upstreams } from '../../upstream/providers.ts'
import { UpstreamError } from '../../upstream/upstream-error.ts'
import { type Finding, fine, problem } from './finding.ts'

export async function checkUpstream(
  { upstream, issuer }: Pick<Config, 'upstream' | 'issuer'>,
  egress: Egress,
): Promise<readonly Finding[]> {
  if (upstream.length === 0) return [fine('there is no `upstream` in the configuration: nobody signs in elsewhere')]
  const { authorizationUrl } = upstreams({ providers: upstream, egress, clock: systemClock })
  const nothing = { state: '', nonce: '', verifier: '', maxAge: undefined, wantsStrong: false, loginHint: undefined }
  return Promise.all(
    upstream.map(async (provider): Promise<Finding> => {
      try {
        const { host } = await authorizationUrl(provider, { ...nothing, redirectUri: issuer, language: 'en' })
        return fine(`${provider.id} answers, and sends people to ${host}`)
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error
        const { check, expected, came } = error.failed
        const what = [came, expected === undefined ? undefined : `expected: ${expected}`].filter(
          (one) => one !== undefined,
        )
        return problem(`${provider.id} can’t be used: ${what.join('; ')}`, EXPLANATIONS[check].todo)
      }
    }),
  )
}
