/** The buttons of the providers that somebody may sign in with. */
import type { Deps } from '../../deps.ts'
import { formToken } from '../../http/browser.ts'
import type { UpstreamView } from '../../http/upstream-view-models.ts'
import type { Account } from '../../storage/storage.ts'
import { type Current, pathOf } from './current.ts'

export const upstreamPurpose = (interactionId: string): string => `upstream/${interactionId}`

/** @param again who must prove to be the same: they see those that they are linked to */
export async function upstreamView(
  deps: Pick<Deps, 'issuer' | 'upstream' | 'storage'>,
  { interaction, secret }: Current,
  again: Account | undefined,
): Promise<UpstreamView | undefined> {
  const { all } = deps.upstream
  if (all.length === 0) return undefined
  const linked = again && (await deps.storage.upstreamIdentities.ofAccount(again.id))
  const shown = all.filter(({ issuer }) => linked === undefined || linked.some((one) => one.issuer === issuer))
  if (shown.length === 0) return undefined
  return {
    form: { action: pathOf(deps, interaction, '/upstream'), csrf: formToken(secret, upstreamPurpose(interaction.id)) },
    providers: shown.map(({ id, name, logoUri }) => ({ id, name, logo: logoUri })),
  }
}

/** Where its form leads in the end, as far as that is no https: the page's policy has to allow it. */
export const plainProvider = ({ upstream }: Pick<Deps, 'upstream'>): string | undefined =>
  upstream.all.find(({ issuer }) => issuer.startsWith('http:'))?.issuer
