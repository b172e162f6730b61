/** What is looked at after each crash, while nothing else happens: everything that was acknowledged is there. */
import { authorize, BOUND, OFFLINE, redeem, refresh, signIn, use } from './deeds.ts'
import type { Account } from './history.ts'
import { judgeAccount, judgeFamily, judgeSession } from './judge.ts'
import type { Holding, Proof, Visit } from './proof.ts'

export interface Checked {
  families: number
  sessions: number
  accounts: number
  replays: number
}

/** Requests at the same time. */
const WIDTH = 6
/** The part of the families that is replayed, and so ended. */
const REPLAYED = 0.12

/** Asks about all that was touched since the last time, judges it, and forgets that it was touched. */
export async function checkTouched(proof: Proof, accounts: readonly Account[]): Promise<Checked> {
  const holdings = [...proof.touched]
  const visits = [...proof.touchedVisits]
  const checked = { families: holdings.length, sessions: visits.length, accounts: accounts.length, replays: 0 }
  await inParallel(holdings, (holding) => askAbout(proof, holding))
  await inParallel(visits, (visit) => askAboutVisit(proof, visit))
  await inParallel(accounts, (account) => signIn(proof, account))
  const replayed = holdings.filter(() => proof.random.chance(REPLAYED))
  await inParallel(replayed, async (holding) => {
    if (await replay(proof, holding)) checked.replays++
  })
  for (const { family } of holdings) for (const fault of judgeFamily(family)) proof.violations.add(fault)
  for (const { session } of visits) for (const fault of judgeSession(session)) proof.violations.add(fault)
  for (const account of proof.history.accounts) for (const fault of judgeAccount(account)) proof.violations.add(fault)
  proof.touched.clear()
  proof.touchedVisits.clear()
  return checked
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const line = [...items]
  const next = async (): Promise<void> => {
    for (let item = line.shift(); item !== undefined; item = line.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: WIDTH }, next))
}

async function askAbout(proof: Proof, holding: Holding): Promise<void> {
  if (holding.refreshToken === undefined) await redeem(proof, holding)
  if (holding.refreshToken === undefined) return
  await use(proof, holding)
  await refresh(proof, holding)
  for (const { accessToken } of holding.family.tokenRevocations) await use(proof, holding, accessToken)
}

async function askAboutVisit(proof: Proof, visit: Visit): Promise<void> {
  // Not to be asked about again by what this asks for.
  const scopes = visit.session.account.consents.some((each) => each.scopes.length > 1) ? OFFLINE : BOUND
  await authorize(proof, visit, scopes)
}

/** A code or a refresh token that was used long ago: refused, and then the family is over. */
async function replay(proof: Proof, holding: Holding): Promise<boolean> {
  if (holding.refreshToken === undefined) return false
  if (holding.older.length > 1) await refresh(proof, holding, holding.older[0])
  else await redeem(proof, holding)
  await refresh(proof, holding)
  await use(proof, holding)
  return true
}
