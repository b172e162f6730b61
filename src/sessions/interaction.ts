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

/**
 * Before the parameters of a request that counts once. No query begins so: a fragment never gets here; a form that does makes
 * its own request count once, no more.
 */
const ONCE = '#once&'

/** A request that was pushed (RFC 9126 §4) or signed for a time of its own (RFC 9101) is parked so. */
export const countingOnce = (parameters: string): string => `${ONCE}${parameters}`
export const countsOnce = ({ parameters }: Pick<Interaction, 'parameters'>): boolean => parameters.startsWith(ONCE)

/** The parameters as they were asked. */
export const parkedParameters = ({ parameters }: Pick<Interaction, 'parameters'>): string =>
  countsOnce({ parameters }) ? parameters.slice(ONCE.length) : parameters

/** What is asked, whichever browser asks it. Without a client someone opened the sign-in page itself. */
export type ParkedRequest = Pick<Interaction, 'clientId' | 'parameters'> & Partial<Pick<Interaction, 'username'>>

/** @param selectedAccountId who answers, where what is asked is about them */
export async function park(
  deps: InteractionDeps,
  parked: ParkedRequest,
  browserHash: string,
  selectedAccountId?: string,
): Promise<Interaction> {
  const now = deps.clock.now()
  const interaction: Interaction = {
    id: newIdentifier(now, deps.random),
    browserHash,
    clientId: parked.clientId,
    parameters: parked.parameters,
    createdAt: now,
    expiresAt: now + deps.lifetimes.interaction,
    completedAt: undefined,
    selectedAccountId,
    username: parked.username,
    proven: undefined,
  }
  await deps.storage.interactions.insert(interaction)
  return interaction
}

export async function findInteraction(deps: InteractionDeps, id: string): Promise<Interaction | undefined> {
  return isIdentifier(id) ? deps.storage.interactions.find(id) : undefined
}

/** One that is over (or, when the clock went back, not yet begun) is asked afresh when it may be, and else says so. */
export const isOver = (interaction: Interaction, now: Timestamp): boolean =>
  interaction.completedAt !== undefined || now >= interaction.expiresAt || now + CLOCK_SKEW < interaction.createdAt
