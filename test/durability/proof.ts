/** What the parts of a proof share: the servers, the history, the randomness, and what came out so far. */
import type { Family, History, Operation, Session } from './history.ts'
import type { Seeded } from './seeded.ts'
import { Unanswered } from './wire.ts'

export interface Server {
  readonly at: number
  /** Undefined while it is down. */
  origin: string | undefined
}

/** A session whose cookies we hold. */
export interface Visit {
  readonly session: Session
  readonly cookies: Map<string, string>
  /** The ID token of one of its families, which proves a sign-out. */
  idToken?: string
}

export interface Holding {
  readonly family: Family
  readonly visit: Visit
  /** The newest refresh token that was acknowledged, and the ones before it. */
  refreshToken?: string
  readonly older: string[]
  accessToken?: string
}

export interface Proof {
  readonly history: History
  readonly random: Seeded
  readonly servers: readonly Server[]
  readonly violations: Set<string>
  readonly counts: Counts
  readonly visits: Visit[]
  readonly holdings: Holding[]
  /** What was asked for since the last checks, so that they are about it. */
  readonly touched: Set<Holding>
  readonly touchedVisits: Set<Visit>
}

/** Acknowledged, but for the last line. */
export interface Counts {
  accounts: number
  signIns: number
  consents: number
  codes: number
  redemptions: number
  refreshes: number
  revocations: number
  signOuts: number
  uses: number
  keyChecks: number
  unanswered: number
}

export const newCounts = (): Counts => ({
  ...{ accounts: 0, signIns: 0, consents: 0, codes: 0, redemptions: 0, refreshes: 0 },
  ...{ revocations: 0, signOuts: 0, uses: 0, keyChecks: 0, unanswered: 0 },
})

/** Less than this of each says nothing. */
const ENOUGH = 6

/** Whether as much was acknowledged as it takes for "nothing is wrong" to mean something. */
export const sawEnough = ({ codes, redemptions, refreshes, uses }: Counts): boolean =>
  Math.min(codes, redemptions, refreshes, uses) >= ENOUGH

/** One that is up. Throws Unanswered while none is. */
export function anyServer({ servers, random }: Proof): Server {
  const server = random.pick(servers.filter(({ origin }) => origin !== undefined))
  if (server === undefined) throw new Unanswered('no server is up')
  return server
}

/**
 * Carries out an operation that stands in the history already. What the answer says is put into it at the moment when the
 * answer is there; without one it stays unanswered.
 */
export async function carryOut<T extends Operation>(
  proof: Proof,
  operation: T,
  ask: (origin: string) => Promise<Partial<T>>,
): Promise<T> {
  const origin = proof.servers[operation.at]?.origin
  try {
    if (origin === undefined) throw new Unanswered('it is down')
    const answer = await ask(origin)
    Object.assign(operation, answer, { answered: proof.history.now() })
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    proof.counts.unanswered++
  }
  return operation
}
