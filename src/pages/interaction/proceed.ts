/** A first factor is proven: a session begins when it is enough; else it is kept for the step that comes after it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readParkedAuthorization } from '../../authorization/asked.ts'
import type { Deps } from '../../deps.ts'
import { begin, goOn } from './begin.ts'
import type { Current } from './current.ts'
import { type FirstFactor, keepProof } from './proof.ts'
import { afterFirst } from './standing.ts'

export interface Proceeding extends FirstFactor {
  readonly current: Current
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Where somebody who is signed in now goes first; undefined: straight on. */
  readonly onward?: (page: SignedInHere) => Promise<string | undefined>
}

export type SignedInHere = Omit<Proceeding, 'amr' | 'onward'>

export async function proceed(
  deps: Deps,
  { account, amr, authenticatedAt, current, request, reply, onward }: Proceeding,
): Promise<FastifyReply> {
  const { interaction } = current
  request.accountId = account.id
  const asked =
    interaction.clientId === undefined ? undefined : await readParkedAuthorization(deps, interaction.parameters)
  const first = { account, amr, authenticatedAt }
  const { kind } = await afterFirst(deps, first, { asked, interaction, request })
  if (kind === 'step') await keepProof(deps, { ...first, interaction, reply })
  else if (await begin(deps, { ...first, current, request, reply })) {
    const page = await onward?.({ account, current, request, reply })
    if (page !== undefined) return reply.redirect(page, 303)
  }
  return goOn(deps, current, reply)
}
