/**
 * A first factor that was proven and is not enough by itself. It is kept with the interaction, for some minutes, and belongs to
 * the browser that got a cookie for it at that moment: nobody can have planted that one before.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { CLOCK_SKEW, type Timestamp } from '../../base/clock.ts'
import { type Duration, MINUTE } from '../../base/duration.ts'
import { constantTimeEqual, sha256 } from '../../base/hash.ts'
import { randomSecret } from '../../base/random.ts'
import type { Deps } from '../../deps.ts'
import type { Account, Interaction } from '../../storage/storage.ts'
import { pathOf } from './current.ts'

/** Time to find the phone, or to install an app on it. */
const COUNTS: Duration = 15 * MINUTE

export interface FirstFactor {
  readonly account: Account
  readonly amr: readonly string[]
  /** When they signed in elsewhere; undefined: here, just now. */
  readonly authenticatedAt?: Timestamp | undefined
}

export async function keepProof(
  deps: Pick<Deps, 'issuer' | 'storage' | 'cookies' | 'clock' | 'random'>,
  {
    account,
    amr,
    authenticatedAt,
    interaction,
    reply,
  }: FirstFactor & { interaction: Interaction; reply: FastifyReply },
): Promise<void> {
  const secret = randomSecret(deps.random)
  const { id: accountId, updatedAt: version } = account
  await deps.storage.interactions.keepProven(interaction.id, {
    ...{ accountId, amr, authenticatedAt, version, at: deps.clock.now(), hash: sha256(secret) },
  })
  deps.cookies.proof.write(reply, pathOf(deps, interaction), secret)
}

/** Undefined: nothing was proven here, or too long ago, or of an account that is disabled or has changed since. */
export async function findProof(
  deps: Pick<Deps, 'storage' | 'cookies' | 'clock'>,
  { proven }: Pick<Interaction, 'proven'>,
  request: FastifyRequest,
): Promise<FirstFactor | undefined> {
  const cookie = deps.cookies.proof.read(request)
  if (proven === undefined || cookie === undefined || !constantTimeEqual(proven.hash, sha256(cookie))) return undefined
  const age = deps.clock.now() - proven.at
  if (age >= COUNTS || age < -CLOCK_SKEW) return undefined
  const account = await deps.storage.accounts.find(proven.accountId)
  if (account === undefined || account.disabledAt !== undefined || account.updatedAt !== proven.version)
    return undefined
  return { account, amr: proven.amr, authenticatedAt: proven.authenticatedAt }
}

export async function dropProof(
  deps: Pick<Deps, 'issuer' | 'storage' | 'cookies'>,
  interaction: Interaction,
  reply: FastifyReply,
): Promise<void> {
  if (interaction.proven === undefined) return
  await deps.storage.interactions.keepProven(interaction.id, undefined)
  deps.cookies.proof.clear(reply, pathOf(deps, interaction))
}
