/** Signing in at another provider: the buttons of the sign-in page, and what is posted by them. */
import type { FastifyInstance } from 'fastify'
import { type Asked, readParkedAuthorization } from '../../authorization/asked.ts'
import { wantedBy } from '../../authorization/step-due.ts'
import type { Timestamp } from '../../base/clock.ts'
import type { UpstreamProvider } from '../../config/upstream-provider.ts'
import type { Deps } from '../../deps.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { MULTI_FACTOR, reaches } from '../../protocol/acr.ts'
import { OAuthError } from '../../protocol/oauth-error.ts'
import type { Wanted } from '../../sessions/enough.ts'
import type { Interaction } from '../../storage/storage.ts'
import { UpstreamError } from '../../upstream/upstream-error.ts'
import type { Message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { tellUpstream, told } from '../upstream/refused.ts'
import { sendToProvider } from '../upstream/send.ts'
import { currentInteraction, interactionId } from './current.ts'
import { maxAgeOfPage, wantedByPage } from './own-page.ts'
import { show } from './show.ts'
import { upstreamPurpose } from './upstream-view.ts'

export function upstream(app: FastifyInstance, deps: Deps): void {
  app.post(`${PAGES.signIn}/:interaction/upstream`, async (request, reply) => {
    const { form, failed } = readGuardedForm(deps, request, upstreamPurpose(interactionId(request)))
    const current = await currentInteraction(deps, request, reply)
    const { interaction } = current
    const showAgain = (status: number, words: Message) =>
      show(deps, { current, request, reply, messages: { status, errors: { form: words } } })
    if (failed) {
      tellRefusal(deps, request, { failed, description: inEnglish(notOurs(failed)), status: 403 })
      return showAgain(403, notOurs(failed))
    }
    const provider = deps.upstream.find(form.find('provider') ?? '')
    // Taken out of the configuration since the page was shown.
    if (provider === undefined) return show(deps, { current, request, reply })
    const asked =
      interaction.clientId === undefined ? undefined : await readParkedAuthorization(deps, interaction.parameters)
    request.askedAs = asked?.encoded
    try {
      return await sendToProvider(
        deps,
        { request, reply },
        {
          ...{ provider, interactionId: interaction.id },
          freshSince: freshSince(deps, interaction, asked),
          wantsStrong: isStrong(asked === undefined ? wantedByPage(interaction) : wantedBy(asked)),
          loginHint: asked === undefined || asked.request instanceof OAuthError ? undefined : asked.request.loginHint,
        },
      )
    } catch (error) {
      return showAgain(...refusalOf(error, provider))
    }

    function refusalOf(error: unknown, of: UpstreamProvider): [number, Message] {
      if (!(error instanceof UpstreamError)) throw error
      const { status, words } = told(deps, error, of)
      tellUpstream(deps, request, { error, provider: of, status })
      return [status, words]
    }
  })
}

/** OpenID Connect Core §3.1.2.1: what the app, or a page of ours, wants of the age of the sign-in is wanted of the provider's. */
function freshSince(
  deps: Pick<Deps, 'config' | 'clock'>,
  interaction: Interaction,
  asked: Asked | undefined,
): Timestamp | undefined {
  const now = deps.clock.now()
  if (asked === undefined) {
    const maxAge = maxAgeOfPage(deps, interaction)
    return maxAge === undefined ? undefined : now - maxAge
  }
  if (asked.request instanceof OAuthError) return undefined
  const { prompts, maxAge } = asked.request
  if (prompts.has('login')) return now
  return maxAge === undefined ? undefined : now - maxAge
}

const isStrong = ({ isRequiredByClient, acrValues, requiredAcrs }: Wanted): boolean =>
  isRequiredByClient ||
  reaches(
    [MULTI_FACTOR],
    (requiredAcrs ?? acrValues).filter((acr) => !reaches(['pwd'], [acr])),
  )
