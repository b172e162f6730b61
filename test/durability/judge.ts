/**
 * What must hold of a history, whatever crashed in between and however many processes took part. Pure.
 *
 * An operation takes effect at one moment between `sent` and `answered`. From that follow, for each family of tokens, the
 * moment from which it is over for certain, and the moment from which it may be: nothing may succeed that was sent after
 * the first, and nothing may be refused that was answered before the second.
 */
import type { Account, Family, Operation, Outcome, Refresh, Session, Use } from './history.ts'

const NEVER = Number.POSITIVE_INFINITY

const isDone = ({ outcome }: { outcome: Outcome }): boolean => outcome === 'done'
const isRefused = ({ outcome }: { outcome: Outcome }): boolean => outcome === 'refused'

/** The earliest moment at which one of these was certainly over, if it did what it was to do. */
const firstAnswered = (operations: readonly Operation[]): number =>
  Math.min(NEVER, ...operations.filter(isDone).map(({ answered }) => answered))
/** The earliest moment from which one of these may have happened. */
const firstSent = (operations: readonly Operation[]): number => Math.min(NEVER, ...operations.map(({ sent }) => sent))

type Purpose = 'code' | 'tokens'

/** What ends a family from outside: a code goes with its session, tokens only without offline_access. */
function endingsOf({ revocations, session, isOffline }: Family, purpose: Purpose): readonly Operation[] {
  const ofSession = purpose === 'code' || !isOffline ? session.signOuts : []
  return [...revocations, ...ofSession, ...session.account.disabled]
}

function certainEnd(family: Family, purpose: Purpose): number {
  // A refusal is final: either it found the end, or it was a second use, and made it (RFC 6749 §4.1.2, RFC 9700 §4.14.2).
  const refusals = [...family.redemptions, ...family.refreshes].filter(isRefused).map(({ answered }) => answered)
  return Math.min(firstAnswered(endingsOf(family, purpose)), ...refusals)
}

/** When `late` may have been a second use, because `early` may have been the first. */
function maybeReuse(early: Operation, late: Operation): number {
  const isPossible = early !== late && !isRefused(early) && !isDone(late) && late.answered > early.sent
  return isPossible ? Math.max(early.sent, late.sent) : NEVER
}

const pairs = <T extends Operation, U extends Operation>(firsts: readonly T[], seconds: readonly U[]): number =>
  Math.min(NEVER, ...firsts.flatMap((first) => seconds.map((second) => maybeReuse(first, second))))

/** An old token is stale once its successor was presented. */
function maybeStale({ refreshes }: Family, successors: ReadonlyMap<string, string>): number {
  const stale = refreshes.map((refresh) => {
    const successor = successors.get(refresh.presented)
    return pairs(
      refreshes.filter(({ presented }) => presented === successor),
      [refresh],
    )
  })
  return Math.min(NEVER, ...stale)
}

function possibleEnd(family: Family, purpose: Purpose, successors: ReadonlyMap<string, string>): number {
  return Math.min(
    firstSent(endingsOf(family, purpose)),
    pairs(family.redemptions, family.redemptions),
    maybeStale(family, successors),
  )
}

function successorsOf(refreshes: readonly Refresh[]): ReadonlyMap<string, string> {
  return new Map(
    refreshes.flatMap(({ presented, received }) => (received === undefined ? [] : [[presented, received]])),
  )
}

/** What happened to it, on one line: `redeem 10-12 done`, refresh tokens by their order of appearance. */
function historyOf({
  redemptions,
  refreshes,
  revocations,
  tokenRevocations,
  uses,
  session,
  isOffline,
}: Family): string {
  const tokens = new Map<string, string>()
  const nameOf = (token: string | undefined): string => {
    if (token === undefined) return ''
    if (!tokens.has(token)) tokens.set(token, `r${tokens.size + 1}`)
    return ` ${tokens.get(token)}`
  }
  const told = ({ sent, answered, outcome }: Operation, deed: string): readonly [number, string] => {
    return [sent, `${deed} ${sent}-${answered} ${outcome}`]
  }
  const lines = [
    ...redemptions.map((each) => told(each, `redeem${nameOf(each.received)}`)),
    ...refreshes.map((each) => told(each, `refresh${nameOf(each.presented)} >${nameOf(each.received)}`)),
    ...revocations.map((each) => told(each, 'revoke')),
    ...tokenRevocations.map((each) => told(each, 'revoke access token')),
    ...uses.map((each) => told(each, 'use')),
    ...session.signOuts.map((each) => told(each, 'sign out')),
    ...session.account.disabled.map((each) => told(each, 'disable')),
  ]
  const inOrder = lines.toSorted(([one], [other]) => one - other).map(([, line]) => line)
  return `${isOffline ? 'offline_access; ' : ''}${inOrder.join(', ')}`
}

