/** A passkey that was posted to be added to an account. */
import type { FastifyRequest } from 'fastify'
import { passkeyLabel, type RegistrationOutcome, registerPasskey } from '../accounts/passkeys.ts'
import { makeRecoveryCodes } from '../accounts/second-factor.ts'
import type { Deps } from '../deps.ts'
import type { Parameters } from '../protocol/parameters.ts'
import type { Account } from '../storage/storage.ts'
import { postedPlace } from './passkey-form.ts'

interface Making {
  readonly account: Account
  readonly purpose: string
  readonly form: Parameters
  readonly request: FastifyRequest
}

export async function makePasskey(
  deps: Deps,
  { account, purpose, form, request }: Making,
): Promise<RegistrationOutcome> {
  const place = postedPlace(deps, request, purpose)
  const device = request.headers['user-agent']
  const outcome = await registerPasskey(deps, { place, json: form.find('passkey') ?? '', account, device })
  if (outcome.kind === 'added') {
    const { passkey } = outcome
    const { aaguid, isBackupEligible: isSynced } = passkey
    const which = { accountId: account.id, passkey: passkeyLabel(passkey) }
    deps.audit.record({ kind: 'passkey_added', ...which, aaguid, isSynced }, request)
  }
  return outcome
}

/** For when it is lost. Undefined: the account has codes already. */
export async function codesForPasskey(
  deps: Deps,
  { id: accountId }: Account,
  request: FastifyRequest,
): Promise<readonly string[] | undefined> {
  if ((await deps.storage.recoveryCodes.count(accountId)).left > 0) return undefined
  return newRecoveryCodes(deps, accountId, request)
}

/** In place of those that there were, to be shown once. */
export async function newRecoveryCodes(
  deps: Deps,
  accountId: string,
  request: FastifyRequest,
): Promise<readonly string[]> {
  const codes = await makeRecoveryCodes(deps, accountId)
  deps.audit.record({ kind: 'recovery_codes_made', accountId, count: codes.length }, request)
  return codes
}
