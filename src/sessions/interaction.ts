/** A parked authorization request: one per tab, bound to its browser, kept in the database until it is answered. */
import { CLOCK_SKEW, type Clock, type Timestamp } from '../base/clock.ts'
import { isIdentifier, newIdentifier } from '../base/identifier.ts'
import type { Random } from '../base/random.ts'
import type { Lifetimes } from '../config/config.ts'
import type { Interaction, Storage } from '../storage/storage.ts'

export interface InteractionDeps {
  readonly storage: Pick<Storage, 'interactions'>
  readonly lifetimes: Pick<Lifetimes, 'interaction'>
  readonly clock: Clock
  readonly random: Random
}

/** What is asked, whichever browser asks it. Without a client someone opened the sign-in page itself. */
export type ParkedRequest = Pick<Interaction, 'clientId' | 'parameters'> & Partial<Pick<Interaction, 'username'>>

export async function park(deps: InteractionDeps, parked: ParkedRequest, browserHash: string): Promise<Interaction> {
  const now = deps.clock.now()
  const interaction: Interaction = {
    id: newIdentifier(now, deps.random),
    browserHash,
    clientId: parked.clientId,
    parameters: parked.parameters,
    createdAt: now,
    expiresAt: now + deps.lifetimes.interaction,
    completedAt: undefined,
    selectedAccountId: undefined,
    username: parked.username,
  }
  await deps.storage.interactions.insert(interaction)
  return interaction
}

export async function findInteraction(deps: InteractionDeps, id: string): Promise<Interaction | undefined> {
  return isIdentifier(id) ? deps.storage.interactions.find(id) : undefined
}

/** One that is over (or, when the clock went back, not yet begun) is never a dead end: the same request is asked afresh. */
export const isOver = (interaction: Interaction, now: Timestamp): boolean =>
  interaction.completedAt !== undefined || now >= interaction.expiresAt || now + CLOCK_SKEW < interaction.createdAt
