/** The load: people and apps that do what comes to their minds, some of it twice at the same time. */
import { setTimeout as delay } from 'node:timers/promises'
import { authorize, BOUND, OFFLINE, redeem, refresh, revoke, signIn, signOut, use } from './deeds.ts'
import type { Holding, Proof, Visit } from './proof.ts'
import { Unanswered } from './wire.ts'

export interface Load {
  /** Resolves when nothing is under way; nobody begins anything until `resume`. */
  pause(): Promise<void>
  resume(): void
  stop(): Promise<void>
}

export interface LoadOptions {
  /** Requests under way, at the least. */
  readonly actors: number
  /** Families in use; older ones rest, and are looked at again at the end. The fewer, the more often two actors meet. */
  readonly families: number
  /** The part of the redemptions and refreshes that is done several times at once. */
  readonly togetherness: number
}

const MOST_VISITS = 12
/** Longer chains of refreshes only make the checker slow. */
const LONGEST_CHAIN = 24
const WAIT_AFTER_NO_ANSWER = 25

export function startLoad(proof: Proof, options: LoadOptions): Load {
  let isStopped = false
  let gate: Promise<void> | undefined
  let open = (): void => {}
  const underWay = new Set<Promise<void>>()

  async function act(): Promise<void> {
    while (!isStopped) {
      await gate
      if (isStopped) return
      const deed = doSomething(proof, options).finally(() => underWay.delete(deed))
      underWay.add(deed)
      await deed
    }
  }

  const running = Array.from({ length: options.actors }, act)
  // An error of one shows when the load is stopped.
  for (const each of running) each.catch(() => {})
  return {
    async pause() {
      gate ??= new Promise((resolve) => {
        open = resolve
      })
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
    resume() {
      gate = undefined
      open()
    },
    async stop() {
      isStopped = true
      gate = undefined
      open()
      await Promise.all(running)
    },
  }
}

/** Never rejects: what is neither an answer that may be nor a missing one is a violation. */
async function doSomething(proof: Proof, options: LoadOptions): Promise<void> {
  const unanswered = proof.counts.unanswered
  try {
    await deed(proof, options)
    if (proof.counts.unanswered > unanswered) await delay(WAIT_AFTER_NO_ANSWER)
  } catch (error) {
    if (error instanceof Unanswered) await delay(WAIT_AFTER_NO_ANSWER)
    else proof.violations.add(`an answer that may not be: ${error instanceof Error ? error.message : error}`)
  }
}

async function deed(proof: Proof, options: LoadOptions): Promise<void> {
  const { random, visits, holdings } = proof
  trim(proof, options)
  if (visits.length < 3 || random.chance(0.05)) return signInSomebody(proof)
  const visit = random.pick(visits)
  const holding = random.pick(holdings)
  const choice = random.next()
  if (visit && (holding === undefined || choice < 0.25)) {
    await authorize(proof, visit, random.chance(0.5) ? BOUND : OFFLINE)
    return
  }
  if (holding === undefined) return
  if (holding.refreshToken === undefined) return redeemOne(proof, holding, options)
  if (choice < 0.7) return refreshOne(proof, holding, options)
  if (choice < 0.9) return use(proof, holding)
  if (choice < 0.95) return endOne(proof, holding)
  if (choice < 0.98) return signOutDuring(proof, holding.visit, holding)
  return holding.older.length > 1 ? refresh(proof, holding, holding.older[0]) : use(proof, holding)
}

async function signInSomebody(proof: Proof): Promise<void> {
  const account = proof.random.pick(proof.history.accounts)
  if (account) await signIn(proof, account)
}

/** Sometimes several at once: exactly one may get tokens, and then all of it is over (RFC 6749 §4.1.2). */
async function redeemOne(proof: Proof, holding: Holding, { togetherness }: LoadOptions): Promise<void> {
  const times = proof.random.chance(togetherness / 2) ? proof.random.whole(2, 4) : 1
  await Promise.all(Array.from({ length: times }, () => redeem(proof, holding)))
}

async function refreshOne(proof: Proof, holding: Holding, { togetherness }: LoadOptions): Promise<void> {
  const times = proof.random.chance(togetherness) ? proof.random.whole(2, 5) : 1
  await Promise.all(Array.from({ length: times }, () => refresh(proof, holding)))
}

async function endOne(proof: Proof, holding: Holding): Promise<void> {
  const { accessToken } = holding
  const ends = revoke(proof, holding, proof.random.chance(0.6) ? 'family' : 'access token')
  const meanwhile = proof.random.chance(0.6) ? [refresh(proof, holding), use(proof, holding, accessToken)] : []
  await Promise.all([ends, ...meanwhile])
  await Promise.all([use(proof, holding, accessToken), use(proof, holding), refresh(proof, holding)])
}

async function signOutDuring(proof: Proof, visit: Visit, holding: Holding): Promise<void> {
  await Promise.all([
    signOut(proof, visit),
    refresh(proof, holding),
    use(proof, holding),
    authorize(proof, visit, BOUND),
  ])
  await Promise.all([refresh(proof, holding), use(proof, holding), authorize(proof, visit, BOUND)])
}

/** Puts aside what is over, and the oldest of what is too much. */
function trim({ visits, holdings }: Proof, { families }: LoadOptions): void {
  const isOver = (visit: Visit): boolean => visit.session.signOuts.length > 0
  for (let at = visits.length - 1; at >= 0; at--) if (isOver(visits[at]!)) visits.splice(at, 1)
  const isDone = ({ family }: Holding): boolean =>
    family.revocations.length > 0 || family.refreshes.some(({ outcome }) => outcome === 'refused')
  for (let at = holdings.length - 1; at >= 0; at--) {
    const holding = holdings[at]!
    if (isDone(holding) || holding.family.refreshes.length > LONGEST_CHAIN) holdings.splice(at, 1)
  }
  visits.splice(0, Math.max(0, visits.length - MOST_VISITS))
  holdings.splice(0, Math.max(0, holdings.length - families))
}
