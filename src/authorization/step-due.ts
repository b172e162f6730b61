/** Loads what is needed to say whether more has to be proven, as far as it can matter, and says it. */
import type { FastifyRequest } from 'fastify'
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
  const policy = deps.config.secondFactor
  const facts = { policy, wanted, proof, groups: account.claims.groups ?? [] }
  if (!mayBeDue(facts)) return 'nothing'
  const totp = await deps.storage.totps.find(account.id)
  if (totp === undefined) return enough({ ...facts, hasSecondFactor: false, isRemembered: false })
  const of = { accountId: account.id, since: totp.createdAt }
  const isKnownHere = await isRemembered(deps, of, deps.cookies.remembered.read(request))
  return enough({ ...facts, hasSecondFactor: true, isRemembered: isKnownHere })
}

/** What a client wants of the sign-in. */
export function wantedBy({ client, request }: Pick<Asked, 'client' | 'request'>): Wanted {
  if (request instanceof OAuthError) return NOTHING_WANTED
  const { acrValues, requiredAcrs, prompts } = request
  // Nobody can be asked for what is only wished for.
  const wished = prompts.has('none') ? [] : acrValues
  return { isRequiredByClient: client.requiresSecondFactor, acrValues: wished, requiredAcrs }
}
