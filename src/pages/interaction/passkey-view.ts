/** The passkey's form on the sign-in page. */
import { passkeyRequest } from '../../accounts/passkeys.ts'
import type { Deps } from '../../deps.ts'
import type { PasskeyFormView } from '../../http/passkey-view-models.ts'
import { passkeyForm } from '../passkey-form.ts'
import { type Current, pathOf } from './current.ts'

export const passkeyPurpose = (interactionId: string): string => `passkey/${interactionId}`

/** @param query of the page, to stay with it */
export async function signInPasskey(
  deps: Deps,
  { interaction, secret }: Current,
  query: string,
): Promise<PasskeyFormView | undefined> {
  if (deps.config.passkeys === undefined) return undefined
  return passkeyForm(deps, {
    action: pathOf(deps, interaction, `/passkey${query}`),
    secret,
    purpose: passkeyPurpose(interaction.id),
    ask: (place) => passkeyRequest(deps, place, { userVerification: 'required' }),
  })
}