/** What is wrong with a family, in words; empty when nothing is. */
export function judgeFamily(family: Family): readonly string[] {
  const successors = successorsOf(family.refreshes)
  const faults = [
    ...judgeCode(family, successors),
    ...judgeRefreshes(family, successors),
    ...family.uses.flatMap((use) => judgeUse(use, family, successors)),
  ]
  // Its code is a secret that is worth nothing any more; its id is enough to find it in the log.
  return faults.map((fault) => `family ${family.code.slice(0, 36)}: ${fault} (${historyOf(family)})`)
}

function judgeCode(family: Family, successors: ReadonlyMap<string, string>): readonly string[] {
  const faults: string[] = []
  if (family.redemptions.filter(isDone).length > 1) faults.push('its code was redeemed twice')
  const [end, maybe] = [certainEnd(family, 'code'), possibleEnd(family, 'code', successors)]
  for (const redemption of family.redemptions) {
    if (isDone(redemption) && redemption.sent > end) faults.push('its code was redeemed after its end')
    if (isRefused(redemption) && redemption.answered < maybe) faults.push('its acknowledged code was lost')
  }
  return faults
}

function judgeRefreshes(family: Family, successors: ReadonlyMap<string, string>): readonly string[] {
  const faults: string[] = []
  const [end, maybe] = [certainEnd(family, 'tokens'), possibleEnd(family, 'tokens', successors)]
  const origins = new Map<string, string>()
  for (const refresh of family.refreshes) {
    if (isRefused(refresh) && refresh.answered < maybe) faults.push('an acknowledged refresh token was lost')
    if (!isDone(refresh)) continue
    const { presented, received = '' } = refresh
    if (refresh.sent > end) faults.push('it was refreshed after its end')
    if (successors.get(presented) !== received) faults.push('one refresh token got two successors')
    if ((origins.get(received) ?? presented) !== presented) faults.push('two refresh tokens got one successor')
    origins.set(received, presented)
    const movedOn = firstAnswered(family.refreshes.filter((other) => other.presented === received))
    if (refresh.sent > movedOn) faults.push('a refresh token was taken whose successor had been used')
  }
  if (hasCycle(successors)) faults.push('its refresh tokens go round in a circle')
  return faults
}

function hasCycle(successors: ReadonlyMap<string, string>): boolean {
  return [...successors.keys()].some((start) => {
    let at = successors.get(start)
    for (let step = 0; at !== undefined && step <= successors.size; step++) {
      if (at === start) return true
      at = successors.get(at)
    }
    return false
  })
}

function judgeUse(use: Use, family: Family, successors: ReadonlyMap<string, string>): readonly string[] {
  const revocations = family.tokenRevocations.filter(({ accessToken }) => accessToken === use.accessToken)
  const end = Math.min(certainEnd(family, 'tokens'), firstAnswered(revocations))
  const maybe = Math.min(possibleEnd(family, 'tokens', successors), firstSent(revocations))
  if (isDone(use) && use.sent > end) return ['an access token was good after its end']
  if (isRefused(use) && use.answered < maybe) return ['an acknowledged access token was refused']
  return []
}

export function judgeSession({ account, begun, signOuts, authorizations }: Session): readonly string[] {
  const endings = [...signOuts, ...account.disabled]
  const [end, maybe] = [firstAnswered(endings), firstSent(endings)]
  return authorizations.flatMap((each) => {
    const fault = `session ${begun.sent} of ${account.username}`
    if (isDone(each) && each.sent > end) return [`${fault}: it gave a code after its end`]
    return isRefused(each) && each.answered < maybe ? [`${fault}: it was lost`] : []
  })
}

export function judgeAccount(account: Account): readonly string[] {
  const [end, maybe] = [firstAnswered(account.disabled), firstSent(account.disabled)]
  const added = firstAnswered([account.added])
  const signIns = account.signIns.flatMap((each) => {
    if (isDone(each) && each.sent > end) return ['it signed in although it was disabled']
    return isRefused(each) && each.sent > added && each.answered < maybe ? ['it was lost, or its password'] : []
  })
  const consents = account.asked.flatMap(({ sent, scopes }) => {
    const allowed = new Set(account.consents.filter((each) => isDone(each) && each.answered < sent).flatMap(scopesOf))
    return scopes.every((scope) => allowed.has(scope)) ? ['an acknowledged consent was lost'] : []
  })
  return [...signIns, ...consents].map((fault) => `account ${account.username}: ${fault}`)
}

const scopesOf = ({ scopes }: { readonly scopes: readonly string[] }): readonly string[] => scopes
