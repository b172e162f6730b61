/** Loads what is needed to say whether more has to be proven, as far as it can matter, and says it. */
import type { FastifyRequest } from 'fastify'
import { passkeysOf } from '../accounts/passkeys.ts'
import type { Deps } from '../deps.ts'
import type { StepDue } from '../protocol/authorization-decision.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import { enough, mayBeDue, NOTHING_WANTED, type Proof, type Wanted } from '../sessions/enough.ts'
import { isRemembered } from '../sessions/remembered-devices.ts'
import type { Account } from '../storage/storage.ts'
import type { Asked } from './asked.ts'

export type StepDeps = Pick<Deps, 'config' | 'storage' | 'cookies' | 'clock'>

interface Proving {
  readonly account: Account
  readonly proof: Proof
  readonly wanted: Wanted
  readonly request: FastifyRequest
}

export async function stepDue(deps: StepDeps, { account, proof, wanted, request }: Proving): Promise<StepDue> {
  const { secondFactor: policy, passkeys } = deps.config
  const groups = account.claims.groups ?? []
  const facts = { policy, wanted, proof, groups, arePasskeysOn: passkeys !== undefined }
  if (!mayBeDue(facts)) return 'nothing'
  const [totp, keys] = await Promise.all([deps.storage.totps.find(account.id), passkeysOf(deps, account.id)])
  const has = { hasApp: totp !== undefined, hasPasskey: keys.length > 0 }
  const since = totp?.createdAt ?? keys[0]?.createdAt
  if (since === undefined) return enough({ ...facts, ...has, isRemembered: false })
  const isKnownHere = await isRemembered(deps, { accountId: account.id, since }, deps.cookies.remembered.read(request))
  return enough({ ...facts, ...has, isRemembered: isKnownHere })
}

/** What a client wants of the sign-in. */
export function wantedBy({ client, request }: Pick<Asked, 'client' | 'request'>): Wanted {
  if (request instanceof OAuthError) return NOTHING_WANTED
  const { acrValues, requiredAcrs, prompts } = request
  // Nobody can be asked for what is only wished for.
  const wished = prompts.has('none') ? [] : acrValues
  return { isRequiredByClient: client.requiresSecondFactor, acrValues: wished, requiredAcrs }
}
