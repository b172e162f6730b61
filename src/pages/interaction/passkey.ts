/** Signing in with a passkey, from the button or from what the browser fills in: it says by itself whose it is. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { passkeyLabel, proveByPasskey } from '../../accounts/passkeys.ts'
import type { Deps } from '../../deps.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import type { Failed } from '../../protocol/checks.ts'
import { parkedParameters } from '../../sessions/interaction.ts'
import type { Account } from '../../storage/storage.ts'
import { type Message, message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { passkeyRefusalMessage, postedPlace } from '../passkey-form.ts'
import { currentInteraction, interactionId } from './current.ts'
import { passkeyPurpose } from './passkey-view.ts'
import { proceed } from './proceed.ts'
import { show } from './show.ts'

export function passkey(app: FastifyInstance, deps: Deps): void {
  if (deps.config.passkeys === undefined) return
  app.post(`${PAGES.signIn}/:interaction/passkey`, async (request, reply) => {
    const purpose = passkeyPurpose(interactionId(request))
    const { form, failed } = readGuardedForm(deps, request, purpose)
    const current = await currentInteraction(deps, request, reply)
    const showAgain = (failed: Failed, { status, form }: { status: number; form: Message }) => {
      request.askedAs = parkedParameters(current.interaction)
      tellRefusal(deps, request, { failed, description: inEnglish(form), status })
      return show(deps, { current, request, reply, messages: { status, errors: { form } } })
    }
    if (failed) return showAgain(failed, { status: 403, form: notOurs(failed) })
    const place = postedPlace(deps, request, purpose)
    const proof = await prove(deps, { place, json: form.find('passkey') ?? '', request })
    if ('refused' in proof)
      return showAgain({ check: 'passkey', came: proof.came }, { status: 400, form: proof.refused })
    if (proof.account.disabledAt === undefined) return proceed(deps, { ...proof, current, request, reply })
    request.accountId = proof.account.id
    deps.audit.record({ kind: 'sign_in_refused', reason: 'disabled', accountId: proof.account.id }, request)
    const disabled = message('sign_in.disabled', { installation: deps.config.name })
    return showAgain({ check: 'account_disabled' }, { status: 403, form: disabled })
  })
}

type Proof =
  | { readonly account: Account; readonly amr: readonly string[] }
  | { readonly refused: Message; readonly came: string }

async function prove(
  deps: Deps,
  { place, json, request }: { place: string; json: string; request: FastifyRequest },
): Promise<Proof> {
  const outcome = await proveByPasskey(deps, { place, json, userVerification: 'required' })
  const of = outcome.passkey && idsOf(outcome.passkey)
  if (outcome.kind === 'refused') {
    const { reason } = outcome
    deps.audit.record({ kind: 'passkey_refused', as: 'sign_in', reason, ...of }, request)
    return { refused: passkeyRefusalMessage(reason), came: reason }
  }
  const account = await deps.storage.accounts.find(outcome.passkey.accountId)
  // Removed at this moment.
  if (account === undefined) return { refused: passkeyRefusalMessage('unknown'), came: 'unknown' }
  deps.audit.record({ kind: 'passkey_used', as: 'sign_in', ...idsOf(outcome.passkey) }, request)
  return { account, amr: outcome.amr }
}

const idsOf = (passkey: { readonly id: string; readonly accountId: string }) => ({
  accountId: passkey.accountId,
  passkey: passkeyLabel(passkey),
})
